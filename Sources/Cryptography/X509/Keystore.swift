// SPDX-License-Identifier: Apache-2.0
/// Files that hold certificates beside keys: PKCS#12, Java's keystores and PEM bundles.
public enum Keystore {
    /// A certificate, and what it is called in the keystore.
    public struct Entry: Sendable {
        /// The alias of Java, or the friendly name of PKCS#12; nil without one.
        public let alias: String?
        /// The certificate.
        public let certificate: Certificate
        /// Whether the keystore has a private key that this certificate belongs to; a PEM bundle
        /// does not say so.
        public let isOfPrivateKey: Bool
    }

    /// The contents of a keystore.
    public struct Content: Sendable {
        /// The certificates; in PKCS#12 that of the private key comes first.
        public let entries: [Entry]
        /// The number of private keys, which are never taken out.
        public let privateKeys: Int
        /// Whether it could have been checked against changes with a password that was not given.
        public let isUnchecked: Bool
        /// Whether it has a MAC of a kind that cannot be checked here.
        public let hasUnknownSeal: Bool
        /// Whether a password was given that nothing but a private key might be under.
        public let hasUntriedPassword: Bool

        /// Whether there is a private key.
        public var hasPrivateKey: Bool { privateKeys > 0 }

        /// The certificates without their names.
        public var certificates: [Certificate] { entries.map(\.certificate) }

        /// The entries with this alias; the case of letters does not matter, as for keytool.
        package func entries(alias: String) -> [Entry] {
            entries.filter { $0.alias?.lowercased() == alias.lowercased() }
        }
    }

    /// Longest file that may be one.
    public static let bytesMax = JavaKeystore.bytesMax
    /// A fifth of a second; Java makes 10,000 rounds, OpenSSL 2048, and a damaged file may ask for
    /// two thousand million.
    static let roundsMax = 1_000_000

    /// Takes the certificates out of a PEM bundle, a DER certificate or a keystore.
    ///
    /// `password` is for keystores: PKCS#12 is decrypted with it, JKS and JCEKS are checked with
    /// it, and nil leaves that check out. Other keystores are refused with the way around.
    public static func content(
        of bytes: [UInt8],
        password: String?
    ) throws(CertificateError) -> Content {
        // Detected first: a keystore may contain text that resembles PEM.
        if let format = JavaKeystore.Format(bytes) {
            return try JavaKeystore.content(of: bytes, format, password: password)
        }
        guard bytes.count <= CertificateFile.bytesMax else {
            throw CertificateError(
                .tooLarge,
                "The file has more than \(CertificateFile.bytesMax) bytes."
            )
        }
        if PEM.looksLikePEM(bytes) { return try bundle(try CertificateContainer.plain(bytes)) }
        switch DERObject.recognise(bytes) {
        case .keystore("PKCS#12"): return try pkcs12(bytes, password ?? "")
        default:
            let plain = try CertificateContainer.plain(bytes)
            return try content(
                try CertificateFile.certificates(in: plain).map {
                    Entry(alias: nil, certificate: $0, isOfPrivateKey: false)
                },
                privateKeys: 0
            )
        }
    }

    /// The same from its parts; refuses a keystore without certificates.
    static func content(
        _ found: [Entry],
        privateKeys: Int,
        isUnchecked: Bool = false,
        hasUnknownSeal: Bool = false,
        hasUntriedPassword: Bool = false
    ) throws(CertificateError) -> Content {
        guard !found.isEmpty else {
            throw CertificateError(.otherObject, "There is no certificate in the keystore.")
        }
        return Content(
            entries: found,
            privateKeys: privateKeys,
            isUnchecked: isUnchecked,
            hasUnknownSeal: hasUnknownSeal,
            hasUntriedPassword: hasUntriedPassword
        )
    }

    private static func bundle(_ bytes: [UInt8]) throws(CertificateError) -> Content {
        let blocks = try PEM.blocks(bytes)
        let keys = blocks.filter(\.isPrivateKey)
        var found: [Entry] = []
        for block in blocks where !block.isPrivateKey && !block.isParameters {
            let certificate = try CertificateFile.certificate(of: block)
            found.append(Entry(alias: nil, certificate: certificate, isOfPrivateKey: false))
        }
        return try content(found, privateKeys: keys.count)
    }

    static let damaged = CertificateError(
        .malformed,
        "The PKCS#12 keystore is damaged. Export it again."
    )
}

// SPDX-License-Identifier: Apache-2.0
/// Java's keystores from before PKCS#12: JKS, and JCEKS as far as certificates go.
///
/// Numbers are big-endian: magic, version, count; for each entry a tag, an alias, a date and what
/// it holds; at the end a digest under the password. Private keys are stepped over: they are
/// encrypted, and nothing here decrypts them. Certificates are in the clear, so that they can be
/// read without the password; then nothing shows whether somebody changed them.
struct JavaKeystore {
    /// The format, by its first four bytes.
    enum Format: String {
        case jks = "JKS"
        case jceks = "JCEKS"

        /// Nil for bytes that are neither.
        init?(_ bytes: [UInt8]) {
            if bytes.starts(with: [0xFE, 0xED, 0xFE, 0xED]) {
                self = .jks
            } else if bytes.starts(with: [0xCE, 0xCE, 0xCE, 0xCE]) {
                self = .jceks
            } else {
                return nil
            }
        }
    }

    /// The tags of entries.
    ///
    /// A secret key has no length before it, so nothing after it can be read.
    private enum Tag {
        static let privateKey: UInt32 = 1
        static let certificate: UInt32 = 2
        static let secretKey: UInt32 = 3
    }

    /// Java's own truststore, with every public CA, has 200 KB.
    static let bytesMax = 16 << 20
    /// Java's own truststore has 150 entries.
    static let entriesMax = 1000
    /// Certificates above and with that of a key; no chain in use has ten.
    static let chainMax = 32

    /// The digest at the end: SHA-1, which is what the format has.
    private static let digestBytes = 20
    /// The constant that every JDK hashes between the password and the content.
    static let phrase = Array("Mighty Aphrodite".utf8)

    private let format: Format
    private let bytes: [UInt8]
    private var position = 0
    private var entries: [(alias: String?, der: ArraySlice<UInt8>, isOfPrivateKey: Bool)] = []
    private var privateKeys = 0

    /// The certificates in `bytes`, in the order of the file, each with the alias of its entry.
    ///
    /// With a `password` the digest is checked; nil leaves it unchecked.
    static func content(
        of bytes: [UInt8],
        _ format: Format,
        password: String?
    ) throws(CertificateError) -> Keystore.Content {
        guard bytes.count <= bytesMax else {
            throw CertificateError(
                .tooLarge,
                "The keystore has more than \(bytesMax) bytes. Export the certificates that you "
                    + "need, with `keytool -exportcert -rfc`."
            )
        }
        var keystore = JavaKeystore(format, bytes)
        try keystore.readEntries()
        if let password { try keystore.checkDigest(password) }
        var found: [Keystore.Entry] = []
        var seen: Set<Certificate> = []
        for (alias, der, isOfPrivateKey) in keystore.entries {
            let certificate = try Certificate(der: Array(der))
            // Keys under one CA all have that CA in their chains.
            let isNew = seen.insert(certificate).inserted
            if isNew || alias != nil {
                found.append(
                    Keystore.Entry(
                        alias: alias,
                        certificate: certificate,
                        isOfPrivateKey: isOfPrivateKey
                    )
                )
            }
        }
        return try Keystore.content(
            found,
            privateKeys: keystore.privateKeys,
            isUnchecked: password == nil
        )
    }

    private init(_ format: Format, _ bytes: [UInt8]) {
        self.format = format
        self.bytes = bytes
    }

    // MARK: entries

    private mutating func readEntries() throws(CertificateError) {
        _ = try number()
        let version = try number()
        guard version == 1 || version == 2 else {
            throw CertificateError(
                .malformed,
                "The \(format.rawValue) keystore is of version \(version); 1 and 2 are known. "
                    + conversion
            )
        }
        let count = try number()
        guard count <= Self.entriesMax else {
            throw CertificateError(
                .tooLarge,
                "The keystore says that it has \(count) entries; at most \(Self.entriesMax) are "
                    + "read. Export the certificate that you need, with `keytool -exportcert -rfc`."
            )
        }
        for _ in 0..<count { try readEntry(version) }
        guard bytes.count - position >= Self.digestBytes else { throw truncated() }
        guard bytes.count - position == Self.digestBytes else {
            throw CertificateError(
                .trailingBytes,
                "Bytes follow after the keystore's end. Copy the whole file again, alone."
            )
        }
    }

    private mutating func readEntry(_ version: UInt32) throws(CertificateError) {
        let tag = try number()
        // Java's modified UTF-8, which differs beyond U+FFFF; aliases are only shown and compared.
        let alias = String(decoding: try take(Int(try shortNumber())), as: UTF8.self)
        _ = try take(8)
        switch tag {
        case Tag.certificate:
            entries.append((alias, try readCertificate(version), false))
        case Tag.privateKey:
            _ = try take(Int(try number()))
            privateKeys += 1
            let count = try number()
            guard count <= Self.chainMax else {
                throw CertificateError(
                    .tooLarge,
                    "A chain in the keystore has \(count) certificates; at most \(Self.chainMax) "
                        + "are read. Copy the file again, for it may be damaged."
                )
            }
            for index in 0..<count {
                // As keytool understands it, an alias names the key's own certificate.
                let isOwn = index == 0
                entries.append((isOwn ? alias : nil, try readCertificate(version), isOwn))
            }
        case Tag.secretKey where format == .jceks:
            throw CertificateError(
                .keystore,
                "The keystore has a secret key, behind which certificates cannot be found. "
                    + "Export the certificate instead, with `keytool -exportcert -rfc -storetype "
                    + "JCEKS -keystore FILE -alias NAME -file certificate.pem`."
            )
        default:
            throw CertificateError(
                .malformed,
                "The keystore has an entry of an unknown kind (\(tag)): it is damaged. Copy the "
                    + "file again."
            )
        }
    }

    private mutating func readCertificate(
        _ version: UInt32
    ) throws(CertificateError) -> ArraySlice<UInt8> {
        if version == 2 {
            let type = try take(Int(try shortNumber()))
            guard type.elementsEqual("X.509".utf8) || type.elementsEqual("X509".utf8) else {
                throw CertificateError(
                    .malformed,
                    "A certificate in the keystore is not of the type X.509. Take that entry out, "
                        + "with `keytool -delete`, or copy the file again if it is damaged."
                )
            }
        }
        return try take(Int(try number()))
    }

    // MARK: the digest

    private func checkDigest(_ password: String) throws(CertificateError) {
        let content = bytes.dropLast(Self.digestBytes)
        let expected = Digester.sha1(Self.text(password) + Self.phrase + content)
        let found = Array(bytes.suffix(Self.digestBytes))
        guard SecretComparison.equal(expected.span, found.span) else {
            throw CertificateError(
                .keystore,
                "The keystore's password is another one, or the file is not as it was written. "
                    + "Give the right password, or copy the file again."
            )
        }
    }

    /// A password as Java hashes it: two bytes for each unit of UTF-16.
    static func text(_ password: String) -> [UInt8] {
        password.utf16.flatMap { unit in
            [UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit)]
        }
    }

    // MARK: primitive parts

    private mutating func take(_ count: Int) throws(CertificateError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw truncated() }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func number() throws(CertificateError) -> UInt32 {
        try take(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func shortNumber() throws(CertificateError) -> UInt16 {
        try take(2).reduce(0) { $0 << 8 | UInt16($1) }
    }

    private func truncated() -> CertificateError {
        CertificateError(
            .truncated,
            "The \(format.rawValue) keystore ends before it is complete. Copy the whole file again."
        )
    }

    private var conversion: String {
        "Convert it first, with `keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 "
            + "-deststoretype pkcs12`."
    }
}

internal import COpenSSL

/// Files that hold certificates beside keys: PKCS#12, Java's keystores and PEM bundles.
public enum Keystore {
    /// A certificate, and what it is called in the keystore.
    public struct Entry: Sendable {
        /// The alias of Java, or the friendly name of PKCS#12; nil without one.
        public let alias: String?
        /// The certificate.
        public let certificate: Certificate
    }

    /// What was found in one.
    public struct Content: Sendable {
        /// The certificates; in PKCS#12 that of the private key comes first.
        public let entries: [Entry]
        /// Whether there is a private key, which is never taken out.
        public let hasPrivateKey: Bool
        /// Whether it could have been checked against changes with a password that was not given.
        public let isUnchecked: Bool

        /// The certificates without their names.
        public var certificates: [Certificate] { entries.map(\.certificate) }
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
        // Before all else: what looks like PEM may stand somewhere inside it.
        if let format = JavaKeystore.Format(bytes) {
            return try JavaKeystore.content(of: bytes, format, password: password)
        }
        guard bytes.count <= CertificateFile.bytesMax else {
            throw CertificateError(
                .tooLarge,
                "The file has more than \(CertificateFile.bytesMax) bytes."
            )
        }
        if PEM.looksLikePEM(bytes) { return try bundle(bytes) }
        switch DERObject.recognise(bytes) {
        case .keystore("PKCS#12"): return try pkcs12(bytes, password ?? "")
        case .keystore:
            throw CertificateError(
                .keystore,
                "PKCS#7 is not read. Convert it first, with `openssl pkcs7 -inform DER -in FILE "
                    + "-print_certs -out certificates.pem`."
            )
        default:
            return try content(
                try CertificateFile.certificates(in: bytes).map {
                    Entry(alias: nil, certificate: $0)
                },
                hasPrivateKey: false
            )
        }
    }

    /// The same from its parts; refuses a keystore without certificates.
    static func content(
        _ found: [Entry],
        hasPrivateKey: Bool,
        isUnchecked: Bool = false
    ) throws(CertificateError) -> Content {
        guard !found.isEmpty else {
            throw CertificateError(.otherObject, "There is no certificate in the keystore.")
        }
        return Content(entries: found, hasPrivateKey: hasPrivateKey, isUnchecked: isUnchecked)
    }

    private static func bundle(_ bytes: [UInt8]) throws(CertificateError) -> Content {
        let blocks = try PEM.blocks(bytes)
        let keys = blocks.filter { $0.label.hasSuffix("PRIVATE KEY") }
        var found: [Entry] = []
        for block in blocks where DERObject(label: block.label) == nil {
            guard let der = block.bytes else {
                throw CertificateError(.malformed, "A certificate in the bundle is not base64.")
            }
            found.append(Entry(alias: nil, certificate: try Certificate(der: der)))
        }
        return try content(found, hasPrivateKey: !keys.isEmpty)
    }

    private static func pkcs12(
        _ bytes: [UInt8],
        _ password: String
    ) throws(CertificateError) -> Content {
        let refusal = CertificateError(
            .malformed,
            "The PKCS#12 keystore is damaged. Export it again."
        )
        guard !password.utf8.contains(0), bytes.count <= CertificateFile.bytesMax else {
            throw refusal
        }
        defer { ERR_clear_error() }
        // SAFETY: the store is freed on every way out.
        guard let store = unsafe open(bytes) else { throw refusal }
        defer { unsafe PKCS12_free(store) }
        let isSealed = unsafe try checkSeal(of: store, password)
        var (key, leaf, others): (OpaquePointer?, OpaquePointer?, OpaquePointer?) = (nil, nil, nil)
        // SAFETY: what OpenSSL sets is owned here and freed at the end; all three may stay NULL.
        defer {
            unsafe EVP_PKEY_free(key)
            unsafe X509_free(leaf)
            unsafe handfast_x509_stack_free(others)
        }
        // OpenSSL 3.0 takes a password only where there is a MAC to check it by.
        let opening = isSealed ? password : ""
        guard unsafe PKCS12_parse(store, opening, &key, &leaf, &others) == 1 else {
            throw CertificateError(
                .keystore,
                "The keystore cannot be decrypted. If it is old, rewrite it first, with "
                    + "`openssl pkcs12 -legacy -in FILE -nokeys -out bundle.pem`."
            )
        }
        var found: [Entry] = []
        if unsafe leaf != nil { found.append(unsafe try entry(leaf)) }
        for index in 0..<max(0, unsafe handfast_x509_stack_count(others)) {
            found.append(unsafe try entry(handfast_x509_stack_get(others, index)))
        }
        return try content(found, hasPrivateKey: unsafe key != nil)
    }

    /// Whether there is a MAC; throws for one that is not under `password`.
    private static func checkSeal(
        of store: OpaquePointer,
        _ password: String
    ) throws(CertificateError) -> Bool {
        // SAFETY: the caller owns the store; the password is passed with its own length.
        switch unsafe handfast_pkcs12_check(
            store,
            password,
            Int32(password.utf8.count),
            roundsMax
        ) {
        case -2:
            throw CertificateError(
                .tooLarge,
                "The keystore's password takes more than \(roundsMax) rounds to check. Export it "
                    + "again with fewer."
            )
        case 0:
            throw CertificateError(
                .keystore,
                password.isEmpty
                    ? "The keystore has a password. Give it, with --password-stdin."
                    : "The keystore's password is another one."
            )
        case 1: return true
        default: return false
        }
    }

    private static func entry(_ certificate: OpaquePointer?) throws(CertificateError) -> Entry {
        var count: Int32 = 0
        // SAFETY: the name belongs to the certificate, which the caller owns, and is copied here.
        // Where it is NULL, the count stays zero.
        let name = unsafe X509_alias_get0(certificate, &count)
        let alias = unsafe String(
            decoding: UnsafeBufferPointer(start: name, count: Int(count)),
            as: UTF8.self
        )
        let der = unsafe PathValidation.encoding(certificate)
        return Entry(
            alias: alias.isEmpty ? nil : alias,
            certificate: try Certificate(der: der)
        )
    }

    /// An owned PKCS12 in the whole library context, or NULL.
    private static func open(_ bytes: [UInt8]) -> OpaquePointer? {
        // SAFETY: the BIO reads `bytes` only during the closure; d2i frees and clears on failure.
        var store = unsafe PKCS12_init_ex(NID_pkcs7_data, handfast_library(), nil)
        guard unsafe store != nil else { return nil }
        let isRead = unsafe bytes.withUnsafeBytes { buffer in
            guard let source = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count))
            else {
                return false
            }
            defer { unsafe BIO_free(source) }
            return unsafe d2i_PKCS12_bio(source, &store) != nil
        }
        if !isRead {
            unsafe PKCS12_free(store)
            return nil
        }
        return unsafe store
    }
}

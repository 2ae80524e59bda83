// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Glibc

/// The kinds of key that clients of a token endpoint have.
enum KeyKind: String, Codable, CaseIterable, Sendable {
    case rsa = "RSA-2048"
    case ec = "P-256"
    case ed25519 = "Ed25519"
}

/// Makes self-signed certificates like those of `openssl req -x509`, through OpenSSL's own
/// functions.
enum CertificateFactory {
    /// The subject of a certificate with this common name, as RFC 4514 writes it.
    static func subject(_ commonName: String) -> String { "CN=\(commonName),O=Benchmarks" }

    /// A new key and a self-signed certificate for it; `hostName` adds a subject alternative name.
    ///
    /// `openssl req -x509` makes a CA's certificate, unless it is told otherwise. With an `issuer`
    /// the certificate is that CA's, and is not self-signed.
    static func identity(
        _ kind: KeyKind,
        commonName: String,
        hostName: String? = nil,
        isCA: Bool = true,
        issuer: Identity? = nil
    ) throws(BenchmarkError) -> Identity {
        // SAFETY: key and certificate are owned here and freed once, when this function ends.
        guard let key = unsafe generate(kind) else {
            throw BenchmarkError(
                "OpenSSL cannot make a \(kind.rawValue) key: \(OpenSSLErrors.take())"
            )
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard let certificate = unsafe X509_new() else { throw BenchmarkError("memory is short") }
        defer { unsafe X509_free(certificate) }
        // Holds the issuer's certificate and key until this function ends.
        let authority = try issuer.map { one throws(BenchmarkError) in
            try LoadedIdentity.all([one])[0]
        }
        let signingKey = unsafe authority?.key ?? key
        let issuing = unsafe authority?.certificate ?? certificate
        let digest = unsafe EVP_PKEY_get_id(signingKey) == EVP_PKEY_ED25519 ? nil : EVP_sha256()
        let name = unsafe X509_get_subject_name(certificate)
        var serial: UInt64 = UInt64.random(in: 1...UInt64(Int64.max))
        serial |= 1 << 62
        // SAFETY: the objects live until the `defer`s; OpenSSL copies the strings.
        let done =
            unsafe X509_set_version(certificate, 2) == 1
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1
            && X509_gmtime_adj(X509_getm_notBefore(certificate), -3_600) != nil
            && X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 86_400) != nil
            && X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, "Benchmarks", -1, -1, 0) == 1
            && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, commonName, -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, X509_get_subject_name(issuing)) == 1
            && X509_set_pubkey(certificate, key) == 1
            && extend(certificate, hostName: hostName, isCA: isCA, issuer: issuing)
            && X509_sign(certificate, signingKey, digest) > 0
        withExtendedLifetime(authority) {}
        guard done else {
            throw BenchmarkError("OpenSSL cannot make a certificate: \(OpenSSLErrors.take())")
        }
        return Identity(
            certificate: try unsafe text { unsafe PEM_write_bio_X509($0, certificate) },
            privateKey: try unsafe text {
                unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil)
            }
        )
    }

    private static func generate(_ kind: KeyKind) -> OpaquePointer? {
        switch kind {
        case .rsa: unsafe handfast_generate_rsa(2_048)
        case .ec: unsafe handfast_generate_ec("P-256")
        case .ed25519: unsafe handfast_generate_ed25519()
        }
    }

    /// The extensions that `openssl req -x509` gives by default, so that decoding costs the server
    /// the same.
    private static func extend(
        _ certificate: OpaquePointer,
        hostName: String?,
        isCA: Bool,
        issuer: OpaquePointer
    ) -> Bool {
        var wanted = [
            (NID_subject_key_identifier, "hash"),
            (NID_authority_key_identifier, "keyid:always"),
            (NID_basic_constraints, "critical,CA:\(isCA ? "TRUE" : "FALSE")"),
        ]
        if let hostName { wanted.append((NID_subject_alt_name, "DNS:\(hostName),IP:127.0.0.1")) }
        // SAFETY: the context is used only here, while the certificate lives; each extension is
        // freed after its copy was added.
        var context = unsafe X509V3_CTX()
        unsafe handfast_x509v3_set(&context, issuer, certificate)
        for (identifier, value) in wanted {
            guard let part = unsafe X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
                return false
            }
            let added = unsafe X509_add_ext(certificate, part, -1)
            unsafe X509_EXTENSION_free(part)
            guard added == 1 else { return false }
        }
        return true
    }

    private static func text(_ write: (OpaquePointer) -> Int32) throws(BenchmarkError) -> String {
        // SAFETY: the BIO is owned here; reads go into a local array with its own count.
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw BenchmarkError("memory is short") }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else {
            throw BenchmarkError("OpenSSL cannot write PEM: \(OpenSSLErrors.take())")
        }
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe BIO_read(bio, $0.baseAddress, Int32($0.count))
            }
            guard count > 0 else { return String(decoding: result, as: UTF8.self) }
            result.append(contentsOf: block.prefix(Int(count)))
        }
    }
}

/// The calling thread's queue of OpenSSL errors.
enum OpenSSLErrors {
    /// The first reason, for a message; empties the queue.
    static func take() -> String {
        // SAFETY: the strings are OpenSSL's own, static ones.
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
            return "no reason given"
        }
        return unsafe String(cString: reason)
    }
}

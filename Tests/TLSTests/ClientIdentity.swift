// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// The kinds of key that client certificates may have.
enum KeyKind: String, CaseIterable, Sendable {
    case rsa2048 = "RSA-2048"
    case rsaPSS = "RSA-PSS"
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"
    case ed25519 = "Ed25519"
}

/// An OpenSSL call that failed on the test's own side.
struct ClientError: Error, CustomStringConvertible {
    let description: String

    /// Takes OpenSSL's reason along, and empties its queue.
    init(_ operation: String) {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        // SAFETY: OpenSSL returns a static string or NULL.
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        description = "\(operation): \(reason ?? "no reason")"
    }
}

/// A private key in OpenSSL's whole context, where the slim provider takes nothing away.
@safe final class Key {
    let handle: OpaquePointer

    init(_ kind: KeyKind) throws {
        unsafe handle = try Self.generate(kind)
    }

    /// An RSA key of more bits than usual; of five primes, for two would take half a minute.
    init(rsaBits: Int) throws {
        unsafe handle = try Self.generated("RSA") { context in
            unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(rsaBits)) == 1
                && EVP_PKEY_CTX_set_rsa_keygen_primes(context, 5) == 1
        }
    }

    /// An RSA key whose exponent has this bit and the lowest one set; a large one of four primes,
    /// which are found faster.
    init(rsaBits: Int, power: Int) throws {
        unsafe handle = try Self.generated("RSA") { context in
            // SAFETY: the context copies the number, which is freed.
            let exponent = unsafe BN_new()
            let primes: Int32 = rsaBits < 8192 ? 4 : 5
            defer { unsafe BN_free(exponent) }
            return unsafe BN_set_bit(exponent, Int32(power)) == 1 && BN_set_bit(exponent, 0) == 1
                && EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent) == 1
                && EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(rsaBits)) == 1
                && (rsaBits < 4096 || EVP_PKEY_CTX_set_rsa_keygen_primes(context, primes) == 1)
        }
    }

    /// A stolen certificate: a P-256 key that claims to be `shown`, and signs as `used`.
    init(showing shown: Key, signingAs used: Key) throws {
        // RFC 5915: the scalar stands behind the version, in 32 bytes.
        let scalar = 7..<39
        var der = Self.der(shown)
        der.replaceSubrange(scalar, with: Self.der(used)[scalar])
        // SAFETY: OpenSSL reads the array within its count; the key is this object's.
        let key = unsafe der.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            return unsafe d2i_PrivateKey_ex(
                EVP_PKEY_EC,
                nil,
                &cursor,
                bytes.count,
                handfast_library(),
                nil
            )
        }
        guard let key = unsafe key else { throw ClientError("joining two keys") }
        unsafe handle = key
    }

    deinit {
        unsafe EVP_PKEY_free(handle)
    }

    private static func der(_ key: Key) -> [UInt8] {
        var data: UnsafeMutablePointer<UInt8>?
        // SAFETY: OpenSSL allocates exactly `count` bytes, which are freed after copying.
        let count = unsafe i2d_PrivateKey(key.handle, &data)
        defer { unsafe CRYPTO_free(data, #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: data, count: Int(max(count, 0))))
    }

    private static func generate(_ kind: KeyKind) throws -> OpaquePointer {
        switch kind {
        case .rsa2048:
            unsafe try generated("RSA") {
                unsafe EVP_PKEY_CTX_set_rsa_keygen_bits($0, 2048) == 1
            }
        case .rsaPSS:
            unsafe try generated("RSA-PSS") {
                unsafe EVP_PKEY_CTX_set_rsa_keygen_bits($0, 2048) == 1
            }
        case .p256, .p384, .p521:
            unsafe try generated("EC") {
                unsafe EVP_PKEY_CTX_set_group_name($0, kind.rawValue) == 1
            }
        case .ed25519: unsafe try generated("ED25519") { _ in true }
        }
    }

    /// A key for X25519, which signs nothing.
    static func x25519() throws -> Key { unsafe Key(taking: try generated("X25519") { _ in true }) }

    /// Keys that clients of today refuse.
    static func rsa1024() throws -> Key {
        unsafe Key(
            taking: try generated("RSA") { unsafe EVP_PKEY_CTX_set_rsa_keygen_bits($0, 1024) == 1 }
        )
    }

    static func p224() throws -> Key {
        unsafe Key(
            taking: try generated("EC") { unsafe EVP_PKEY_CTX_set_group_name($0, "P-224") == 1 }
        )
    }

    private init(taking handle: OpaquePointer) { unsafe self.handle = handle }

    private static func generated(
        _ algorithm: String,
        _ prepare: (OpaquePointer) -> Bool
    ) throws -> OpaquePointer {
        // SAFETY: the context is freed on every way out; the key is the caller's.
        guard
            let context = unsafe EVP_PKEY_CTX_new_from_name(handfast_library(), algorithm, nil)
        else { throw ClientError("making a key") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe prepare(context),
            unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key
        else { throw ClientError("making a key") }
        return unsafe key
    }
}

/// A certificate that a test made, with its key.
@safe final class ClientIdentity {
    let key: Key
    let certificate: OpaquePointer
    /// The certificates that the client sends after its own.
    var chain: [ClientIdentity] = []
    private var lasts: Int

    /// A certificate of a fresh key, valid for `lasts` more seconds, signed by itself or `issuer`.
    ///
    /// `padding` makes it so many bytes larger.
    convenience init(
        _ kind: KeyKind = .p256,
        name: String = "client",
        lasts: Int = 86_400,
        issuer: ClientIdentity? = nil,
        padding: Int = 0
    ) throws {
        try self.init(
            key: try Key(kind),
            name: name,
            lasts: lasts,
            issuer: issuer,
            padding: padding
        )
    }

    /// The same certificate with another key.
    init(_ other: ClientIdentity, key: Key) {
        unsafe certificate = other.certificate
        unsafe X509_up_ref(certificate)
        self.key = key
        lasts = other.lasts
    }

    init(
        key: Key,
        name: String,
        lasts: Int = 86_400,
        issuer: ClientIdentity? = nil,
        padding: Int = 0
    ) throws {
        guard let certificate = unsafe X509_new_ex(handfast_library(), nil) else {
            throw ClientError("making a certificate")
        }
        unsafe self.certificate = certificate
        self.key = key
        self.lasts = lasts
        guard fill(name, issuer, padding) else { throw ClientError("making a certificate") }
    }

    deinit {
        unsafe X509_free(certificate)
    }

    private func fill(_ name: String, _ issuer: ClientIdentity?, _ padding: Int) -> Bool {
        let serial = UInt64.random(in: 1...UInt64(Int64.max))
        // SAFETY: OpenSSL copies the texts, and every handle lives as long as its object.
        let subject = unsafe X509_get_subject_name(certificate)
        let done =
            unsafe X509_set_version(certificate, 2) == 1
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1
            && X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400) != nil
            && X509_gmtime_adj(X509_getm_notAfter(certificate), lasts) != nil
            && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1
            && X509_set_pubkey(certificate, key.handle) == 1
        guard done, pad(padding) else { return false }
        let above = unsafe X509_get_subject_name((issuer ?? self).certificate)
        let signer = issuer?.key ?? key
        let isEdwards = unsafe EVP_PKEY_is_a(signer.handle, "ED25519") == 1
        return unsafe X509_set_issuer_name(certificate, above) == 1
            && X509_sign(certificate, signer.handle, isEdwards ? nil : EVP_sha256()) > 0
    }

    private func pad(_ count: Int) -> Bool {
        guard count > 0 else { return true }
        let text = String(repeating: "x", count: count)
        // SAFETY: the extension is freed after its copy was added.
        let comment = unsafe X509V3_EXT_conf_nid(nil, nil, NID_netscape_comment, text)
        defer { unsafe X509_EXTENSION_free(comment) }
        return unsafe X509_add_ext(certificate, comment, -1) == 1
    }

    /// The certificate's bytes.
    var der: [UInt8] {
        var data: UnsafeMutablePointer<UInt8>?
        // SAFETY: OpenSSL allocates exactly `count` bytes, which are freed after copying.
        let count = unsafe i2d_X509(certificate, &data)
        defer { unsafe CRYPTO_free(data, #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: data, count: Int(max(count, 0))))
    }

    /// SHA-256 of the certificate as OpenSSL itself computes it.
    var digest: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        // SAFETY: SHA-256 writes 32 bytes.
        unsafe X509_digest(certificate, EVP_sha256(), &bytes, nil)
        return bytes
    }

    var certificatePEM: [UInt8] {
        unsafe Self.written { unsafe PEM_write_bio_X509($0, certificate) }
    }

    /// The key as PKCS#8; encrypted where a password is given.
    func keyPEM(password: String? = nil) -> [UInt8] {
        let cipher = unsafe password == nil ? nil : EVP_aes_256_cbc()
        return unsafe Self.written {
            unsafe PEM_write_bio_PKCS8PrivateKey(
                $0,
                key.handle,
                cipher,
                password,
                Int32(password?.utf8.count ?? 0),
                nil,
                nil
            )
        }
    }

    private static func written(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
        // SAFETY: the BIO is freed after its bytes were copied.
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return [] }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else { return [] }
        var count = 0
        let bytes = unsafe handfast_bio_bytes(bio, &count)
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

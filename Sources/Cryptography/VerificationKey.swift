// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A public key that verifies JWS signatures.
@safe public final class VerificationKey {
    private let key: OpaquePointer

    /// The public half of a signing key.
    public init(of signing: SigningKey) {
        // SAFETY: one more reference to the key, given back in deinit.
        unsafe EVP_PKEY_up_ref(signing.key)
        unsafe key = signing.key
    }

    /// Reads a SubjectPublicKeyInfo in DER.
    public init(subjectPublicKeyInfo der: [UInt8]) throws(CryptographyError) {
        // SAFETY: OpenSSL reads at most `der.count` bytes and returns an owned key or NULL.
        let parsed = unsafe der.withUnsafeBufferPointer { bytes in
            var cursor = bytes.baseAddress
            return unsafe d2i_PUBKEY_ex(nil, &cursor, bytes.count, handfast_library(), nil)
        }
        guard let parsed = unsafe parsed else { throw .last("reading a public key") }
        unsafe key = parsed
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// Whether this key is of the kind that `algorithm` needs.
    public func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        // SAFETY: the key lives; the name is copied into 32 bytes of room.
        switch algorithm.keyKind {
        case .rsa: return unsafe EVP_PKEY_is_a(key, "RSA") == 1
        case .ed25519: return unsafe EVP_PKEY_is_a(key, "ED25519") == 1
        case .curve(let curve):
            guard unsafe EVP_PKEY_is_a(key, "EC") == 1 else { return false }
            var name = [CChar](repeating: 0, count: 32)
            var count = 0
            guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else {
                return false
            }
            return name.prefix(count).elementsEqual(curve.name.utf8.map { CChar(bitPattern: $0) })
        }
    }

    /// Whether `signature` is this key's over `message`; false for a key of another kind too.
    public func verifies(
        _ signature: [UInt8],
        over message: [UInt8],
        by algorithm: SignatureAlgorithm
    ) -> Bool {
        guard fits(algorithm) else { return false }
        var encoded = signature
        if case .curve(let curve) = algorithm.keyKind {
            let half = curve.coordinateCount
            guard signature.count == half * 2 else { return false }
            encoded = Self.der(signature, half: half)
        }
        // SAFETY: the context is freed on every way out; each array is passed with its own count.
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var parameters: OpaquePointer?
        guard
            unsafe EVP_DigestVerifyInit_ex(
                context,
                &parameters,
                algorithm.digestName,
                handfast_library(),
                nil,
                key,
                nil
            ) == 1
        else { return false }
        if algorithm.isProbabilistic {
            // RFC 7518 §3.5: the salt is as long as the digest.
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return unsafe EVP_DigestVerify(context, encoded, encoded.count, message, message.count) == 1
    }

    /// R ‖ S as the SEQUENCE of two INTEGERs that OpenSSL takes.
    private static func der(_ raw: [UInt8], half: Int) -> [UInt8] {
        var content: [UInt8] = []
        for part in [raw[..<half], raw[half...]] {
            var digits = Array(part.drop { $0 == 0 })
            // A leading bit would make the INTEGER negative; zero has one byte.
            if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
            content += [0x02, UInt8(digits.count)] + digits
        }
        let length = content.count < 0x80 ? [UInt8(content.count)] : [0x81, UInt8(content.count)]
        return [0x30] + length + content
    }
}

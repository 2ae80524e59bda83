// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// A private key of one signature algorithm.
@safe public final class SigningKey {
    // SAFETY: owned by this object alone, freed in deinit.
    let key: OpaquePointer
    /// The only algorithm that it signs by (RFC 7517 §4.4).
    public let algorithm: SignatureAlgorithm

    /// Bits of RSA keys that are made here, and the fewest of one that is read.
    ///
    /// RFC 7518 §3.3 asks for as many. A reactor serves no other client while it signs, which takes
    /// three times as long with 3072 bits; keys of tokens are replaced long before they are broken.
    public static let rsaBits = 2048

    private init(owning key: OpaquePointer, _ algorithm: SignatureAlgorithm) {
        unsafe self.key = key
        self.algorithm = algorithm
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// A fresh key.
    ///
    /// One of RSA takes some hundred milliseconds: not for a reactor.
    public static func generate(
        _ algorithm: SignatureAlgorithm = .es256
    ) throws(CryptographyError) -> SigningKey {
        let kind = algorithm.keyKind
        // SAFETY: the context is freed on every way out; the key's ownership goes to the object.
        guard
            let context = unsafe EVP_PKEY_CTX_new_from_name(handfast_library(), kind.name, nil)
        else { throw .last("key generation") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_keygen_init(context) == 1 else { throw .last("key generation") }
        let isReady =
            switch kind {
            case .curve(let curve): unsafe EVP_PKEY_CTX_set_group_name(context, curve.name)
            case .rsa: unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(rsaBits))
            case .ed25519: Int32(1)
            }
        var key: OpaquePointer?
        guard isReady == 1, unsafe EVP_PKEY_generate(context, &key) == 1, let made = unsafe key
        else { throw .last("key generation") }
        return unsafe SigningKey(owning: made, algorithm)
    }

    /// Reads a PKCS#8 private key in DER; refuses one that `algorithm` does not take.
    public init(
        pkcs8 der: [UInt8],
        for algorithm: SignatureAlgorithm = .es256
    ) throws(CryptographyError) {
        self.algorithm = algorithm
        // SAFETY: the key is this object's own, freed in deinit.
        unsafe key = try PrivateKeyDecoding.key(pkcs8: der)
        // Other curves have 256 bits, too.
        guard VerificationKey(of: self).fits(algorithm) else {
            throw CryptographyError("reading a private key", reason: algorithm.keyKind.complaint)
        }
        if case .rsa = algorithm.keyKind, unsafe EVP_PKEY_get_bits(key) < Self.rsaBits {
            throw CryptographyError("reading a private key", reason: "it is too short")
        }
    }

    /// The key as PKCS#8 DER.
    ///
    /// Secret.
    public func pkcs8() throws(CryptographyError) -> [UInt8] {
        // SAFETY: both are freed on every way out; OpenSSL allocates exactly `count` bytes.
        guard let info = unsafe EVP_PKEY2PKCS8(key) else { throw .last("encoding a key") }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        var data: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PKCS8_PRIV_KEY_INFO(info, &data)
        guard count > 0, let data = unsafe data else { throw .last("encoding a key") }
        defer { unsafe CRYPTO_clear_free(data, Int(count), #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: data, count: Int(count)))
    }

    // MARK: the public half

    /// The numbers of the public half.
    public func publicNumbers() throws(CryptographyError) -> PublicNumbers {
        switch algorithm.keyKind {
        case .curve(let curve):
            let count = curve.coordinateCount
            return .point(
                curve,
                x: try number(OSSL_PKEY_PARAM_EC_PUB_X, count: count),
                y: try number(OSSL_PKEY_PARAM_EC_PUB_Y, count: count)
            )
        case .rsa:
            return .rsa(
                modulus: try number(OSSL_PKEY_PARAM_RSA_N),
                exponent: try number(OSSL_PKEY_PARAM_RSA_E)
            )
        case .ed25519: return .ed25519(try ed25519())
        }
    }

    /// A number of the key, in so many bytes, or in as many as it needs.
    private func number(
        _ name: String,
        count: Int? = nil
    ) throws(CryptographyError) -> [UInt8] {
        var number: OpaquePointer?
        // SAFETY: the big number is freed after its bytes were copied into `room` bytes.
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else {
            throw .last("reading a public key")
        }
        defer { unsafe BN_free(number) }
        let room = count ?? Int((unsafe BN_num_bits(number) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: room)
        guard unsafe BN_bn2binpad(number, &bytes, Int32(room)) == Int32(room) else {
            throw .last("reading a public key")
        }
        return bytes
    }

    private func ed25519() throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        // SAFETY: `count` carries the room in `bytes`.
        guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count
        else { throw .last("reading a public key") }
        return bytes
    }

    /// The RFC 7638 thumbprint of the public key, base64url: the `kid`.
    public func thumbprint() throws(CryptographyError) -> String {
        try publicNumbers().thumbprint
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Text

/// A private ES256 key (ECDSA on P-256 with SHA-256, RFC 7518 §3.4).
@safe public final class SigningKey {
    // SAFETY: owned by this object alone, freed in deinit.
    let key: OpaquePointer

    private init(owning key: OpaquePointer) {
        unsafe self.key = key
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// A fresh key.
    public static func generate() throws(CryptographyError) -> SigningKey {
        // SAFETY: the context is freed on every way out; the key's ownership goes to the object.
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(handfast_library(), "EC", nil) else {
            throw .last("key generation")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            unsafe EVP_PKEY_generate(context, &key) == 1, let made = unsafe key
        else { throw .last("key generation") }
        return unsafe SigningKey(owning: made)
    }

    /// Reads a PKCS#8 private key in DER; refuses anything but P-256.
    public init(pkcs8 der: [UInt8]) throws(CryptographyError) {
        // SAFETY: the key is this object's own, freed in deinit.
        unsafe key = try PrivateKeyDecoding.key(pkcs8: der)
        // Other curves have 256 bits, too.
        guard VerificationKey(of: self).fits(.es256) else {
            throw CryptographyError("reading a private key", reason: "it is not a P-256 key")
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

    /// The affine coordinates of the public point, 32 bytes each.
    public func publicPoint() throws(CryptographyError) -> (x: [UInt8], y: [UInt8]) {
        (try coordinate(OSSL_PKEY_PARAM_EC_PUB_X), try coordinate(OSSL_PKEY_PARAM_EC_PUB_Y))
    }

    private func coordinate(_ name: String) throws(CryptographyError) -> [UInt8] {
        var number: OpaquePointer?
        var bytes = [UInt8](repeating: 0, count: 32)
        // SAFETY: the big number is freed after its bytes were copied into 32 bytes of room.
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else {
            throw .last("reading a public key")
        }
        defer { unsafe BN_free(number) }
        guard unsafe BN_bn2binpad(number, &bytes, 32) == 32 else {
            throw .last("reading a public key")
        }
        return bytes
    }

    /// The RFC 7638 thumbprint of the public key, base64url: the `kid`.
    public func thumbprint() throws(CryptographyError) -> String {
        let point = try publicPoint()
        let x = String(decoding: Base64URL.encode(point.x.span), as: UTF8.self)
        let y = String(decoding: Base64URL.encode(point.y.span), as: UTF8.self)
        let members = #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
        return Digest256.of(Array(members.utf8)).base64URL
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Signs with one RSA key by PKCS #1 v1.5 and SHA-256 (RFC 8017 §8.2); one thread's own.
///
/// Deterministic: one key and one message have one signature.
@safe public final class RSASigner {
    private let key: OpaquePointer

    /// Reads a PKCS #8 private key in DER; refuses anything but RSA.
    public init(pkcs8 der: [UInt8]) throws(CryptographyError) {
        // SAFETY: the key is this object's own, freed in deinit.
        unsafe key = try PrivateKeyDecoding.key(pkcs8: der)
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else {
            throw CryptographyError("reading a private key", reason: "it is not an RSA key")
        }
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// The signature over `message`, as long as the modulus.
    public func signature(over message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        // SAFETY: the context is freed on the way out; each array is passed with its own count.
        guard let context = unsafe EVP_MD_CTX_new() else { throw .last("preparing a signature") }
        defer { unsafe EVP_MD_CTX_free(context) }
        var count = Int(unsafe EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard
            unsafe EVP_DigestSignInit_ex(
                context,
                nil,
                "SHA256",
                handfast_library(),
                nil,
                key,
                nil
            ) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
            count == signature.count
        else { throw .last("signing") }
        return signature
    }
}

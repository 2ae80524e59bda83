// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Signs with a key of any algorithm; one thread's own.
///
/// Allocates, and prepares each signature anew: most tokens are of ES256, and go by `Signer`.
@safe public final class KeySigner {
    private let key: SigningKey

    /// A signer by the one algorithm of `key`.
    public init(_ key: SigningKey) {
        self.key = key
    }

    /// The signature over `message` in the form of JWS (RFC 7518 §3, RFC 8037 §3.1).
    public func signature(over message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let algorithm = key.algorithm
        // SAFETY: the context is freed on the way out; each array is passed with its own count,
        // and `parameters` belongs to the context.
        guard let context = unsafe EVP_MD_CTX_new() else { throw .last("preparing a signature") }
        defer { unsafe EVP_MD_CTX_free(context) }
        var parameters: OpaquePointer?
        guard
            unsafe EVP_DigestSignInit_ex(
                context,
                &parameters,
                algorithm.digestName,
                handfast_library(),
                nil,
                key.key,
                nil
            ) == 1
        else { throw .last("preparing a signature") }
        if algorithm.isProbabilistic {
            // RFC 7518 §3.5: the salt is as long as the digest.
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
            else { throw .last("preparing a signature") }
        }
        var count = Int(unsafe EVP_PKEY_get_size(key.key))
        var signature = [UInt8](repeating: 0, count: count)
        guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw .last("signing") }
        signature.removeLast(signature.count - count)
        guard case .curve(let curve) = algorithm.keyKind else { return signature }
        guard let raw = Self.raw(signature, half: curve.coordinateCount) else {
            throw CryptographyError("signing", reason: "the signature has another form")
        }
        return raw
    }

    /// R ‖ S of a signature in DER, each in `half` bytes (RFC 7518 §3.4).
    private static func raw(_ der: [UInt8], half: Int) -> [UInt8]? {
        var reader = DERReader(der)
        guard var numbers = try? reader.sequence("signature") else { return nil }
        var raw: [UInt8] = []
        for _ in 0..<2 {
            guard let number = try? numbers.integer("number") else { return nil }
            let digits = number.drop { $0 == 0 }
            guard digits.count <= half else { return nil }
            raw += [UInt8](repeating: 0, count: half - digits.count) + digits
        }
        return raw
    }
}

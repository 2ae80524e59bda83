// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// Signs with one ES256 key (RFC 7518 §3.4), its context prepared once; one thread's own.
@safe public final class Signer {
    private let context: OpaquePointer
    private let digester: Digester

    /// Prepares `key` for ES256 signatures; throws where it is of another algorithm.
    public init(_ key: SigningKey, digester: Digester) throws(CryptographyError) {
        guard key.algorithm == .es256 else {
            throw CryptographyError("preparing a signature", reason: "the key is not for ES256")
        }
        // SAFETY: the context takes its own reference to the key; it is freed in deinit.
        guard
            let context = unsafe EVP_PKEY_CTX_new_from_pkey(handfast_library(), key.key, nil)
        else { throw .last("preparing a signature") }
        unsafe self.context = context
        self.digester = digester
        guard unsafe EVP_PKEY_sign_init(context) == 1 else { throw .last("preparing a signature") }
    }

    deinit {
        unsafe EVP_PKEY_CTX_free(context)
    }

    /// The 64-byte signature R ‖ S over `message` (RFC 7515 §3.4, RFC 7518 §3.4).
    public func signature(
        over message: Span<UInt8>
    ) throws(CryptographyError) -> InlineArray<64, UInt8> {
        let digest = digester.digest(message)
        var words = digest.words
        // An ECDSA signature on P-256 in DER has at most 72 bytes.
        var der = InlineArray<80, UInt8>(repeating: 0)
        var count = der.count
        var room = der.mutableSpan
        // SAFETY: `count` carries the room in `der`, and the digest is 32 bytes.
        let status = unsafe room.withUnsafeMutableBufferPointer { signature in
            unsafe withUnsafeBytes(of: &words) { input in
                unsafe EVP_PKEY_sign(
                    context,
                    signature.baseAddress,
                    &count,
                    input.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    input.count
                )
            }
        }
        guard status == 1, let raw = Self.raw(der.span.extracting(first: count)) else {
            throw .last("signing")
        }
        return raw
    }

    /// R and S of a signature in DER, as 32 bytes each; nil if it has none.
    private static func raw(_ der: Span<UInt8>) -> InlineArray<64, UInt8>? {
        guard der.count >= 8, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
        var raw = InlineArray<64, UInt8>(repeating: 0)
        var at = 2
        for half in 0..<2 {
            guard at + 2 <= der.count, der[at] == 0x02 else { return nil }
            var length = Int(der[at + 1])
            at += 2
            guard at + length <= der.count else { return nil }
            while length > 32 {
                guard der[at] == 0 else { return nil }
                at += 1
                length -= 1
            }
            let start = half * 32 + 32 - length
            for index in 0..<length { raw[start + index] = der[at + index] }
            at += length
        }
        return raw
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// Makes encrypted tokens; one thread's own.
///
/// Every sealer draws 128 random bits of its own and derives its key from them and the shared one,
/// so that a counter is a sufficient nonce: two sealers, two nodes or two runs never share a key
/// and a nonce (Decisions/0012).
struct TokenSealer: ~Copyable {
    private let cipher: AuthenticatedCipher
    /// Version, key tag, sealer and counter: the first bytes of a token, and its associated data.
    private var head: [UInt8]
    private var nonce = [UInt8](repeating: 0, count: AuthenticatedCipher.nonceCount)
    private var counter: UInt64 = 0
    private var token: [UInt8] = []
    private var content: [UInt8] = []

    init(_ key: SealingKeyMaterial, issuer: String) throws(CryptographyError) {
        let sealer = try RandomBytes.make(SealedLayout.sealerCount)
        cipher = try Self.cipher(key, sealer: sealer, issuer: issuer)
        head = [SealedLayout.version] + SealedLayout.keyTag(key.keyID) + sealer
        head += [UInt8](repeating: 0, count: SealedLayout.counterCount)
    }

    /// The cipher of one sealer; the issuer is part of the key derivation, so that tokens of
    /// another issuer cannot be decrypted.
    static func cipher(
        _ key: SealingKeyMaterial,
        sealer: [UInt8],
        issuer: String
    ) throws(CryptographyError) -> AuthenticatedCipher {
        try key.cipher(salt: sealer, purpose: "handfast sealed token", issuer: issuer)
    }

    /// Appends a token in base64url.
    mutating func append(
        _ claims: TokenClaims,
        audience: String,
        to out: inout [UInt8]
    ) throws(CryptographyError) {
        // 2^64 tokens are never reached; a trap is better than a nonce that repeats.
        counter += 1
        for index in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * index))
            head[SealedLayout.counterStart + index] = byte
            nonce[4 + index] = byte
        }
        content.removeAll(keepingCapacity: true)
        SealedLayout.appendContent(claims, audience: audience, to: &content)
        // Taken out for the time of its use: overlapping accesses to one value are not allowed.
        var bytes: [UInt8] = []
        swap(&bytes, &token)
        defer { swap(&bytes, &token) }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: head)
        try cipher.seal(content.span, nonce: nonce.span, associated: head.span, to: &bytes)
        Base64URL.append(bytes.span, to: &out)
    }
}

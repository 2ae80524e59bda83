// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// The session of a user who has signed in, as a cookie carries it: encrypted, and kept nowhere.
///
///     version 1 · key tag 8 · salt 16 · encrypted (id 16 · began 8 · user name) · tag 16
///
/// Ends by time, by signing out (a revocation of its id), and with the user's `tokensValidFrom`.
struct LoginSession: Sendable, Equatable {
    /// Eight hours: a working day, after which a password is asked for again.
    static let lifetime: Int64 = 8 * 3600

    private static let version: UInt8 = 1
    private static let saltCount = 16
    private static let idCount = 16
    private static let headCount = 1 + SealedLayout.keyTagCount + saltCount
    /// A user's name has some hundred bytes at most.
    private static let bytesMax = 2048
    /// Each cookie has a key of its own, derived with its salt, so that no nonce repeats.
    private static let nonce = [UInt8](repeating: 0, count: AuthenticatedCipher.nonceCount)

    /// 16 random bytes.
    let id: [UInt8]
    /// Epoch seconds.
    let began: Int64
    /// The name that the user signs in with.
    let user: String

    /// A new session.
    init(user: String, now: Int64) throws(CryptographyError) {
        id = try RandomBytes.make(Self.idCount)
        began = now
        self.user = user
    }

    private init(id: [UInt8], began: Int64, user: String) {
        self.id = id
        self.began = began
        self.user = user
    }

    /// The id under which a revocation ends it.
    var revocationID: [UInt8] {
        Digest256.of(Array("handfast login session\0".utf8) + id).bytes
    }

    /// Epoch seconds at which it ends.
    var endsAt: Int64 { began + Self.lifetime }

    /// The user of a session that has not ended; nil for others.
    func currentUser(
        _ registry: Registry,
        _ revocations: any TokenRevocations,
        now: Int64
    ) -> User? {
        // A clock that was set back a little makes nobody sign in again.
        guard (began - 60)..<endsAt ~= now, let user = registry.users[user],
            user.honours(began), !revocations.isRevoked(revocationID)
        else { return nil }
        return user
    }

    /// The cookie's value.
    func sealed(_ keys: SealingKeys, issuer: String, now: Int64) throws(CryptographyError) -> String
    {
        guard let key = keys.active(at: now) else {
            throw CryptographyError("sealing", reason: "no sealing key is active")
        }
        let salt = try RandomBytes.make(Self.saltCount)
        var bytes = [Self.version] + SealedLayout.keyTag(key.keyID) + salt
        var content = id
        SealedLayout.appendNumber(UInt64(clamping: began), bytes: 8, to: &content)
        content += Array(user.utf8)
        let cipher = try Self.cipher(key, salt, issuer)
        let head = bytes
        try cipher.seal(
            content.span,
            nonce: Self.nonce.span,
            associated: head.span,
            to: &bytes
        )
        return String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }

    /// Reads a cookie's value; nil for one that is not this issuer's or was changed.
    init?(_ cookie: Span<UInt8>, _ keys: SealingKeys, issuer: String) {
        guard cookie.count <= Self.bytesMax, let bytes = Base64URL.decode(cookie),
            bytes.count > Self.headCount, bytes[0] == Self.version
        else { return nil }
        let head = Array(bytes[..<Self.headCount])
        let tag = head[1...SealedLayout.keyTagCount]
        let salt = Array(head[(1 + SealedLayout.keyTagCount)...])
        var content: [UInt8] = []
        guard
            let key = keys.key(tagged: tag),
            let cipher = try? Self.cipher(key, salt, issuer),
            cipher.open(
                Array(bytes[Self.headCount...]).span,
                nonce: Self.nonce.span,
                associated: head.span,
                into: &content
            ), content.count > Self.idCount + 8
        else { return nil }
        let number = content[Self.idCount..<(Self.idCount + 8)].reduce(0) { $0 << 8 | UInt64($1) }
        self.init(
            id: Array(content.prefix(Self.idCount)),
            began: Int64(clamping: number),
            user: String(decoding: content.dropFirst(Self.idCount + 8), as: UTF8.self)
        )
    }

    private static func cipher(
        _ key: SealingKeyMaterial,
        _ salt: [UInt8],
        _ issuer: String
    ) throws(CryptographyError) -> AuthenticatedCipher {
        try key.cipher(salt: salt, purpose: "handfast login session", issuer: issuer)
    }
}

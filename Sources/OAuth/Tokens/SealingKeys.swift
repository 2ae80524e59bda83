// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// A key for encrypted tokens, as the store keeps it.
public struct SealingKeyMaterial: Sendable, Equatable {
    /// Names it in the store; tokens carry a digest of it.
    public let keyID: String
    /// 32 random bytes.
    ///
    /// Secret.
    public let secret: [UInt8]
    /// Seconds since 1970 from which it encrypts; every node can decrypt with it before.
    public let activeFrom: Int64
    /// Seconds since 1970 from which it no longer encrypts; it decrypts until it is removed.
    public let retiredAt: Int64?

    /// A key from its parts.
    public init(keyID: String, secret: [UInt8], activeFrom: Int64, retiredAt: Int64?) {
        self.keyID = keyID
        self.secret = secret
        self.activeFrom = activeFrom
        self.retiredAt = retiredAt
    }

    /// A cipher under a key that follows from this one.
    ///
    /// Another salt, purpose or issuer gives another key: texts of one cannot be read by another.
    func cipher(
        salt: [UInt8],
        purpose: String,
        issuer: String
    ) throws(CryptographyError) -> AuthenticatedCipher {
        try AuthenticatedCipher(
            key: KeyDerivation.hkdf(
                secret: secret,
                salt: salt,
                purpose: Array("\(purpose)\0\(issuer)".utf8),
                count: AuthenticatedCipher.keyCount
            )
        )
    }
}

/// The keys of encrypted tokens, at one moment.
public struct SealingKeys: Sendable, Equatable {
    /// In the order of their activation.
    public let keys: [SealingKeyMaterial]

    /// Puts `keys` in the order of their activation.
    public init(_ keys: [SealingKeyMaterial]) {
        self.keys = keys.sorted { ($0.activeFrom, $0.keyID) < ($1.activeFrom, $1.keyID) }
    }

    /// The key with this tag (`SealedLayout.keyTag`); nil where there is none.
    func key(tagged tag: ArraySlice<UInt8>) -> SealingKeyMaterial? {
        keys.first { tag.elementsEqual(SealedLayout.keyTag($0.keyID)) }
    }

    /// The key that encrypts at `now`: the one that became active last.
    ///
    /// Before the first one's time, the first: a clock that was put back must not stop the server.
    func active(at now: Int64) -> SealingKeyMaterial? {
        let usable = keys.filter { ($0.retiredAt ?? .max) > now }
        return usable.last { $0.activeFrom <= now } ?? usable.first
    }
}

/// All keys of tokens.
public struct TokenKeys: Sendable, Equatable {
    /// For JWTs.
    public let signing: SigningKeys
    /// For encrypted tokens.
    public let sealing: SealingKeys

    /// Both sets as they are at one moment.
    public init(signing: SigningKeys, sealing: SealingKeys) {
        self.signing = signing
        self.sealing = sealing
    }
}

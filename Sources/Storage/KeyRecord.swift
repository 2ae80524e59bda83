// SPDX-License-Identifier: Apache-2.0
/// One key of the server itself: a signing key or a key that seals tokens.
///
/// A key is published from `createdAt` on and used from `activeFrom` until `retiredAt`; it stays
/// published until what was made with it has expired.
public struct KeyRecord: Sendable, Equatable {
    /// The `kind` of keys that sign access tokens by ES256 (RFC 7518 §3.4).
    ///
    /// Those of other algorithms have the algorithm's name too.
    public static let signing = "ES256"
    /// The `kind` of keys that seal access tokens: 32 random bytes.
    public static let sealing = "A256GCM"

    /// The `kid`; unique.
    public var keyID: String
    /// The algorithm that it is for: `ES256`, `ES384`, `EdDSA`, `PS256`, `RS256` or `A256GCM`.
    public var kind: String
    /// Secret: the PKCS #8 DER of a signing key, or the 32 bytes of a sealing key; empty where a
    /// shared store's key file does not open it.
    public var material: [UInt8]
    /// Epoch seconds of its making.
    public var createdAt: Int64
    /// Epoch seconds from which it may sign or seal.
    public var activeFrom: Int64
    /// Epoch seconds from which it no longer signs or seals; nil while it has no end.
    public var retiredAt: Int64?

    /// Whether it no longer signs or seals at `time`.
    public func hasEnded(by time: Int64) -> Bool {
        retiredAt.map { $0 <= time } ?? false
    }

    /// A record from its parts; nothing is checked before it is written.
    public init(
        keyID: String,
        kind: String,
        material: [UInt8],
        createdAt: Int64,
        activeFrom: Int64,
        retiredAt: Int64? = nil
    ) {
        self.keyID = keyID
        self.kind = kind
        self.material = material
        self.createdAt = createdAt
        self.activeFrom = activeFrom
        self.retiredAt = retiredAt
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import Cryptography

/// The keys that encrypt session tickets: the first encrypts, the others still decrypt.
///
/// A value: a rotation makes a new one, and each reactor takes it over in its own time. A ticket
/// from one reactor that another cannot decrypt yet costs a full handshake at worst.
public struct TicketKeys: Sendable {
    /// The limit of old keys in a context, beside the current one and one of the next period; each
    /// look-up of an unknown name walks them all.
    package static let keptMax = Int(HANDFAST_TICKET_KEYS) - 2

    let keys: [TicketKey]

    /// A first key.
    public init() throws(CryptographyError) {
        keys = [try TicketKey()]
    }

    /// Keys that follow from a secret which nodes share: all that are told the same have the same,
    /// without asking each other (HKDF, RFC 5869).
    ///
    /// The key of `period` encrypts. Those of `kept` periods before decrypt too, and the next
    /// period's, which a node whose clock is ahead uses already.
    ///
    /// - Parameters:
    ///   - policy: the digest of the listener and its trust policy; another one has other keys.
    ///   - rotation: the length of a period, in seconds.
    ///   - period: the number of periods since 1970.
    package init(
        secret: [UInt8],
        policy: Digest256,
        rotation: Int,
        period: Int64,
        keeping kept: Int
    ) throws(CryptographyError) {
        let earlier = (0..<Int64(max(0, min(kept, Self.keptMax)))).map { period - 1 - $0 }
        var keys: [TicketKey] = []
        for period in [period] + earlier + [period + 1] {
            keys.append(try TicketKey(secret, policy, rotation: Int64(rotation), period: period))
        }
        self.keys = keys
    }

    private init(_ keys: [TicketKey]) {
        self.keys = keys
    }

    /// These keys with a new one in front, without keys that are too old.
    ///
    /// `kept` old keys still decrypt tickets: as many as there are rotations in a session's
    /// lifetime.
    public func rotated(keeping kept: Int) throws(CryptographyError) -> TicketKeys {
        TicketKeys([try TicketKey()] + keys.prefix(max(0, min(kept, Self.keptMax))))
    }
}

/// One ticket key: 16 bytes of name, 32 for AES-256-CBC, 32 for HMAC-SHA-256.
///
/// Secret.
struct TicketKey: Sendable {
    private static let count = 80
    private static let purpose = Array("handfast ticket key 1 ".utf8)

    let bytes: [UInt8]

    /// A random key.
    init() throws(CryptographyError) {
        bytes = try RandomBytes.make(Self.count)
    }

    /// The key that follows from a secret; its name too, so that no two periods or listeners have
    /// one name.
    init(
        _ secret: [UInt8],
        _ policy: Digest256,
        rotation: Int64,
        period: Int64
    ) throws(CryptographyError) {
        // Of fixed lengths, so that no two purposes have one spelling.
        let purpose = Self.purpose + policy.bytes + Self.bytes(rotation) + Self.bytes(period)
        bytes = try KeyDerivation.hkdf(
            secret: secret,
            salt: [],
            purpose: purpose,
            count: Self.count
        )
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}

/// An in-memory session cache, shared by every reactor's context and bounded; thread-safe.
@safe public final class SessionStore: Sendable {
    // SAFETY: the pointer never changes, and the C store locks whatever it points to.
    nonisolated(unsafe) let store: OpaquePointer

    /// `capacity` sessions at most, and 8 KiB for each on average; most take about 5 KiB.
    public init(capacity: Int) throws(CryptographyError) {
        guard let store = unsafe handfast_session_store_new(capacity) else {
            throw CryptographyError("making a session store", reason: "out of memory")
        }
        unsafe self.store = store
    }

    deinit {
        unsafe handfast_session_store_free(store)
    }

    /// The number of sessions, and their size in bytes by the store's own account.
    ///
    /// Walks the whole store.
    public var load: (sessions: Int, bytes: Int) {
        var (sessions, bytes) = (0, 0)
        unsafe handfast_session_store_counts(store, &sessions, &bytes)
        return (sessions, bytes)
    }

    /// Forgets every session.
    public func clear() {
        unsafe handfast_session_store_clear(store)
    }
}

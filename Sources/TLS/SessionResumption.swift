// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import Cryptography

/// The keys that encrypt session tickets: the newest encrypts, the older ones still decrypt.
///
/// A value: a rotation makes a new one, and each reactor takes it over in its own time. A ticket
/// from one reactor that another cannot decrypt yet costs a full handshake at worst.
public struct TicketKeys: Sendable {
    /// The limit of old keys in a context; each look-up of an unknown name walks them all.
    package static let keptMax = Int(HANDFAST_TICKET_KEYS) - 1

    let keys: [TicketKey]

    /// A first key.
    public init() throws(CryptographyError) {
        keys = [try TicketKey()]
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
    let bytes: [UInt8]

    init() throws(CryptographyError) {
        bytes = try RandomBytes.make(80)
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

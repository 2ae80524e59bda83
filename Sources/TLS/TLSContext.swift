// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
public import Cryptography

/// A listener's TLS policy as one reactor holds it: an SSL_CTX, frozen once made except for its
/// ticket keys, and one more for each group of names with certificates of their own.
@safe public final class TLSContext {
    let outbox: Outbox
    /// The context in which a connection begins.
    let standard: OpenSSLContext
    /// The state of all connections' callbacks.
    let state: ContextState
    // nil where all clients get the same certificates: the names that they ask for are then
    // ignored.
    private let names: ServerNameTable?

    /// Builds the context; `outbox` is the reactor's, lent to one connection at a time.
    public init(_ configuration: TLSConfiguration, outbox: Outbox) throws(CryptographyError) {
        self.outbox = outbox
        state = try ContextState(configuration.resumption)
        standard = try OpenSSLContext(configuration, configuration.identities, state)
        names =
            configuration.named.isEmpty
            ? nil : try ServerNameTable(configuration, standard, state)
    }

    /// Drops this thread's prepared signing keys, because the contexts are about to be replaced.
    ///
    /// Handshakes under the old contexts continue, without these caches.
    public static func forgetKeys() {
        handfast_prepared_signatures_forget()
    }

    /// Replaces the ticket keys after a rotation; open connections continue.
    public func use(_ keys: TicketKeys) {
        var flat = keys.keys.flatMap { $0.bytes }
        let count = keys.keys.count
        // SAFETY: each key is 80 bytes, exactly the C structure's size, which has no padding.
        unsafe flat.withUnsafeMutableBytes { bytes in
            unsafe bytes.withMemoryRebound(to: handfast_ticket_key.self) {
                unsafe handfast_context_set_ticket_keys(state.pointer, $0.baseAddress, count)
            }
            _ = unsafe bytes.baseAddress.map { unsafe OPENSSL_cleanse($0, bytes.count) }
        }
    }
}

/// The output buffer of one step of one connection; a reactor's own, used by one connection after
/// another.
@safe public final class Outbox {
    let outbox: UnsafeMutablePointer<handfast_outbox>
    /// Four full TLS records: a flight or a response fits, so a step makes one system call.
    private static let capacity = 4 * 16_640

    /// An empty outbox; traps where there is no memory for it at start.
    public init() {
        // SAFETY: both are freed in deinit; OpenSSL's allocator gives NULL where memory is short.
        guard let bytes = unsafe CRYPTO_malloc(Self.capacity, #fileID, #line) else {
            preconditionFailure("out of memory at start")
        }
        unsafe outbox = .allocate(capacity: 1)
        unsafe outbox.initialize(
            to: handfast_outbox(
                bytes: bytes.assumingMemoryBound(to: UInt8.self),
                base: 0,
                count: 0,
                capacity: Self.capacity,
                owner: nil
            )
        )
    }

    /// Whether the postponed output should be sent: a full record must still fit behind it.
    public var isFilling: Bool {
        unsafe outbox.pointee.base > Self.capacity / 2
    }

    /// Empties the buffer, after all of it was sent.
    public func clear() {
        unsafe handfast_outbox_clear(outbox)
    }

    deinit {
        unsafe CRYPTO_free(outbox.pointee.bytes, #fileID, #line)
        unsafe outbox.deallocate()
    }
}

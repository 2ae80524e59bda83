// SPDX-License-Identifier: Apache-2.0
internal import TLS

/// The TLS contexts of a reactor's listeners, with their shared outbox and ticket keys.
struct ListenerContexts {
    let outbox = Outbox()
    private var contexts: [TLSContext]
    private var ticketKeys: TicketKeys

    /// Contexts of listeners, in their order.
    init(_ listeners: [TLSConfiguration], _ ticketKeys: TicketKeys) throws {
        self.ticketKeys = ticketKeys
        contexts = []
        try replace(listeners)
    }

    subscript(listener: Int) -> TLSContext { contexts[listener] }

    /// Replaces the settings of the same listeners; connections keep the context that they began
    /// with.
    mutating func replace(_ listeners: [TLSConfiguration]) throws {
        contexts = try listeners.map { configuration in
            let context = try TLSContext(configuration, outbox: outbox)
            context.use(ticketKeys)
            return context
        }
    }

    /// Sets the rotated ticket keys.
    mutating func update(_ keys: TicketKeys) {
        ticketKeys = keys
        for context in contexts { context.use(keys) }
    }
}

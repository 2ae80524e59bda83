// SPDX-License-Identifier: Apache-2.0
internal import TLS

/// The TLS contexts of a reactor's listeners, with their shared outbox.
struct ListenerContexts {
    let outbox = Outbox()
    private var contexts: [TLSContext] = []

    /// Contexts of listeners, in their order, with the ticket keys of each.
    init(_ listeners: [TLSConfiguration], _ ticketKeys: [TicketKeys]) throws {
        try replace(listeners, ticketKeys)
    }

    subscript(listener: Int) -> TLSContext { contexts[listener] }

    /// Replaces the settings of the same listeners; connections keep the context that they began
    /// with.
    mutating func replace(_ listeners: [TLSConfiguration], _ ticketKeys: [TicketKeys]) throws {
        contexts = try listeners.map { try TLSContext($0, outbox: outbox) }
        update(ticketKeys)
    }

    /// Sets the ticket keys of each listener.
    func update(_ keys: [TicketKeys]) {
        precondition(keys.count == contexts.count, "ticket keys of each listener")
        for (context, keys) in zip(contexts, keys) { context.use(keys) }
    }
}

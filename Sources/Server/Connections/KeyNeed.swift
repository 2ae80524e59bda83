// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor

/// The keys of a client are fetched from its `jwks_uri`, and its request is decided once more.
extension ReactorService {
    /// Asks for a client's keys; at once the answer where they were fetched a moment ago, or too
    /// many requests wait.
    func ask(for client: ClientID, _ id: ExchangeID) -> Met? {
        let mailbox = mailbox
        let isTaken = requestKeys(client.text, reactor.now) {
            mailbox.post(.met(id, .clientKeys))
        }
        return isTaken ? nil : .unavailable
    }

    /// Decides a request that has waited once more, and goes on with what came in behind it.
    func decideAgain(_ request: [UInt8], _ connection: Connection) {
        connection.exchange.hasWaitedForKeys = true
        connection.framing.unread = request + connection.framing.unread
        goOn(connection)
    }
}

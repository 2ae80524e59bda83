// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor

/// Requests that wait while their client's keys are fetched from its `jwks_uri`.
extension ReactorService {
    /// Lets a refused request wait where newer keys may make it a good one; false where not.
    func waitForKeys(_ request: Span<UInt8>, _ connection: Connection) -> Bool {
        guard !connection.hasWaitedForKeys, let client = endpoint.clientWithOldKeys else {
            return false
        }
        let waiting = KeyRequests.Waiting(mailbox: mailbox, connection: connection.token)
        let id = String(decoding: client.id, as: UTF8.self)
        guard keyRequests.ask(id, waiting, now: reactor.now) else { return false }
        connection.waitingRequest = [UInt8](copying: request)
        park(connection)
        return true
    }

    /// Decides a request that has waited once more, and goes on with what came in behind it.
    func decideAgain(_ connection: Connection) {
        guard !connection.waitingRequest.isEmpty else { return }
        connection.phase = .reading
        connection.hasWaitedForKeys = true
        connection.framing.unread = connection.waitingRequest + connection.framing.unread
        connection.waitingRequest = []
        goOn(connection)
    }
}

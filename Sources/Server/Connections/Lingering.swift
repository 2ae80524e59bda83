// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import TLS

/// Connections whose last answer has been sent while their peer may still be sending.
///
/// Closing a socket with unread bytes resets the connection, and the peer loses the answer that it
/// has not read yet (RFC 9112 §9.6). So only sending ends at first, and what comes is thrown away
/// until the peer has read its answer and closes, or has had its time. A drain does not wait for
/// it.
extension ReactorService {
    /// Ends a connection whose last answer the socket has taken.
    func close(_ connection: Connection) {
        guard connection.mayGoOnSending || connection.tls.mayHaveMore, !isDraining else {
            return end(connection)
        }
        connection.phase = .lingering
        connection.tls.endSending()
        connection.lingersUntil = reactor.now + UInt64(Limits.lingerSecondsMax) * 1000
        putOffEnd(of: connection)
        linger(connection)
    }

    /// Throws away what came; ends the connection when its peer did, or sends without end.
    func linger(_ connection: Connection) {
        let room = Limits.lingerBytes - connection.discarded
        guard room > 0, let count = connection.tls.discardInput(atMost: min(room, Self.perTurn))
        else { return end(connection) }
        connection.discarded += count
        if count > 0 { putOffEnd(of: connection) }
        watch(connection)
    }

    private func putOffEnd(of connection: Connection) {
        let next = reactor.now + UInt64(Limits.lingerSeconds) * 1000
        setDeadline(of: connection, at: min(next, connection.lingersUntil))
    }

    /// Level-triggered: what is left wakes the next turn, when the others have had theirs.
    private static let perTurn = 256 * 1024
}

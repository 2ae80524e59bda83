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
        connection.lingersUntil = reactor.now + Self.lingerMax
        putOffEnd(of: connection)
        linger(connection)
    }

    /// Throws away what came; ends the connection when its peer did, or sends without end.
    func linger(_ connection: Connection) {
        let room = Self.lingerBytesMax - connection.discarded
        guard room > 0, let count = connection.tls.discardInput(atMost: min(room, Self.perTurn))
        else { return end(connection) }
        connection.discarded += count
        if count > 0 { putOffEnd(of: connection) }
        watch(connection)
    }

    private func putOffEnd(of connection: Connection) {
        let next = reactor.now + Self.lingerSilenceMax
        setDeadline(of: connection, at: min(next, connection.lingersUntil))
    }

    /// What a peer may go on sending after its last answer: more than any request has, for one that
    /// does not look before it has sent everything.
    private static let lingerBytesMax = 64 * 1024 * 1024
    /// For the peer to read its last answer and close, or to send more, in milliseconds; a few
    /// round trips.
    private static let lingerSilenceMax: UInt64 = 5_000
    /// For one that goes on sending, in milliseconds: twenty megabytes on a slow line.
    private static let lingerMax: UInt64 = 30_000
    /// Level-triggered: what is left wakes the next turn, when the others have had theirs.
    private static let perTurn = 256 * 1024
}

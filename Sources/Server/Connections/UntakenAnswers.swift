// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Reactor
internal import Serving
internal import TLS

/// Peers that do not take their answers.
///
/// A request's deadline holds to its answer's last byte, so that it counts from the answer whether
/// the socket does not take it (`isBlocked`), or has taken it and cannot send it.
extension ReactorService {
    /// The socket does not take all of an answer: its peer has a request's time to make room.
    ///
    /// For all that waits at that moment: a peer that reads a few bytes now and then gains nothing.
    func block(_ connection: Connection) {
        guard !connection.isBlocked else { return }
        connection.isBlocked = true
        let end = reactor.now + settings.limits.request
        if end < connection.deadline { setDeadline(of: connection, at: end) }
    }

    /// The peer has taken what was kept.
    func unblock(_ connection: Connection) {
        guard connection.isBlocked else { return }
        connection.isBlocked = false
        if case .reading = connection.phase, connection.framing.requestStarted == nil {
            setDeadline(of: connection, in: settings.limits.idle)
        }
    }

    /// Whether the connection's last answer has lain in the socket for a request's time.
    func hasUntakenAnswer(_ connection: Connection, now: UInt64) -> Bool {
        guard case .reading = connection.phase, let answeredAt = connection.answeredAt,
            answeredAt + settings.limits.request <= now
        else { return false }
        connection.answeredAt = nil
        return SystemCall.unsentBytes(connection.descriptor.number) > 0
    }

    /// Ends a connection whose peer does not read; what the kernel keeps for it goes at once.
    func endUntaken(_ connection: Connection) {
        log.debug("answer not taken", metadata: ["peer": "\(connection.peer)"])
        SystemCall.resetOnClose(connection.descriptor.number)
        end(connection)
    }
}

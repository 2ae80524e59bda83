// SPDX-License-Identifier: Apache-2.0
internal import Network
internal import Reactor

/// Admission control of handshakes: their count, their sources, and the eviction where there are
/// too many.
final class HandshakeAdmission {
    private var order = HalfOpenOrder()
    private var shares = SourceShares()

    /// The number of handshakes under way.
    var count: Int { order.count }

    /// A handshake begins; `isOpen` tells of a token whether its handshake is still under way.
    func begin(_ token: Token, isOpen: (Token) -> Bool) {
        order.add(token, isOpen: isOpen)
    }

    /// Counts a handshake for the source of `address`.
    ///
    /// A proxy's own address and a Unix socket are no client's.
    func attribute(to address: InternetAddress) -> SourceShares.Source {
        let source = shares.source(of: address.number)
        shares.begin(source)
        return source
    }

    /// Counts the end of a handshake, good or bad; `source` is the one that it was counted for.
    func end(_ source: SourceShares.Source?) {
        order.remove()
        if let source { shares.end(source) }
    }

    /// Evicts a handshake, so that silent peers do not keep honest ones out: of the oldest, one of
    /// the source with the most.
    ///
    /// `connection` finds the connection of a token.
    func evict(_ connection: (Token) -> Connection?) -> Token? {
        order.evict { token in
            guard let connection = connection(token), connection.isHandshaking else { return nil }
            // A load balancer sends its header at once.
            if connection.awaitsProxyHeader { return Int.max }
            return connection.handshake.source.map { shares.handshakes(of: $0) } ?? 0
        }
    }

    /// The urgency of a handshake's next step; `now` is in monotonic nanoseconds.
    func work(of handshake: Connection.Handshake, now: UInt64) -> TurnBudget.Work {
        let isOver = handshake.source.map { shares.isOver($0, now: now) } ?? false
        return switch (handshake.isFinishing, isOver) {
        case (true, false): .finishing
        case (false, false): .beginning
        case (true, true): .finishingOverShare
        case (false, true): .beginningOverShare
        }
    }

    /// Charges the source with the time of a handshake's step.
    func charge(_ source: SourceShares.Source, _ nanoseconds: UInt64, now: UInt64) {
        shares.charge(source, nanoseconds, now: now)
    }
}

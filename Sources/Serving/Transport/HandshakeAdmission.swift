// SPDX-License-Identifier: Apache-2.0
internal import Network
internal import Reactor

/// The handshakes of a reactor that are under way: how many, whose, and which gives way where there
/// are too many.
final class HandshakeAdmission {
    private var order = HalfOpenOrder()
    private var shares = SourceShares()

    /// How many are under way.
    var count: Int { order.count }

    /// A handshake begins; `isOpen` tells of a token whether its handshake is still under way.
    func begin(_ token: Token, isOpen: (Token) -> Bool) {
        order.add(token, isOpen: isOpen)
    }

    /// Counts a handshake for the source that `address` is of.
    ///
    /// A proxy's own address and a Unix socket are no client's.
    func attribute(to address: InternetAddress) -> SourceShares.Source {
        let source = shares.source(of: address.number)
        shares.begin(source)
        return source
    }

    /// A handshake is over, well or not; `source` is what it was counted for.
    func end(_ source: SourceShares.Source?) {
        order.remove()
        if let source { shares.end(source) }
    }

    /// Silent peers must not keep honest ones out: takes, of those that have had the longest time,
    /// one of the source with the most handshakes.
    ///
    /// `connection` finds the connection of a token.
    func takeOne(_ connection: (Token) -> Connection?) -> Token? {
        order.takeOne { token in
            guard let connection = connection(token), connection.isHandshaking else { return nil }
            // A load balancer sends its header at once.
            if connection.awaitsProxyHeader { return Int.max }
            return connection.handshake.source.map { shares.handshakes(of: $0) } ?? 0
        }
    }

    /// How urgent a handshake's next step is; `now` is in monotonic nanoseconds.
    func work(of handshake: Connection.Handshake, now: UInt64) -> TurnBudget.Work {
        let isOver = handshake.source.map { shares.isOver($0, now: now) } ?? false
        return switch (handshake.isFinishing, isOver) {
        case (true, false): .finishing
        case (false, false): .beginning
        case (true, true): .finishingOverShare
        case (false, true): .beginningOverShare
        }
    }

    /// A step of a handshake of the source has taken so long.
    func charge(_ source: SourceShares.Source, _ nanoseconds: UInt64, now: UInt64) {
        shares.charge(source, nanoseconds, now: now)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import Reactor
internal import Telemetry

/// What waits behind the connections that are ready: handshakes, and requests beyond a connection's
/// slice.
extension ReactorService {
    var acceptsNow: Bool { servedNanoseconds == 0 || budget.allows(.accepting) }

    func turnEnds() {
        sendPostponed()
        if hasServed {
            hasServed = false
            servedUntil = Clock.nanoseconds
            servedNanoseconds = servedUntil - reactor.turnBegan
        }
        endAbandoned()
    }

    /// A connection has broken in its handshake.
    ///
    /// Before our flight it gets none: its hello may still be in the socket, and would cost a
    /// signature. Afterwards an alert may be there, and is read when its turn comes.
    func breaks(_ connection: Connection) {
        guard connection.isFinishing else { return abandoned.append(connection.token) }
        connection.isBroken = true
        queueHandshake(connection)
    }

    /// Frees the places of those that broke in their handshake, before new ones are accepted.
    private func endAbandoned() {
        guard !abandoned.isEmpty else { return }
        hasAccepted = true
        for token in abandoned {
            guard let connection = connections[token] else { continue }
            note(.closed, "the connection broke", connection)
            end(connection)
        }
        abandoned.removeAll(keepingCapacity: true)
    }

    /// Gives the rest of the turn to what waits, by its shares.
    func serveWaiting() {
        defer { servedNanoseconds = 0 }
        // Also where nothing waits: accepting may, in the kernel's queue.
        budget.turn(served: servedNanoseconds, now: reactor.turnBegan)
        guard hasAccepted || !waiting.isEmpty else { return reactor.isHurried = false }
        var mark = Clock.nanoseconds
        if hasAccepted, servedNanoseconds > 0 { budget.spent(mark - servedUntil, on: .accepting) }
        hasAccepted = false
        while let (work, token) = waiting.next(where: budget.allows) {
            guard let connection = connections[token] else { continue }
            let origin = connection.origin
            serve(connection, work)
            let now = Clock.nanoseconds
            budget.spent(now - mark, on: work)
            if work != .pipelined, let origin { shares.charge(origin, now - mark, now: now) }
            mark = now
        }
        sendPostponed()
        reactor.isHurried = !waiting.isEmpty
        if isDraining { stopWhenIdle() }
    }

    private func serve(_ connection: Connection, _ work: TurnBudget.Work) {
        guard work != .pipelined else { return goOnWithUnfinished(connection) }
        connection.isQueued = false
        if connection.isBroken { endBroken(connection) } else { handshake(connection) }
    }

    // MARK: handshakes

    /// Has a handshake go on when its turn comes.
    func queueHandshake(_ connection: Connection) {
        guard !connection.isQueued else { return watchForNews(of: connection) }
        connection.isQueued = true
        waiting.add(connection.token, for: work(of: connection)) { connections[$0] != nil }
    }

    /// Watches a connection edge-triggered that has come up again and again while it waits.
    ///
    /// Level-triggered, it would come up in every turn. Most have their turn before, and cost no
    /// such call; that costs as much as eight times to come up.
    private func watchForNews(of connection: Connection) {
        connection.wakes &+= 1
        guard connection.wakes >= 8 else { return }
        setInterest(of: connection, connection.interest.union(.edgeTriggered))
    }

    private func work(of connection: Connection) -> TurnBudget.Work {
        let isOver =
            connection.origin.map { shares.isOver($0, now: reactor.turnBegan) } ?? false
        return switch (connection.isFinishing, isOver) {
        case (true, false): .finishing
        case (false, false): .beginning
        case (true, true): .finishingOverShare
        case (false, true): .beginningOverShare
        }
    }

    /// Names whose a handshake is; a proxy's own address and a Unix socket are nobody's.
    func setOrigin(of connection: Connection, _ address: InternetAddress) {
        let source = shares.source(of: address.number)
        connection.origin = source
        shares.begin(source)
    }

    /// A handshake is over, well or not.
    func handshakeEnds(_ connection: Connection) {
        halfOpen.remove()
        if let origin = connection.origin { shares.end(origin) }
    }

    /// Silent peers must not keep honest ones out: of those that have had the longest time, one of
    /// the source with the most handshakes gives way.
    func endOneHandshake() {
        let token = halfOpen.takeOne { token in
            guard let connection = connections[token], connection.isHandshaking else { return nil }
            // A load balancer sends its header at once.
            if connection.awaitsProxyHeader { return Int.max }
            return connection.origin.map { shares.handshakes(of: $0) } ?? 0
        }
        guard let token, let connection = connections[token] else { return }
        note(.crowded, "gave way to a newer connection", connection)
        end(connection)
    }

    // MARK: requests

    /// Has a connection with more to read, or to answer, go on when the others have had theirs.
    func leaveUnfinished(_ connection: Connection) {
        guard !connection.isUnfinished else { return }
        connection.isUnfinished = true
        waiting.add(connection.token, for: .pipelined) { connections[$0] != nil }
    }

    private func goOnWithUnfinished(_ connection: Connection) {
        connection.isUnfinished = false
        guard case .reading = connection.phase, !connection.isBlocked else { return }
        if connection.framing.unread.isEmpty { exchange(connection) } else { goOn(connection) }
        // Unwatched, or what it has sent besides would wake every turn in vain.
        guard connection.isUnfinished, connections[connection.token] != nil else { return }
        if connection.isPostponed { sendPostponed() }
        watch(connection)
    }
}

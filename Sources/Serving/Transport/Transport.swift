// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Reactor
internal import TLS
internal import Telemetry

/// The sockets of one reactor: what is sent, watched and waited for, and the end of a connection.
///
/// Each step of a connection ends with `flush` or `postpone`. Postponed answers go out before
/// anything else of their connection is written, and before any end.
final class Transport {
    private let reactor: Reactor
    private let outbox: Outbox
    private let handshakes: HandshakeAdmission
    private let counters: Counters
    private let log: Logger
    private var limits: ConnectionSettings
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var connections: Slab<Connection>
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var postponed = PostponedSends()
    private(set) var isDraining = false

    init(
        _ start: ReactorStart,
        _ reactor: Reactor,
        _ outbox: Outbox,
        _ handshakes: HandshakeAdmission
    ) {
        self.reactor = reactor
        self.outbox = outbox
        self.handshakes = handshakes
        counters = start.counters
        log = start.log
        limits = start.settings.limits
        connections = Slab(capacity: limits.connections)
    }

    /// Takes over changed limits; how many connections there may be stays.
    func update(_ limits: ConnectionSettings) {
        self.limits = limits
    }

    // MARK: connections

    /// Whether another connection fits.
    var hasRoom: Bool { connections.hasRoom }

    /// The connection that `token` names; nil when it has ended since.
    subscript(token: Token) -> Connection? { connections[token] }

    /// Takes a place for a connection that `open` brings at once; needs room.
    func reserve() -> Token {
        connections.reserve()
    }

    /// Watches a connection in its reserved place; false where it cannot be, and is dropped.
    func open(_ connection: Connection) -> Bool {
        connections.fill(connection.token, connection)
        do {
            try reactor.watch(
                connection.descriptor.number,
                for: connection.interest,
                token: connection.token
            )
        } catch {
            log.error("a connection cannot be watched", metadata: ["reason": "\(error)"])
            connections.remove(connection.token)
            return false
        }
        counters.connections.add(1)
        reactor.remind(connection.token, at: connection.timer.nextCheck)
        return true
    }

    // MARK: writing

    /// Encrypts answers; they leave with `flush` or `postpone`.
    func write(_ answers: [UInt8], _ connection: Connection) {
        do throws(TLSError) {
            try connection.tls.write(answers.span)
        } catch {
            // The flush that follows finds the socket broken and ends the connection.
            connection.phase = .closing
        }
    }

    /// Leaves the answer for the end of the turn, where nothing else has to follow it.
    ///
    /// Ends a step.
    func postpone(_ connection: Connection) {
        guard connection.isOpen, connection.interest == .readable,
            let waiting = connection.tls.postpone()
        else { return flush(connection) }
        connection.isPostponed = true
        postponed.add(connection.token, waiting)
        if postponed.isFull || outbox.isFilling { sendPostponed() }
    }

    /// Sends what the turn has gathered.
    func sendPostponed() {
        guard !postponed.isEmpty else { return }
        let all = postponed.takeAll()
        for (token, waiting) in all {
            guard let connection = connections[token] else { continue }
            connection.isPostponed = false
            switch connection.tls.send(waiting) {
            case .sent: break
            case .blocked:
                block(connection)
                watch(connection)
            case .broken: end(connection)
            }
        }
        postponed.giveBack(all)
        outbox.clear()
    }

    /// Sends what the step produced and watches for what the connection waits for.
    ///
    /// Ends every step.
    func flush(_ connection: Connection) {
        guard connections[connection.token] != nil else { return }
        if connection.isPostponed { sendPostponed() }
        if case .closing = connection.phase, !connection.isBlocked {
            connection.tls.sendCloseNotify()
        }
        switch connection.tls.flush() {
        case .sent:
            unblock(connection)
            if case .closing = connection.phase { return close(connection) }
        case .blocked: block(connection)
        case .broken: return end(connection)
        }
        watch(connection)
    }

    func watch(_ connection: Connection) {
        var interest: Readiness = []
        if connection.isBlocked { interest.insert(.writable) }
        switch connection.phase {
        case .handshaking: interest.formUnion(connection.interest.subtracting(.writable))
        case .lingering: interest.insert(.readable)
        case .reading where !connection.isBlocked && !connection.isUnfinished:
            interest.insert(.readable)
        // While a worker decides nothing is read: level-triggered, a waiting request would wake
        // every turn.
        case .reading, .deciding, .closing: break
        }
        setInterest(of: connection, interest)
    }

    /// Tells epoll what the connection waits for, where that has changed.
    func setInterest(of connection: Connection, _ interest: Readiness) {
        guard interest != connection.interest else { return }
        connection.interest = interest
        do {
            try reactor.change(
                connection.descriptor.number,
                to: interest,
                token: connection.token
            )
        } catch {
            end(connection)
        }
    }

    // MARK: peers that do not take their answers

    // A request's deadline holds to its answer's last byte, so that it counts from the answer
    // whether the socket does not take it (`isBlocked`), or has taken it and cannot send it.

    /// The socket does not take all of an answer: its peer has a request's time to make room.
    ///
    /// For all that waits at that moment: a peer that reads a few bytes now and then gains nothing.
    private func block(_ connection: Connection) {
        guard !connection.isBlocked else { return }
        connection.isBlocked = true
        let end = reactor.now + limits.request
        if end < connection.timer.deadline { setDeadline(of: connection, at: end) }
    }

    /// The peer has taken what was kept.
    private func unblock(_ connection: Connection) {
        guard connection.isBlocked else { return }
        connection.isBlocked = false
        if case .reading = connection.phase, !connection.isInRequest {
            setDeadline(of: connection, in: limits.idle)
        }
    }

    /// Whether the connection's last answer has lain in the socket for a request's time.
    func hasUntakenAnswer(_ connection: Connection, now: UInt64) -> Bool {
        guard case .reading = connection.phase, let answeredAt = connection.answeredAt,
            answeredAt + limits.request <= now
        else { return false }
        connection.noteAnswerTaken()
        return SystemCall.unsentBytes(connection.descriptor.number) > 0
    }

    /// Ends a connection whose peer does not read; what the kernel keeps for it goes at once.
    func endUntaken(_ connection: Connection) {
        log.debug("the peer does not read its answer", metadata: ["peer": "\(connection.peer)"])
        reset(connection)
    }

    /// Ends a connection with a reset; nothing of what waits for it is sent.
    func reset(_ connection: Connection) {
        SystemCall.resetOnClose(connection.descriptor.number)
        end(connection)
    }

    // MARK: deadlines

    /// Has the connection end in so many milliseconds, unless something moves that.
    func setDeadline(of connection: Connection, in milliseconds: UInt64) {
        setDeadline(of: connection, at: reactor.now + milliseconds)
    }

    /// The same, at a moment in monotonic milliseconds.
    func setDeadline(of connection: Connection, at moment: UInt64) {
        if connection.timer.move(to: moment) { reactor.remind(connection.token, at: moment) }
    }

    /// When the timer of the connection is looked at next; nil where it has ended.
    func nextCheck(at connection: Connection, now: UInt64) -> UInt64? {
        guard connections[connection.token] != nil else { return nil }
        connection.rearm(now: now, reach: reactor.reachMilliseconds, request: limits.request)
        return connection.timer.nextCheck
    }

    // MARK: the end

    /// Ends a connection whose last answer the socket has taken.
    func close(_ connection: Connection) {
        guard connection.mayGoOnSending || connection.tls.mayHaveMore, !isDraining else {
            return end(connection)
        }
        connection.tls.endSending()
        let lingering = Lingering(now: reactor.now)
        setDeadline(of: connection, at: lingering.deadline(now: reactor.now))
        linger(connection, lingering)
    }

    /// Throws away what came; ends the connection when its peer did, or sends without end.
    func linger(_ connection: Connection, _ lingering: Lingering) {
        var lingering = lingering
        let room = lingering.room
        guard room > 0, let count = connection.tls.discardInput(atMost: room) else {
            return end(connection)
        }
        lingering.discard(count)
        connection.phase = .lingering(lingering)
        if count > 0 { setDeadline(of: connection, at: lingering.deadline(now: reactor.now)) }
        watch(connection)
    }

    /// Ends the connection from any phase; nothing else frees its slot.
    func end(_ connection: Connection) {
        if connection.isPostponed { sendPostponed() }
        guard connections.remove(connection.token) != nil else { return }
        if connection.isHandshaking { handshakes.end(connection.handshake.source) }
        counters.connections.add(-1)
    }

    /// Says goodbye to a peer that may send its next request, and ends the connection.
    func endIdle(_ connection: Connection) {
        if case .reading = connection.phase {
            connection.tls.sendCloseNotify()
            _ = connection.tls.flush()
        }
        end(connection)
    }

    /// Accepts nothing more; connections end with the answers that are under way.
    func drain() {
        isDraining = true
        reactor.stopListening()
    }

    /// While draining: ends all when nothing would be lost.
    func stopWhenIdle() {
        guard isDraining else { return }
        sendPostponed()
        if !connections.all.contains(where: \.isBusy) { stop() }
    }

    /// Ends all connections, and the reactor.
    func stop() {
        sendPostponed()
        for connection in connections.all { endIdle(connection) }
        reactor.stop()
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor
internal import TLS

/// Reads the requests of one reactor's connections, has `HTTP1` answer them, and does what it asks
/// for.
final class Requests {
    private let transport: Transport
    private let schedule: TurnSchedule
    private let http: HTTP1
    private let reactor: Reactor
    private var limits: ConnectionSettings
    private var readBuffer = [UInt8](repeating: 0, count: 32 * 1024)

    /// A connection gets this many records in a row; then the others have theirs.
    private static let readsMax = 2

    init(
        _ reactor: Reactor,
        _ http: HTTP1,
        _ transport: Transport,
        _ schedule: TurnSchedule,
        limits: ConnectionSettings
    ) {
        self.reactor = reactor
        self.http = http
        self.transport = transport
        self.schedule = schedule
        self.limits = limits
    }

    /// Takes over changed limits.
    func update(_ limits: ConnectionSettings) {
        self.limits = limits
    }

    private var moment: TurnMoment { TurnMoment(nanoseconds: reactor.turnBegan) }

    // MARK: reading

    /// Reads what has come, answers every complete request in order, and sends the answers in one
    /// go.
    func exchange(_ connection: Connection) {
        guard isSent(connection) else { return }
        http.beginSlice()
        read(connection)
    }

    private func read(_ connection: Connection) {
        // The buffer is taken out for the time of its use: a second reference to it would make it
        // be copied.
        var buffer = readBuffer
        readBuffer = []
        defer { readBuffer = buffer }
        var reads = 0
        repeat {
            guard reads < Self.readsMax else {
                leaveUnfinished(connection)
                break
            }
            reads += 1
            var room = buffer.mutableSpan
            do throws(TLSError) {
                switch try connection.tls.read(into: &room) {
                case .done(let count):
                    let bytes = buffer.span.extracting(first: count)
                    perform(http.receive(bytes, on: connection, at: moment), connection)
                case .wantsRead: return transport.postpone(connection)
                case .closed:
                    // A half-closed peer still gets the answers to what it asked.
                    guard case .blocked = connection.tls.flush() else {
                        return transport.end(connection)
                    }
                    connection.phase = .closing
                    transport.setDeadline(of: connection, in: limits.request)
                    return transport.flush(connection)
                }
            } catch {
                // The alert that explains it is in the outbox; a peer that still sends can read it.
                _ = connection.tls.flush()
                connection.mayGoOnSending = true
                return transport.close(connection)
            }
        } while connection.isOpen && !connection.isUnfinished && connection.tls.mayHaveMore
        transport.postpone(connection)
    }

    /// Goes on with requests that came in before: behind one that had to wait, or behind a full
    /// socket.
    private func resumeReading(_ connection: Connection) {
        guard isSent(connection) else { return }
        http.beginSlice()
        perform(http.resumeReading(connection, at: moment), connection)
        readOn(connection)
    }

    /// Reads on where the connection is open, and has not had its slice.
    private func readOn(_ connection: Connection) {
        guard connection.isOpen else { return transport.flush(connection) }
        if connection.isUnfinished { transport.postpone(connection) } else { read(connection) }
    }

    /// Sends what the connection has postponed; false where it must wait for room in its socket.
    private func isSent(_ connection: Connection) -> Bool {
        if connection.isPostponed { transport.sendPostponed() }
        return resumeWriting(connection)
    }

    // MARK: what HTTP asks for

    /// Does what HTTP asks for, and encrypts the answers that have gathered.
    private func perform(_ first: HTTP1.Step, _ connection: Connection) {
        var step = first
        while case .more = step {
            write(connection)
            guard connection.isOpen else { break }
            step = http.resumeReading(connection, at: moment)
        }
        switch step {
        case .idle, .more: setAnsweredDeadline(of: connection)
        case .incomplete(let deadline):
            if let deadline { transport.setDeadline(of: connection, at: deadline) }
        case .yield:
            setAnsweredDeadline(of: connection)
            leaveUnfinished(connection)
        case .park(let deadline):
            connection.phase = .deciding
            transport.setDeadline(of: connection, at: deadline)
        case .hold(let moment):
            connection.phase = .deciding
            transport.setDeadline(of: connection, at: moment)
        case .reset:
            // Earlier answers go with the connection: the next one would be sent them.
            http.clearOutput()
            connection.phase = .closing
            return transport.reset(connection)
        case .close(let peerMaySend):
            connection.phase = .closing
            connection.mayGoOnSending = peerMaySend
            transport.setDeadline(of: connection, in: limits.request)
        }
        write(connection)
    }

    private func write(_ connection: Connection) {
        guard !http.output.isEmpty else { return }
        transport.write(http.output, connection)
        http.clearOutput()
    }

    private func setAnsweredDeadline(of connection: Connection) {
        let time = connection.isBlocked ? limits.request : limits.idle
        transport.setDeadline(of: connection, in: time)
    }

    // MARK: slices

    /// Has a connection with more to read, or to answer, go on when the others have had theirs.
    private func leaveUnfinished(_ connection: Connection) {
        guard !connection.isUnfinished else { return }
        connection.isUnfinished = true
        schedule.add(connection.token, for: .pipelined) { transport[$0] != nil }
    }

    /// Goes on with a connection that has had its slice before.
    func resumeUnfinished(_ connection: Connection) {
        connection.isUnfinished = false
        guard connection.isOpen else { return }
        if connection.hasUnread { resumeReading(connection) } else { exchange(connection) }
        // Unwatched, or what it has sent besides would wake every turn in vain.
        guard connection.isUnfinished, transport[connection.token] != nil else { return }
        if connection.isPostponed { transport.sendPostponed() }
        transport.watch(connection)
    }

    /// Writes what the socket did not take before; false when there is nothing more to do in this
    /// turn.
    func resumeWriting(_ connection: Connection) -> Bool {
        guard connection.isBlocked else { return true }
        transport.flush(connection)
        guard transport[connection.token] != nil, !connection.isBlocked else { return false }
        schedule.noteReady()
        guard case .reading = connection.phase else { return true }
        // Its peer asked for more than it took: the rest is pipelined work.
        leaveUnfinished(connection)
        transport.watch(connection)
        return false
    }

    // MARK: requests that wait

    /// A request's need was met: it goes on where it stopped, and what came in behind it after
    /// that.
    func resume(_ id: ExchangeID, with met: Met) {
        guard let connection = transport[id.connection], case .deciding = connection.phase,
            let step = http.resume(id.number, with: met, on: connection, at: moment)
        else { return }
        connection.phase = .reading
        http.beginSlice()
        perform(step, connection)
        goOn(connection)
    }

    /// Goes on with the requests behind one that has waited.
    private func goOn(_ connection: Connection) {
        guard resumeWriting(connection) else { return }
        // Requests may wait decrypted in OpenSSL's buffer, where epoll does not see them.
        if connection.tls.mayHaveMore {
            readOn(connection)
        } else {
            transport.flush(connection)
        }
    }

    /// Answers a request that was not whole in time, or whose need was not met in time; ends a
    /// connection between two requests.
    func timeOut(_ connection: Connection) {
        switch connection.phase {
        case .deciding:
            connection.phase = .reading
            perform(http.endWait(connection, at: moment), connection)
            guard transport[connection.token] != nil else { return }
            goOn(connection)
        case .reading where connection.isInRequest:
            perform(http.timeOut(connection, at: moment), connection)
            transport.flush(connection)
            if connection.isBlocked { transport.endUntaken(connection) }
        default: transport.endIdle(connection)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS
internal import Telemetry

/// Reading requests and writing answers: the connection's life between its handshake and its end.
extension ReactorService {
    /// Reads what has come, answers every complete request in order, and sends the answers in one
    /// go.
    func exchange(_ connection: Connection) {
        if connection.isPostponed { sendPostponed() }
        beginSlice()
        readOn(connection)
    }

    private func readOn(_ connection: Connection) {
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
            do throws(TLSFailure) {
                switch try connection.tls.read(into: &room) {
                case .done(let count): take(buffer.span.extracting(first: count), connection)
                case .wantsRead: return postpone(connection)
                case .closed:
                    // A half-closed peer still gets the answers to what it asked.
                    _ = connection.tls.flush()
                    return end(connection)
                }
            } catch {
                // The alert that explains it is in the outbox; a peer that still sends can read it.
                _ = connection.tls.flush()
                connection.mayGoOnSending = true
                return close(connection)
            }
            guard case .reading = connection.phase, !connection.isBlocked else { break }
            if isSliceOver {
                leaveUnfinished(connection)
                break
            }
        } while connection.tls.mayHaveMore
        postpone(connection)
    }

    /// A connection gets this many records in a row; then the others have theirs.
    private static let readsMax = 2
    /// So long a connection's pipelined requests are answered in a row: about three signatures.
    ///
    /// A record holds sixty requests, and two hundred connections that send such records would take
    /// half a second of every turn.
    private static let sliceNanoseconds: UInt64 = 100_000

    private func beginSlice() {
        sliceBegan = nil
        isSliceOver = false
    }

    // The clock is looked at from the second request on: most connections send one at a time.
    private func endSliceWhenDue() {
        guard let began = sliceBegan else { return sliceBegan = Clock.nanoseconds }
        isSliceOver = Clock.nanoseconds - began > Self.sliceNanoseconds
    }

    /// Goes on with requests that came in before: behind one that had to wait, or behind a full
    /// socket.
    func goOn(_ connection: Connection) {
        if connection.isPostponed { sendPostponed() }
        beginSlice()
        let unread = connection.framing.unread
        connection.framing.unread = []
        take(unread.span, connection)
        guard case .reading = connection.phase, !connection.isBlocked else {
            return flush(connection)
        }
        guard !isSliceOver else {
            leaveUnfinished(connection)
            return postpone(connection)
        }
        readOn(connection)
    }

    /// Writes what was kept; false when there is nothing more to do in this turn.
    func writeOn(_ connection: Connection) -> Bool {
        guard connection.isBlocked else { return true }
        flush(connection)
        guard connections[connection.token] != nil, !connection.isBlocked else { return false }
        hasServed = true
        guard case .reading = connection.phase else { return true }
        // Its peer asked for more than it took: the rest is pipelined work.
        leaveUnfinished(connection)
        watch(connection)
        return false
    }

    // MARK: requests

    private func take(_ bytes: Span<UInt8>, _ connection: Connection) {
        if connection.framing.unread.isEmpty {
            let consumed = answer(bytes, connection)
            if consumed < bytes.count {
                connection.framing.unread.append(contentsOf: bytes.extracting(consumed...))
            }
        } else {
            var all = connection.framing.unread
            connection.framing.unread = []
            all.append(contentsOf: bytes)
            let consumed = answer(all.span, connection)
            if consumed > 0 { all.removeFirst(consumed) }
            connection.framing.unread = all
        }
        write(connection)
    }

    /// Answers the complete requests at the front of `bytes`; returns how many bytes they were.
    private func answer(_ bytes: Span<UInt8>, _ connection: Connection) -> Int {
        var start = 0
        while start < bytes.count, case .reading = connection.phase, !connection.isBlocked {
            let rest = bytes.extracting(start...)
            do throws(HTTPError) {
                let step = try connection.framing.advance(
                    rest,
                    by: &parser,
                    limits: settings.limits.http,
                    times: settings.limits.times,
                    now: reactor.now
                )
                switch step {
                case .request(let count):
                    start += count
                    answerRequest(rest.extracting(first: count), connection)
                    parser.reset(settings.limits.http)
                case .incomplete(let deadline, let sendsContinue):
                    if sendsContinue { ResponseWriter.appendContinue(to: &output) }
                    if let deadline { setDeadline(of: connection, at: deadline) }
                    return start
                }
            } catch {
                refuse(connection, error)
                return bytes.count
            }
            // Answers gather up to the pipelining depth; then they go out before more is read.
            pipelined += 1
            if pipelined >= settings.limits.pipelineDepth { write(connection) }
            guard start < bytes.count else { break }
            endSliceWhenDue()
            if isSliceOver { break }
        }
        return start
    }

    private func answerRequest(_ bytes: Span<UInt8>, _ connection: Connection) {
        let request = parser.request
        connection.exchange.begin()
        if isDraining { connection.framing.response.keepsAlive = false }
        // One that has waited was counted when it came.
        if !connection.exchange.hasWaitedForKeys {
            counters.requests.add(1)
            counters.listeners[connection.listener].requests.add(1)
        }
        route(request, bytes, connection)
        if case .deciding = connection.phase { return }
        requestEnded(connection)
    }

    /// The request has its answer: the connection waits for the next one, or ends.
    func requestEnded(_ connection: Connection) {
        measure(connection)
        connection.framing.requestEnded()
        connection.exchange.end()
        if connection.framing.response.keepsAlive {
            connection.phase = .reading
            connection.isKeptAlive = true
            connection.answeredAt = reactor.now
            let isBlocked = connection.isBlocked
            setDeadline(
                of: connection,
                in: isBlocked ? settings.limits.request : settings.limits.idle
            )
        } else {
            connection.phase = .closing
            setDeadline(of: connection, in: settings.limits.request)
        }
    }

    /// Takes note of how long the request took: from the turn in which its first byte came to its
    /// answer.
    ///
    /// One look at the clock; a turn's beginning is known anyway. What began in an earlier turn is
    /// known to the millisecond.
    private func measure(_ connection: Connection) {
        guard let started = connection.framing.requestStarted else { return }
        let began = started == reactor.now ? reactor.turnBegan : started * 1_000_000
        let ended = Clock.nanoseconds
        counters.latencies[connection.exchange.endpoint.index]
            .record(nanoseconds: Int(ended > began ? ended - began : 0))
    }

    // MARK: writing

    /// Encrypts the answers that have gathered.
    func write(_ connection: Connection) {
        pipelined = 0
        guard !output.isEmpty else { return }
        do throws(TLSFailure) {
            try connection.tls.write(output.span)
        } catch {
            // The flush that follows finds the socket broken and ends the connection.
            connection.phase = .closing
        }
        output.removeAll(keepingCapacity: true)
    }

    /// Leaves the answer for the end of the turn, where nothing else has to follow it.
    ///
    /// Ends a step.
    ///
    /// Sending wakes the peer, and a peer that wakes once for many answers leaves both of us more
    /// time; parsing and signing without system calls in between keeps the caches warm, too.
    private func postpone(_ connection: Connection) {
        guard case .reading = connection.phase, !connection.isBlocked,
            connection.interest == .readable, let waiting = connection.tls.postpone()
        else { return flush(connection) }
        connection.isPostponed = true
        postponed.append((connection.token, waiting))
        if postponed.count >= Self.postponedMax || outbox.isFilling { sendPostponed() }
    }

    /// At most this many answers wait for each other: at 30 µs for each, half a millisecond.
    private static let postponedMax = 16

    /// Sends what the turn has gathered.
    func sendPostponed() {
        guard !postponed.isEmpty else { return }
        let all = postponed
        postponed.removeAll(keepingCapacity: true)
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
        outbox.clear()
    }

    /// Sends what the step produced and watches for what the connection waits for.
    ///
    /// Ends every step.
    func flush(_ connection: Connection) {
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
}

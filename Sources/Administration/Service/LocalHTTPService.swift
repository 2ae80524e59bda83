// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
package import Reactor
package import TLS

/// HTTP/1.1 for people and programs of this machine and for probes, answered by a handler.
///
/// Many connections at once, so that a silent one does not block the others.
/// Confined to the thread that runs it.
package final class LocalHTTPService<Handler: LocalHTTPHandler>: ReactorHandler {
    private typealias Connection = LocalConnection<Handler.Caller>
    private typealias Limits = LocalServiceLimits

    private let reactor: Reactor
    private let mailbox: Mailbox<LocalServiceMessage>
    private let handler: Handler
    private let clock: WallClock
    private let limits: LocalConnectionLimits
    private let lateMilliseconds: UInt64
    private let outbox: Outbox
    private var tls: TLSContext?
    private let date = DateField()
    private var connections: Slab<LocalConnection<Handler.Caller>>
    private var connectionsEver: UInt64 = 0
    /// The contents of requests whose work has not ended, in bytes; their connections may be gone.
    private var workBytes = 0
    private var buffer = [UInt8](repeating: 0, count: 16_384)
    private var parser: RequestParser

    /// No connection's: the slab hands out no such generation.
    private var tickToken: Token { 0xffff_fffe << 32 }

    /// A service at `address`, which `Listener.claim` has made sure of.
    ///
    /// `lateMilliseconds`: how long an answer may wait for a worker.
    package init(
        _ address: SocketAddress,
        _ mailbox: Mailbox<LocalServiceMessage>,
        _ handler: Handler,
        clock: WallClock,
        tls settings: TLSConfiguration? = nil,
        limits: LocalConnectionLimits = .administrators,
        lateMilliseconds: UInt64 = LocalServiceLimits.lateMilliseconds
    ) throws {
        reactor = try Reactor(mailbox: mailbox.bellDescriptor)
        self.mailbox = mailbox
        self.handler = handler
        self.clock = clock
        self.lateMilliseconds = lateMilliseconds
        self.limits = limits
        let outbox = Outbox()
        self.outbox = outbox
        tls = try settings.map { try TLSContext($0, outbox: outbox) }
        parser = RequestParser(limits: limits.http)
        connections = Slab(capacity: limits.connectionsMax)
        try reactor.listen(Listener(address))
    }

    /// Serves until it is told to stop.
    package func run() {
        reactor.remind(tickToken, at: reactor.now + Limits.tickMilliseconds)
        reactor.run(self)
    }

    // MARK: accepting

    /// Always true: `makeRoom` evicts a connection where there is none.
    package var hasRoom: Bool { true }

    package func accepted(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int)
    {
        makeRoom(for: peer.address.number)
        connectionsEver += 1
        let number = descriptor.number
        let connection = Connection(
            channel(descriptor),
            token: connections.reserve(),
            peer: peer,
            number: connectionsEver,
            deadline: reactor.now + limits.milliseconds
        )
        connections.fill(connection.token, connection)
        do {
            try reactor.watch(number, for: .readable, token: connection.token)
        } catch {
            return end(connection)
        }
        reactor.remind(connection.token, at: connection.deadline)
        // The request is often there already.
        receive(connection)
    }

    private func channel(_ descriptor: consuming Descriptor) -> any LocalChannel {
        guard let tls else { return PlainChannel(descriptor) }
        return TLSChannel(descriptor, tls)
    }

    /// Evicts the oldest connection that has shown no credential, or the oldest of all; of the same
    /// source where that has its share.
    private func makeRoom(for source: UInt128) {
        let all = connections.all
        let own = all.filter { $0.source == source }
        let crowd = own.count >= limits.perSourceMax ? own : all
        guard own.count >= limits.perSourceMax || all.count >= limits.connectionsMax else { return }
        let oldest = crowd.min {
            ($0.wasAdmitted ? 1 : 0, $0.number) < ($1.wasAdmitted ? 1 : 0, $1.number)
        }
        if let oldest { end(oldest) }
    }

    // MARK: events

    package func ready(_ token: Token, _ readiness: Readiness) {
        guard let connection = connections[token] else { return }
        if readiness.contains(.broken) { return end(connection) }
        if readiness.contains(.writable) {
            send(connection)
            guard connections[token] != nil else { return }
            answerAll(connection)
        }
        guard connections[token] != nil, readiness.contains(.readable) else { return }
        receive(connection)
    }

    package func due(_ token: Token, now: UInt64) -> UInt64? {
        if token == tickToken {
            handler.tick(now: now)
            return now + Limits.tickMilliseconds
        }
        guard let connection = connections[token] else { return nil }
        guard connection.deadline <= now else { return connection.deadline }
        if case .waiting = connection.phase, let late = connection.late {
            conclude(connection, late)
            return connections[token]?.deadline
        }
        end(connection)
        return nil
    }

    package func mail() {
        for message in mailbox.collect() {
            switch message {
            case .answered(let token, let request, let bytes, let response):
                workBytes -= bytes
                guard let connection = connections[token], connection.requests == request,
                    case .waiting = connection.phase
                else { continue }
                conclude(connection, response)
            case .secure(let settings): secure(settings)
            case .stop:
                handler.end()
                for connection in connections.all { end(connection) }
                reactor.stop()
            }
        }
    }

    /// Fails closed: settings that cannot be used, though they could be before, leave those in
    /// force.
    private func secure(_ settings: TLSConfiguration?) {
        TLSContext.forgetKeys()
        guard let settings else { return tls = nil }
        if let context = try? TLSContext(settings, outbox: outbox) { tls = context }
    }

    package func turnEnds() {}

    package func serveWaiting() {}

    package var acceptsNow: Bool { true }

    private func end(_ connection: Connection) {
        connections.remove(connection.token)
    }

    // MARK: requests

    private func receive(_ connection: Connection) {
        repeat {
            guard case .reading = connection.phase else {
                if !connection.channel.discard(by: &buffer) { end(connection) }
                return
            }
            switch connection.channel.receive(into: &buffer) {
            case .ended: return end(connection)
            case .nothing:
                if connection.channel.isBlocked { watch(connection) }
                return
            case .bytes(let count):
                connection.framing.unread += buffer[..<count]
                answerAll(connection)
            }
        } while connections[connection.token] != nil && connection.channel.mayHaveMore
    }

    /// Answers every complete request, as long as the socket takes the answers.
    private func answerAll(_ connection: Connection) {
        while case .reading = connection.phase, !connection.isSending,
            !connection.framing.unread.isEmpty
        {
            let unread = connection.framing.unread
            do throws(HTTPError) {
                let step = try connection.framing.advance(
                    unread.span,
                    by: &parser,
                    limits: limits.http,
                    times: limits.times,
                    now: reactor.now
                )
                switch step {
                case .request(let count):
                    answer(unread.span.extracting(first: count), connection)
                    parser.reset(limits.http)
                    connection.framing.unread.removeFirst(count)
                case .incomplete(_, let sendsContinue):
                    if refuseIncomplete(unread.span, connection) { break }
                    guard sendsContinue else { return }
                    ResponseWriter.appendContinue(to: &connection.unsent)
                    return send(connection)
                }
            } catch {
                refuse(connection, error.status, "\(error.reason)")
            }
            send(connection)
            guard connections[connection.token] != nil else { return }
        }
    }

    /// Judges a request whose content is still to come; whether it was refused.
    ///
    /// Fails closed: of a request that is not admitted, nothing but the head was ever kept.
    private func refuseIncomplete(_ bytes: Span<UInt8>, _ connection: Connection) -> Bool {
        if connection.caller == nil {
            let (handler, peer) = (handler, connection.asker)
            let judged = connection.framing.withHead { request in
                handler.admission(of: request, bytes, from: peer)
            }
            switch judged {
            case nil: return false
            case .refused(let response):
                refuse(connection, response)
                return true
            case .admitted(let caller):
                connection.caller = caller
                connection.wasAdmitted = limits.keepsAdmitted
            }
        }
        guard hasTooMuchContent else { return false }
        refuse(connection, 503, Self.tooMuchContent)
        return true
    }

    private static var tooMuchContent: String { "too much content at once" }

    /// Linear in the connections.
    private var hasTooMuchContent: Bool {
        let unread = connections.all.reduce(0) { $0 + $1.framing.unread.count }
        return unread + workBytes > Limits.contentsBytesMax
    }

    private func answer(_ bytes: Span<UInt8>, _ connection: Connection) {
        connection.requests += 1
        if connection.caller == nil {
            switch handler.admission(of: parser.request, bytes, from: connection.asker) {
            case .refused(let response): return finish(connection, response)
            case .admitted(let caller):
                connection.caller = caller
                connection.wasAdmitted = limits.keepsAdmitted
            }
        }
        guard let caller = connection.caller.take() else { return }
        let request = LocalRequest(parser.request, bytes)
        // One that came whole is judged here: its connection may be gone before its work begins.
        guard request.content.isEmpty || !hasTooMuchContent else {
            let peer = connection.peer
            return finish(
                connection,
                handler.refusal(status: 503, reason: Self.tooMuchContent, of: peer)
            )
        }
        let size = request.content.count
        switch handler.reply(to: request, of: caller) {
        case .now(let response): finish(connection, response)
        case .later(let work, let pool, let late):
            let deadline = reactor.now + lateMilliseconds
            // Not begun any more once its late answer may have gone out: whoever was told that
            // nothing is known repeats the request, and must not meet a change from before.
            let unlessLate: @Sendable () -> Response = {
                Clock.milliseconds < deadline ? work() : late
            }
            wait(connection, for: unlessLate, size, on: pool, else: late)
        case .whenever(let work, let pool, let late):
            wait(connection, for: work, size, on: pool, else: late)
        }
    }

    /// Queues the work of a request with `size` bytes of content for a worker.
    private func wait(
        _ connection: Connection,
        for work: @escaping @Sendable () -> Response,
        _ size: Int,
        on pool: WorkerPool,
        else late: Response
    ) {
        let (mailbox, token, request) = (mailbox, connection.token, connection.requests)
        let isTaken = pool.submit {
            mailbox.post(.answered(token, request: request, size, work()))
        }
        guard isTaken else { return finish(connection, late) }
        workBytes += size
        connection.phase = .waiting
        connection.late = late
        connection.deadline = reactor.now + lateMilliseconds
        reactor.remind(token, at: connection.deadline)
    }

    /// Answers a request that has waited, and those behind it.
    private func conclude(_ connection: Connection, _ response: Response) {
        connection.phase = .reading
        connection.late = nil
        connection.deadline = reactor.now + limits.milliseconds
        reactor.remind(connection.token, at: connection.deadline)
        finish(connection, response)
        send(connection)
        guard connections[connection.token] != nil else { return }
        answerAll(connection)
    }

    private func finish(_ connection: Connection, _ response: Response) {
        // A 401 ends the connection, so that each guess costs one.
        if response.status == 401 || connection.requests >= limits.requestsMax {
            connection.framing.response.keepsAlive = false
        }
        let framing = connection.framing.response
        if !framing.keepsAlive { connection.phase = .closing }
        ResponseWriter.append(
            kept(response, for: connection),
            framing,
            date: date.value(clock.seconds),
            to: &connection.unsent
        )
        connection.caller = nil
        connection.framing.requestEnded()
    }

    /// The answer, or a small one in its place where too many wait for their readers.
    private func kept(_ response: Response, for connection: Connection) -> Response {
        let size = response.content.count
        guard size > Limits.smallAnswerBytes else { return response }
        let unsent = connections.all.reduce(0) { $0 + $1.unsent.count }
        guard unsent + size > Limits.answersBytesMax else { return response }
        let reason = "too many answers wait to be read"
        return handler.refusal(status: 503, reason: reason, of: connection.peer)
    }

    private func refuse(_ connection: Connection, _ status: Int, _ reason: String) {
        let peer = connection.peer
        refuse(connection, handler.refusal(status: status, reason: reason, of: peer))
    }

    /// The last answer of a connection, whose request is not read to its end.
    private func refuse(_ connection: Connection, _ response: Response) {
        connection.framing.response = .closing
        connection.framing.unread = []
        finish(connection, response)
    }

    // MARK: writing

    private func send(_ connection: Connection) {
        guard connection.channel.send(&connection.unsent) else { return end(connection) }
        if !connection.isSending, case .closing = connection.phase { linger(connection) }
        watch(connection)
    }

    /// Ends sending alone: a socket that is closed with bytes unread takes the last answer with it.
    private func linger(_ connection: Connection) {
        connection.phase = .lingering
        connection.channel.endSending()
        connection.deadline = min(connection.deadline, reactor.now + Limits.lingerMilliseconds)
        reactor.remind(connection.token, at: connection.deadline)
    }

    private func watch(_ connection: Connection) {
        // While an answer is not taken, or not there, nothing is read: level-triggered, what
        // waits would wake every turn.
        var interest: Readiness = connection.isSending ? .writable : .readable
        if case .waiting = connection.phase { interest.remove(.readable) }
        do {
            try reactor.change(
                connection.channel.number,
                to: interest,
                token: connection.token
            )
        } catch {
            end(connection)
        }
    }
}

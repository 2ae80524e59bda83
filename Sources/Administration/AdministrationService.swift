// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Logging
internal import Network
internal import OAuth
internal import Reactor

/// The administrative listener: HTTP/1.1 without TLS, many connections at once, so that a silent
/// one does not block the others.
///
/// Confined to the thread `admin`.
final class AdministrationService: ReactorHandler {
    private let reactor: Reactor
    private let mailbox: Mailbox<AdministrationMessage>
    private let credential: AdministrationCredential
    private let actions: AdministrationActions
    private let routes: RouteTable<AdministrationAction>
    private let clock: WallClock
    private let log: Logger
    private let date = DateField()
    private var connections: Slab<AdministrationConnection>
    private var connectionsEver: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 16_384)
    private var parser = RequestParser(limits: limits)
    private var isRetrying = false
    /// One thread: switches are written in the order in which they were asked for.
    private let writer: WorkerPool

    /// Far more than administrators need, and little memory: at most 30 KB each.
    private static let connectionsMax = 256
    /// A limit for one source, so that others have room.
    private static let perSourceMax = 128
    /// The deadline of a connection, so that a slow peer keeps no place.
    private static let connectionMilliseconds: UInt64 = 5_000
    /// The time that an answer may wait for the store.
    private static let lateMilliseconds: UInt64 = 10_000
    /// As many as may be asked for on all connections.
    private static let writesMax = connectionsMax * 2
    /// The time of a lingering close, for the rest of the peer's request.
    private static let lingerMilliseconds: UInt64 = 1_000
    private static let requestsMax = 64
    /// The interval at which a switch that is not durable is written again.
    private static let retryMilliseconds: UInt64 = 1_000
    /// No connection's: the slab hands out no such generation.
    private static let retryToken: Token = 0xffff_fffe << 32
    /// A request's times: those of its connection, whose end does not move.
    private static let times = RequestFraming.Times(
        header: connectionMilliseconds,
        body: connectionMilliseconds,
        request: connectionMilliseconds
    )
    /// Requests are short here, and no content is looked at.
    private static let limits = HTTPLimits(
        headerBytesMax: 8192,
        targetBytesMax: 2048,
        bodyBytesMax: 4096
    )

    init(
        _ address: SocketAddress,
        _ mailbox: Mailbox<AdministrationMessage>,
        _ credential: AdministrationCredential,
        _ actions: AdministrationActions,
        clock: WallClock
    ) throws(SystemError) {
        reactor = try Reactor(mailbox: mailbox.bellDescriptor)
        writer = try WorkerPool(threads: 1, capacity: Self.writesMax, name: "switch")
        self.mailbox = mailbox
        self.credential = credential
        self.actions = actions
        routes = actions.routes()
        self.clock = clock
        log = actions.log
        connections = Slab(capacity: Self.connectionsMax)
        try reactor.listen(Listener(address))
    }

    /// Serves until it is told to stop.
    func run() {
        reactor.run(self)
    }

    // MARK: accepting

    /// Always true: `makeRoom` evicts a connection where there is none.
    var hasRoom: Bool { true }

    func accepted(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int) {
        makeRoom(for: peer.address.number)
        connectionsEver += 1
        let number = descriptor.number
        let connection = AdministrationConnection(
            descriptor,
            token: connections.reserve(),
            peer: peer,
            number: connectionsEver,
            deadline: reactor.now + Self.connectionMilliseconds
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

    /// Evicts the oldest connection that has shown no credential, or the oldest of all; of the same
    /// source where that has its share.
    private func makeRoom(for source: UInt128) {
        let all = connections.all
        let own = all.filter { $0.source == source }
        let crowd = own.count >= Self.perSourceMax ? own : all
        guard own.count >= Self.perSourceMax || all.count >= Self.connectionsMax else { return }
        let oldest = crowd.min {
            ($0.isAdmitted ? 1 : 0, $0.number) < ($1.isAdmitted ? 1 : 0, $1.number)
        }
        if let oldest { end(oldest) }
    }

    // MARK: events

    func ready(_ token: Token, _ readiness: Readiness) {
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

    func due(_ token: Token, now: UInt64) -> UInt64? {
        if token == Self.retryToken {
            let (clientSwitch, mailbox) = (actions.clientSwitch, mailbox)
            let isTaken = writer.submit { mailbox.post(.retried(clientSwitch.retry())) }
            // A full queue means many writes; the retry comes after them.
            return isTaken ? nil : now + Self.retryMilliseconds
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

    func mail() {
        for message in mailbox.collect() {
            switch message {
            case .answered(let token, let request, let answer):
                if answer.isToBeRetried { retryLater() }
                guard let connection = connections[token], connection.requests == request,
                    case .waiting = connection.phase
                else { continue }
                conclude(connection, answer)
            case .retried(let isMoreLeft):
                isRetrying = false
                // From the end of the try, because one that waits for the store takes longer than
                // the interval.
                if isMoreLeft { retryLater() }
            case .stop:
                writer.abandon()
                _ = actions.clientSwitch.retry()
                actions.clientSwitch.warnOfLoss()
                for connection in connections.all { end(connection) }
                reactor.stop()
            }
        }
    }

    func turnEnds() {}

    func serveWaiting() {}

    var acceptsNow: Bool { true }

    private func end(_ connection: AdministrationConnection) {
        connections.remove(connection.token)
    }

    // MARK: requests

    private func receive(_ connection: AdministrationConnection) {
        let number = connection.descriptor.number
        guard let seen = SystemCall.peek(number, into: &buffer) else { return end(connection) }
        guard seen > 0 else { return }
        guard SystemCall.discard(number, count: seen) else { return end(connection) }
        guard case .reading = connection.phase else { return }
        connection.framing.unread += buffer[..<seen]
        answerAll(connection)
    }

    /// Answers every complete request, as long as the socket takes the answers.
    private func answerAll(_ connection: AdministrationConnection) {
        while case .reading = connection.phase, connection.unsent.isEmpty,
            !connection.framing.unread.isEmpty
        {
            let unread = connection.framing.unread
            do throws(HTTPError) {
                let step = try connection.framing.advance(
                    unread.span,
                    by: &parser,
                    limits: Self.limits,
                    times: Self.times,
                    now: reactor.now
                )
                switch step {
                case .request(let count):
                    answer(unread.span.extracting(first: count), connection)
                    parser.reset(Self.limits)
                    connection.framing.unread.removeFirst(count)
                case .incomplete(_, sendsContinue: true):
                    ResponseWriter.appendContinue(to: &connection.unsent)
                    return send(connection)
                case .incomplete: return
                }
            } catch {
                refuse(connection, error)
            }
            send(connection)
            guard connections[connection.token] != nil else { return }
        }
    }

    private func answer(_ bytes: Span<UInt8>, _ connection: AdministrationConnection) {
        connection.requests += 1
        switch reply(parser.request, bytes, connection) {
        case .now(let answer): finish(connection, answer)
        case .later(let work, let late): wait(connection, for: work, else: late)
        }
    }

    /// Queues a request's work for the store.
    private func wait(
        _ connection: AdministrationConnection,
        for work: @escaping @Sendable () -> AdministrationAnswer,
        else late: AdministrationAnswer
    ) {
        let (mailbox, token, request) = (mailbox, connection.token, connection.requests)
        guard writer.submit({ mailbox.post(.answered(token, request: request, work())) }) else {
            return finish(connection, late)
        }
        connection.phase = .waiting
        connection.late = late
        connection.deadline = reactor.now + Self.lateMilliseconds
        reactor.remind(token, at: connection.deadline)
    }

    /// Answers a request that has waited, and those behind it.
    private func conclude(
        _ connection: AdministrationConnection,
        _ answer: AdministrationAnswer
    ) {
        connection.phase = .reading
        connection.late = nil
        connection.deadline = reactor.now + Self.connectionMilliseconds
        reactor.remind(connection.token, at: connection.deadline)
        finish(connection, answer)
        send(connection)
        guard connections[connection.token] != nil else { return }
        answerAll(connection)
    }

    private func finish(
        _ connection: AdministrationConnection,
        _ answer: AdministrationAnswer
    ) {
        // A 401 ends the connection, so that each guess costs one.
        if answer.response.status == 401 || connection.requests >= Self.requestsMax {
            connection.framing.response.keepsAlive = false
        }
        finish(connection, answer.response)
        connection.framing.requestEnded()
    }

    private func retryLater() {
        guard !isRetrying else { return }
        isRetrying = true
        reactor.remind(Self.retryToken, at: reactor.now + Self.retryMilliseconds)
    }

    private func refuse(_ connection: AdministrationConnection, _ error: HTTPError) {
        log.info(
            "request refused",
            metadata: [
                "status": "\(error.status)", "reason": "\(error.reason)",
                "peer": "\(connection.peer)", "listener": "administration",
            ]
        )
        finish(connection, Response(status: error.status))
    }

    private func finish(_ connection: AdministrationConnection, _ response: Response) {
        let framing = connection.framing.response
        if !framing.keepsAlive { connection.phase = .closing }
        ResponseWriter.append(
            response,
            framing,
            date: date.value(clock.seconds),
            to: &connection.unsent
        )
    }

    /// Without the credential every path gets the same answer.
    private func reply(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: AdministrationConnection
    ) -> AdministrationReply {
        guard isAdmitted(request, bytes) else {
            // Neither path nor fields are logged: the token may stand in either.
            log.notice(
                "administration refused",
                metadata: [
                    "check": "\(Check.administrationCredential.rawValue)",
                    "peer": "\(connection.peer)",
                ]
            )
            var answer = AdministrationAnswer(401)
            answer.response.addChallenge("Bearer", realm: "handfast administration")
            return .now(answer)
        }
        connection.isAdmitted = true
        return actions.answer(
            routes.match(request, bytes),
            query: [UInt8](copying: bytes.extracting(request.query)),
            content: Self.content(of: request, bytes)
        )
    }

    private static func content(of request: borrowing Request, _ bytes: Span<UInt8>) -> [UInt8] {
        guard !request.bodyPieces.isEmpty else {
            return [UInt8](copying: bytes.extracting(request.body))
        }
        var content: [UInt8] = []
        for piece in request.bodyPieces { content.append(contentsOf: bytes.extracting(piece)) }
        return content
    }

    private func isAdmitted(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Bool {
        do {
            return AdministrationCredential.admits(try credential.read(), request, bytes)
        } catch {
            log.error("the administrators' token cannot be used", metadata: ["reason": "\(error)"])
            return false
        }
    }

    // MARK: writing

    private func send(_ connection: AdministrationConnection) {
        let number = connection.descriptor.number
        var unsent = connection.unsent
        connection.unsent = []
        var done = 0
        while done < unsent.count {
            guard
                let written = SystemCall.writeSome(number, unsent.span.extracting(done...))
            else { return end(connection) }
            guard written > 0 else { break }
            done += written
        }
        unsent.removeFirst(done)
        connection.unsent = unsent
        if connection.unsent.isEmpty, case .closing = connection.phase { linger(connection) }
        watch(connection)
    }

    /// Ends sending alone: a socket that is closed with bytes unread takes the last answer with it.
    private func linger(_ connection: AdministrationConnection) {
        connection.phase = .lingering
        SystemCall.endSending(connection.descriptor.number)
        connection.deadline = min(connection.deadline, reactor.now + Self.lingerMilliseconds)
        reactor.remind(connection.token, at: connection.deadline)
    }

    private func watch(_ connection: AdministrationConnection) {
        // While an answer is not taken, or not there, nothing is read: level-triggered, what
        // waits would wake every turn.
        var interest: Readiness = connection.unsent.isEmpty ? .readable : .writable
        if case .waiting = connection.phase { interest.remove(.readable) }
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

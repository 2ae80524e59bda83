// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Logging
internal import Network
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS
internal import Telemetry

/// What one reactor thread serves: its connections, its TLS contexts, its endpoint.
///
/// Nothing of it leaves the thread.
final class ReactorService: ReactorHandler {
    let reactor: Reactor
    let mailbox: Mailbox<ReactorMessage>
    let workers: WorkerPool
    let clock: WallClock
    let log: Logger
    let counters: Counters
    let requestKeys: KeyRequest
    let certificateUsage: CertificateUsage
    let passwordFailures: PasswordFailures
    let uses: UsedAssertionWriter
    let handshakeLines: LineBudget

    var settings: ReactorSettings
    var registry: Registry
    var jwks: PublicDocument
    var endpoint: TokenEndpoint
    var connections: Slab<Connection>
    var isDraining = false

    // Buffers that serve one connection after another; see `Transport.swift`.
    var readBuffer = [UInt8](repeating: 0, count: 32 * 1024)
    var output: [UInt8] = []
    var content: [UInt8] = []
    var parser: RequestParser
    var form = FormFields()
    let date = DateField()
    let forwardedDigester = Digester()
    /// Answers in `output` that were not written yet.
    var pipelined = 0

    let outbox = Outbox()
    /// What waits behind the connections that are ready; see `TurnSharing.swift`.
    var waiting = WaitingConnections()
    var budget = TurnBudget()
    var shares = SourceShares()
    /// Whether this turn has served ready connections, for how long, and until when.
    var hasServed = false
    var servedNanoseconds: UInt64 = 0
    var servedUntil: UInt64 = 0
    /// Whether this turn has accepted connections, or ended abandoned ones.
    var hasAccepted = false
    /// Connections that broke in their handshake, in this turn.
    var abandoned: [Token] = []
    /// When the slice of the connection that is served began, from its second request on.
    var sliceBegan: UInt64?
    var isSliceOver = false
    /// Answers that wait in the outbox for the end of the turn.
    var postponed: [(Token, Postponed)] = []
    private var contexts: [TLSContext]
    private var ticketKeys: TicketKeys
    var halfOpen = HalfOpenOrder()

    /// Builds everything on the reactor's own thread.
    init(_ start: ReactorStart) throws {
        reactor = try Reactor(mailbox: start.mailbox.bellDescriptor)
        mailbox = start.mailbox
        workers = start.workers
        clock = start.clock
        log = start.log
        counters = start.counters
        requestKeys = start.requestKeys
        certificateUsage = start.certificateUsage
        passwordFailures = start.passwordFailures
        uses = start.uses
        handshakeLines = start.handshakeLines
        settings = start.settings
        registry = start.registry
        jwks = start.jwks
        ticketKeys = start.ticketKeys
        endpoint = TokenEndpoint(
            start.settings.issuer,
            keys: start.keys,
            decoy: start.settings.decoy,
            replays: start.replays
        )
        connections = Slab(capacity: start.settings.limits.connections)
        parser = RequestParser(limits: start.settings.limits.http)
        contexts = []
        contexts = try makeContexts(start.settings)
        for address in start.addresses { try reactor.listen(Listener(address)) }
        output.reserveCapacity(8192)
        content.reserveCapacity(4096)
    }

    /// Serves until stopped.
    func run() {
        reactor.run(self)
    }

    // MARK: accepting

    var hasRoom: Bool { connections.hasRoom }

    func accepted(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int) {
        hasAccepted = true
        if halfOpen.count >= settings.limits.halfOpenHandshakes { endOneHandshake() }
        let number = descriptor.number
        let connection = Connection(
            token: connections.reserve(),
            descriptor: descriptor,
            address: peer,
            awaitsProxyHeader: settings.proxies[listener].contains { $0.contains(peer.address) },
            listener: listener,
            tls: TLSConnection(contexts[listener], descriptor: number),
            deadline: reactor.now + settings.limits.handshake,
            firstLookAt: reactor.now + reactor.reachMilliseconds
        )
        connections.fill(connection.token, connection)
        do {
            try reactor.watch(number, for: connection.interest, token: connection.token)
        } catch {
            log.error("a connection cannot be watched", metadata: ["reason": "\(error)"])
            connections.remove(connection.token)
            return
        }
        halfOpen.add(connection.token) { connections[$0]?.isHandshaking ?? false }
        counters.connections.add(1)
        reactor.remind(connection.token, at: connection.timerAt)
        if connection.awaitsProxyHeader {
            guard takeProxyHeader(connection) else { return }
        } else if !peer.isLocal {
            setOrigin(of: connection, peer.address)
        }
        // The ClientHello is often there already: one wait less.
        queueHandshake(connection)
    }

    // MARK: events

    func ready(_ token: Token, _ readiness: Readiness) {
        // A token of a slot that was given up in this very turn is stale: nothing to do.
        guard let connection = connections[token] else { return }
        defer { if isDraining { stopWhenIdle() } }
        // Its peer's end is what it waits for, with bytes before it that have to be taken.
        if case .lingering = connection.phase { return linger(connection) }
        if readiness.contains(.broken) {
            return connection.isHandshaking ? breaks(connection) : end(connection)
        }
        if readiness.contains(.writable), !writeOn(connection) { return }
        if readiness.contains(.readable) { connection.tls.socketIsReadable() }
        switch connection.phase {
        // The header tells whose the handshake is, and with that how it queues.
        case .handshaking where connection.awaitsProxyHeader:
            if takeProxyHeader(connection) { queueHandshake(connection) }
        case .handshaking: queueHandshake(connection)
        case .reading where !connection.isUnfinished:
            if connection.isKeptAlive { hasServed = true }
            exchange(connection)
        // An unfinished one has its turn when the others have had theirs.
        case .reading, .deciding, .closing, .lingering: break
        }
    }

    func handshake(_ connection: Connection) {
        do throws(TLSFailure) {
            switch try connection.tls.handshake() {
            case .done:
                handshakeEnds(connection)
                connection.handshakeCompleted()
                noteForwarder(connection)
                counters.handshakes.add(1)
                counters.listeners[connection.listener].handshakes.add(1)
                if connection.tls.isResumed { counters.resumptions.add(1) }
                setDeadline(of: connection, in: settings.limits.idle)
                exchange(connection)
            case .wantsRead:
                connection.isFinishing = connection.tls.hasWrittenFlight
                flush(connection)
            case .closed:
                note(.closed, "the peer closed the connection", connection)
                end(connection)
            }
        } catch {
            note(HandshakeFailure(error.kind), error.reason, connection)
            // The alert that explains it is in the outbox. A request that was sent right behind the
            // handshake is taken, for a socket closed with unread bytes resets the connection.
            _ = connection.tls.flush()
            _ = connection.tls.discardInput(atMost: 64 * 1024)
            end(connection)
        }
    }

    func mail() {
        hasServed = true
        for message in mailbox.collect() { receive(message) }
        if isDraining { stopWhenIdle() }
    }

    private func receive(_ message: ReactorMessage) {
        switch message {
        case .registry(let registry): self.registry = registry
        case .keys(let keys, let jwks):
            endpoint.use(keys)
            self.jwks = jwks
        case .jwks(let jwks): self.jwks = jwks
        case .ticketKeys(let keys):
            ticketKeys = keys
            for context in contexts { context.use(keys) }
        case .settings(let settings): reload(settings)
        case .met(let id, let met): receive(met, for: id)
        case .drain:
            isDraining = true
            reactor.stopListening()
        case .stop:
            endAll()
            reactor.stop()
        }
    }

    private func reload(_ new: ReactorSettings) {
        TLSContext.forgetKeys()
        do {
            contexts = try makeContexts(new)
        } catch {
            // The settings were tried before they were sent; only lack of memory leads here.
            log.error("settings not taken over", metadata: ["reason": "\(error)"])
            return
        }
        endpoint.use(new.issuer, decoy: new.decoy)
        settings = new
        parser = RequestParser(limits: new.limits.http)
    }

    private func makeContexts(_ settings: ReactorSettings) throws -> [TLSContext] {
        try settings.listeners.map { configuration in
            let context = try TLSContext(configuration, outbox: outbox)
            context.use(ticketKeys)
            return context
        }
    }

    // MARK: deadlines

    func due(_ token: Token, now: UInt64) -> UInt64? {
        // An entry of an earlier deadline may come after a later one was asked for; only the
        // awaited one counts.
        guard let connection = connections[token], connection.timerAt <= now else { return nil }
        if connection.deadline <= now {
            timeOut(connection)
            if isDraining { stopWhenIdle() }
        } else if hasUntakenAnswer(connection, now: now) {
            endUntaken(connection)
        }
        // One that was answered may linger.
        guard connections[token] != nil else { return nil }
        connection.lookAgain(
            now: now,
            reach: reactor.reachMilliseconds,
            request: settings.limits.request
        )
        return connection.timerAt
    }

    /// Moves the deadline.
    ///
    /// Later ones cost a store: the timer finds them when it comes due.
    func setDeadline(of connection: Connection, in milliseconds: UInt64) {
        setDeadline(of: connection, at: reactor.now + milliseconds)
    }

    /// Moves the deadline to a moment of the monotonic clock.
    func setDeadline(of connection: Connection, at moment: UInt64) {
        connection.deadline = moment
        guard moment < connection.timerAt else { return }
        connection.timerAt = moment
        reactor.remind(connection.token, at: moment)
    }

    private func timeOut(_ connection: Connection) {
        if connection.isBlocked { return endUntaken(connection) }
        if connection.isHandshaking { note(.timeout, "took too long", connection) }
        if case .deciding = connection.phase { return giveUp(connection) }
        if case .reading = connection.phase {
            if connection.framing.requestStarted != nil {
                refuse(connection, status: 408)
                flush(connection)
                if connection.isBlocked { endUntaken(connection) }
                return
            }
            connection.tls.sendCloseNotify()
            _ = connection.tls.flush()
        }
        end(connection)
    }

    // MARK: the end

    /// Ends the connection from any phase; nothing else frees its slot.
    func end(_ connection: Connection) {
        if connection.isPostponed { sendPostponed() }
        guard connections.remove(connection.token) != nil else { return }
        if connection.isHandshaking { handshakeEnds(connection) }
        counters.connections.add(-1)
    }

    func stopWhenIdle() {
        sendPostponed()
        guard !connections.all.contains(where: \.isBusy) else { return }
        endAll()
        reactor.stop()
    }

    private func endAll() {
        sendPostponed()
        for connection in connections.all {
            if case .reading = connection.phase {
                connection.tls.sendCloseNotify()
                _ = connection.tls.flush()
            }
            end(connection)
        }
    }
}

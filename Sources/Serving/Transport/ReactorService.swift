// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import TLS
internal import Telemetry

/// The service of one reactor thread: dispatches its events and messages to the parts that own
/// them.
///
/// Confined to the thread.
final class ReactorService: ReactorHandler {
    private let reactor: Reactor
    private let mailbox: Mailbox<ReactorMessage>
    private let log: Logger
    private let endpoints: Endpoints
    private let http: HTTP1
    private let schedule = TurnSchedule()
    private let admission = HandshakeAdmission()
    private let transport: Transport
    private let handshakes: Handshakes
    private let requests: Requests

    /// Builds everything on the reactor's own thread.
    init(_ start: ReactorStart) throws {
        reactor = try Reactor(
            mailbox: start.mailbox.bellDescriptor,
            timerStepMilliseconds: start.timerStepMilliseconds
        )
        mailbox = start.mailbox
        log = start.log
        let settings = start.settings
        let contexts = try ListenerContexts(settings.listeners.map(\.tls), start.ticketKeys)
        endpoints = Endpoints(start)
        http = HTTP1(
            endpoints,
            limits: settings.limits,
            clock: start.clock,
            counters: start.counters,
            log: log
        )
        transport = Transport(start, reactor, contexts.outbox, admission)
        handshakes = Handshakes(start, reactor, contexts, admission, transport, schedule)
        requests = Requests(reactor, http, transport, schedule, limits: settings.limits)
        for address in start.addresses { try reactor.listen(Listener(address)) }
    }

    /// Serves until stopped.
    func run() {
        reactor.run(self)
    }

    // MARK: events

    var hasRoom: Bool { transport.hasRoom }
    var acceptsNow: Bool { schedule.acceptsNow }

    func accepted(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int) {
        handshakes.accept(descriptor, from: peer, listener: listener)
    }

    func ready(_ token: Token, _ readiness: Readiness) {
        // A token of a slot that was given up in this very turn is stale: nothing to do.
        guard let connection = transport[token] else { return }
        serve(connection, readiness)
        transport.stopWhenIdle()
    }

    private func serve(_ connection: Connection, _ readiness: Readiness) {
        // The end of the stream is awaited, with bytes before it that have to be read.
        if case .lingering(let lingering) = connection.phase {
            return transport.linger(connection, lingering)
        }
        if readiness.contains(.broken) {
            return connection.isHandshaking
                ? handshakes.abandon(connection) : transport.end(connection)
        }
        if readiness.contains(.writable), !requests.resumeWriting(connection) { return }
        if readiness.contains(.readable) { connection.tls.socketIsReadable() }
        switch connection.phase {
        case .handshaking: handshakes.proceed(connection)
        case .reading where !connection.isUnfinished:
            if connection.isKeptAlive { schedule.noteReady() }
            requests.exchange(connection)
        // Resumes in its turn, after the others.
        case .reading, .deciding, .closing, .lingering: break
        }
    }

    func due(_ token: Token, now: UInt64) -> UInt64? {
        // An entry of an earlier deadline may come after a later one was asked for; only the
        // awaited one counts.
        guard let connection = transport[token], connection.timer.nextCheck <= now else {
            return nil
        }
        if connection.timer.deadline <= now {
            timeOut(connection)
            transport.stopWhenIdle()
        } else if transport.hasUntakenAnswer(connection, now: now) {
            transport.endUntaken(connection)
        }
        // One that was answered may linger.
        return transport.nextCheck(at: connection, now: now)
    }

    private func timeOut(_ connection: Connection) {
        if connection.isBlocked { return transport.endUntaken(connection) }
        guard !connection.isHandshaking else { return handshakes.timeOut(connection) }
        requests.timeOut(connection)
    }

    func turnEnds() {
        transport.sendPostponed()
        schedule.chargeReady(since: reactor.turnBegan)
        handshakes.endAbandoned()
    }

    func serveWaiting() {
        guard schedule.beginWaiting(turnBegan: reactor.turnBegan) else {
            return reactor.isHurried = false
        }
        while let (work, token) = schedule.next() {
            guard let connection = transport[token] else { continue }
            let source = connection.handshake.source
            if work == .pipelined {
                requests.resumeUnfinished(connection)
            } else if handshakes.step(connection) {
                requests.exchange(connection)
            }
            let served = schedule.charge(work)
            guard work != .pipelined else { continue }
            handshakes.spend(served.nanoseconds, on: connection)
            if let source { admission.charge(source, served.nanoseconds, now: served.now) }
        }
        transport.sendPostponed()
        reactor.isHurried = !schedule.isEmpty
        transport.stopWhenIdle()
    }

    // MARK: mail

    func mail() {
        schedule.noteReady()
        for message in mailbox.collect() { receive(message) }
        transport.stopWhenIdle()
    }

    private func receive(_ message: ReactorMessage) {
        switch message {
        case .registry(let registry):
            endpoints.clients.update(registry)
            endpoints.pages.update(registry)
            handshakes.update(registry)
        case .keys(let keys, let jwks):
            endpoints.clients.update(keys)
            endpoints.pages.update(keys)
            endpoints.documents.update(keySet: jwks)
        case .jwks(let jwks): endpoints.documents.update(keySet: jwks)
        case .faults(let plan):
            endpoints.clients.update(plan)
            handshakes.update(plan)
        case .ticketKeys(let keys): handshakes.update(keys)
        case .settings(let settings, let ticketKeys): reload(settings, ticketKeys)
        case .met(let id, let met): requests.resume(id, with: met)
        case .pulse(let pulse): pulse.take()
        case .leave: endpoints.documents.drain()
        case .drain:
            http.drain()
            endpoints.documents.drain()
            transport.drain()
        case .stop: transport.stop()
        }
    }

    private func reload(_ settings: ReactorSettings, _ ticketKeys: [TicketKeys]) {
        TLSContext.forgetKeys()
        do {
            try handshakes.update(settings, ticketKeys)
        } catch {
            // The settings were tried before they were sent; only lack of memory leads here.
            log.error(
                "reloaded settings cannot be used; the old ones stay",
                metadata: ["reason": "\(error)"]
            )
            return
        }
        endpoints.update(settings)
        http.update(settings.limits)
        transport.update(settings.limits)
        requests.update(settings.limits)
    }
}

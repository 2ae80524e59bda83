// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Cryptography
internal import LoadTarget
public import Logging
internal import OAuth
public import Reactor
internal import Registration
internal import Seeding
internal import Serving
internal import Storage
internal import Synchronization
internal import TLS
internal import Telemetry
internal import Upkeep

/// The token endpoint as a running program: puts its parts together, takes signals, drains.
public final class Server {
    private let store: DataStore
    private let clock: WallClock
    private let log: Logger
    private let sink: LogSink
    private let reload: () throws -> ServerConfiguration
    private var configuration: ServerConfiguration
    private var settings: ReactorSettings
    private var pairs: ServerPairWatch
    private let switchedOff = SwitchedOffClients()
    private var ticketKeys: TicketKeySchedule
    private var sessionStore: SessionStore?
    private let dummyPasswordHash: String
    private let addresses: [SocketAddress]
    private let workers: WorkerPool
    private let upkeep: Upkeep
    private let replays = SeenAssertions(steadyNow: { Clock.steadySeconds })
    private let uses: UsedAssertionWriter
    private let grants: StoredGrants
    private let throttles = FailureThrottles()
    private var reactors: [RunningReactor] = []
    private let version: String
    private let loadTarget: LoadTargetSettings?
    private let seed: Seed?
    private let faultRules: [FaultRule]
    private var target: RunningLoadTarget?
    private let gauges = Gauges()
    private let facts = ServerFacts()
    private let handshakeFailures: HandshakeFailureLog
    private var certificates = ServerCertificates()
    private let supervisor = ServiceNotifier(ProcessSettings.environment)
    private var health: ServerHealth?
    private let administrationStart: AdministrationStart?
    private var administration: AdministrationListener?
    private let probe: RunningProbe?

    /// The interval of the main thread's checks: renewed pairs, certificates that end, and the
    /// like.
    private static let tickMilliseconds = 1_000
    /// Time for the end of what is not a request, in milliseconds: writes that wait, threads.
    private static let endMax: UInt64 = 15_000

    /// Opens the data directory, makes what a first start needs, and claims the addresses.
    ///
    /// Serves no request before `start`.
    ///
    /// - Parameters:
    ///   - loadTarget: the options of a load target; nil for every other server.
    ///   - clock: the time that everything here goes by, and that the log's lines should have.
    ///   - reload: reads the configuration again, for SIGHUP; throws what is wrong with it.
    public init(
        _ configuration: ServerConfiguration,
        as loadTarget: LoadTargetSettings? = nil,
        version: String,
        clock: WallClock,
        log: Logger,
        sink: LogSink,
        reload: @escaping () throws -> ServerConfiguration
    ) throws {
        self.clock = clock
        self.log = log
        handshakeFailures = HandshakeFailureLog(log)
        self.sink = sink
        self.reload = reload
        self.version = version
        self.loadTarget = loadTarget
        ProcessSettings.harden()
        seed = try LoadTargetRules.check(configuration, loadTarget)
        faultRules = try loadTarget?.faults.map(RunningLoadTarget.rules) ?? []
        Self.reportLimits(configuration, log)
        Self.reportWarnings(configuration, log)
        addresses = try configuration.listeners.map { try Self.claim($0.address) }
        let configuration = configuration.serving(at: addresses)
        self.configuration = configuration
        let stored = try StoredParts.open(
            configuration,
            StoredParts.Surroundings(
                replays: replays,
                switchedOff: switchedOff,
                gauges: gauges,
                clock: clock,
                log: log
            )
        )
        (store, uses) = (stored.store, stored.uses)
        (grants, upkeep) = (stored.grants, stored.upkeep)
        dummyPasswordHash = try PasswordHash.dummy()
        sessionStore = try configuration.tls.makeSessionStore()
        let served = try Self.pairs(configuration, now: clock.seconds)
        if configuration.tls.certificates.isEmpty {
            let key = GeneratedPair.pair(in: store.directory).key
            if let warning = try store.makePrivate(key) { log.warning("\(warning)") }
        }
        settings = try Self.settings(
            configuration,
            served,
            dummyPasswordHash: dummyPasswordHash,
            sessions: sessionStore,
            isTest: loadTarget != nil
        )
        ticketKeys = try TicketKeySchedule(
            stored.ticketSecret,
            settings.policies,
            configuration.tls,
            .by(clock)
        )
        pairs = Self.watch(configuration, served)
        workers = try WorkerPool(
            threads: configuration.workers.threads,
            capacity: configuration.workers.queue
        )
        if let address = configuration.administration.address {
            administrationStart = try AdministrationStart(address, store, log)
        } else {
            administrationStart = nil
        }
        probe = try configuration.probe.address.map { try RunningProbe($0, configuration, log) }
        updateCertificates(Self.certificates(configuration, served))
    }

    /// Starts the reactors; every listener accepts when this returns.
    ///
    /// The addresses, one for each listener.
    public func start() throws -> [String] {
        let mailboxes = try (0..<configuration.reactors).map { _ in
            try Mailbox<ReactorMessage>()
        }
        let current = try upkeep.start { update in
            let message = ReactorMessage(update)
            for mailbox in mailboxes { mailbox.post(message) }
        }
        target = loadTarget.map {
            RunningLoadTarget(
                $0,
                seed,
                faultRules,
                mailboxes,
                store: store.registrations,
                workers: workers,
                clock: clock,
                log: log
            )
        }
        let counters = (0..<configuration.reactors).map { _ in
            Counters(
                listeners: configuration.listeners.count,
                refusalsMax: configuration.administration.refusalsMax
            )
        }
        for (index, mailbox) in mailboxes.enumerated() {
            let start = reactorStart(index, mailbox, counters[index], current)
            reactors.append(try RunningReactor(start, index: index))
        }
        for reactor in reactors { try reactor.waitUntilServing() }
        try startWatchers(mailboxes, counters)
        if loadTarget != nil {
            log.warning("this is a load target: its keys follow from a public seed")
        }
        log.info(
            "serving",
            metadata: [
                "clients": "\(current.registry.clients.count)", "reactors": "\(reactors.count)",
                "openssl": "\(CryptographyLibrary.version)",
            ]
        )
        supervisor.tell(.ready(addressTexts))
        return addressTexts
    }

    private var addressTexts: [String] {
        configuration.listeners.map { listener in
            listener.address.path == nil ? "https://\(listener.address)" : "\(listener.address)"
        }
    }

    private func reactorStart(
        _ index: Int,
        _ mailbox: Mailbox<ReactorMessage>,
        _ counters: Counters,
        _ current: UpkeepState
    ) -> ReactorStart {
        ReactorStart(
            mailbox: mailbox,
            workers: workers,
            clock: clock,
            log: log,
            counters: counters,
            settings: settings,
            registry: current.registry,
            keys: current.keys,
            replays: replays,
            uses: uses,
            grants: grants,
            throttles: throttles,
            handshakeLines: handshakeFailures.budget,
            requestKeys: { [upkeep] in upkeep.requestKeys($0, now: $1, answer: $2) },
            certificateUsage: upkeep.usage,
            jwks: PublicDocument(current.jwks),
            ticketKeys: ticketKeys.keys,
            addresses: addresses,
            loadTarget: target?.start(ofReactor: index),
            staleness: configuration.staleness(by: gauges)
        )
    }

    private func startWatchers(_ mailboxes: [Mailbox<ReactorMessage>], _ counters: [Counters])
        throws
    {
        let health = ServerHealth(configuration, gauges, mailboxes, log)
        self.health = health
        let metrics = Metrics(
            counters: counters,
            listeners: configuration.listeners.map(\.name),
            gauges: gauges,
            switchedOff: switchedOff,
            checksWaiting: { [workers] in workers.waiting },
            linesDropped: { [sink] in sink.dropped },
            startedAt: clock.seconds,
            version: version,
            openssl: CryptographyLibrary.version
        )
        try probe?.start(health, metrics, clock: clock)
        facts.values = configuration.facts
        administration = try administrationStart?.listen(
            store.registrations,
            metrics,
            health,
            ClientSwitch(store.registrations, switchedOff, clock: clock, log: log),
            facts,
            target.map { LoadTargetActions($0.state) },
            clock: clock,
            log: log
        )
    }

    /// Handles signals and periodic work until SIGTERM; returns at the end of all.
    public func run() {
        while true {
            reloadRenewedPairs()
            certificates.warn(now: clock.seconds, days: configuration.expiry.warningDays, log: log)
            handshakeFailures.logWithheld(now: Clock.milliseconds)
            target?.state.sample()
            renewTicketKeys()
            if supervisor.hasWatchdog, health?.areReactorsTurning() != false {
                supervisor.tell(.alive)
            }
            switch Signals.next(milliseconds: Self.tickMilliseconds) {
            case .stop: return stop()
            case .reload: supervisor.reload(addressTexts) { reloadConfiguration() }
            case nil: break
            }
        }
    }

    /// Serves on while balancers learn to send nobody here; a second signal ends that.
    private func leave() {
        let delay = configuration.connections.drainDelay
        gauges.isDraining.store(true, ordering: .relaxed)
        guard delay > 0 else { return }
        log.info("leaving", metadata: ["seconds": "\(delay / 1000)"])
        for reactor in reactors { reactor.mailbox.post(.leave) }
        _ = Signals.waitForStop(milliseconds: delay)
    }

    private func stop() {
        let (delay, drain) = (configuration.connections.drainDelay, configuration.connections.drain)
        supervisor.tell(.stopping(within: delay + drain + Self.endMax))
        leave()
        log.info("draining", metadata: ["seconds": "\(configuration.connections.drain / 1000)"])
        for reactor in reactors { reactor.mailbox.post(.drain) }
        let end = Clock.milliseconds + configuration.connections.drain
        for reactor in reactors { reactor.waitForEnd(until: end) }
        for reactor in reactors { reactor.mailbox.post(.stop) }
        for reactor in reactors { reactor.join() }
        // Stopped last, so that metrics and the emergency switch work during the drain.
        administration?.stop()
        probe?.stop()
        workers.stop()
        uses.stop()
        grants.stop()
        // After the reactors, so that the usage that they recorded last is written.
        upkeep.stop()
        for address in addresses { Listener.release(address) }
        log.info("stopped")
    }

    /// The bill of a load target, line by line; empty for every other server.
    package var summary: [String] { target?.state.summary.lines ?? [] }

    // MARK: updates while serving

    private func post(_ settings: ReactorSettings) {
        let message = ReactorMessage.settings(settings, ticketKeys: ticketKeys.keys)
        for reactor in reactors { reactor.mailbox.post(message) }
    }

    private func updateCertificates(_ served: [ServerCertificate]) {
        let served = served + (probe?.certificates ?? [])
        certificates = ServerCertificates(served)
        let ends = served.map { CertificateEnd($0) }
        gauges.serverCertificates.withLock { $0 = ends }
    }

    private func renewTicketKeys() {
        do {
            guard try ticketKeys.renew(now: .by(clock)) else { return }
        } catch {
            return log.error("the ticket keys could not be rotated")
        }
        for reactor in reactors { reactor.mailbox.post(.ticketKeys(ticketKeys.keys)) }
        log.debug("ticket keys rotated")
    }

    /// Loads and checks the configuration again; keeps the one in force where the new one is bad.
    private func reloadConfiguration() {
        do {
            let new = try reload().serving(at: addresses)
            let fixed = configuration.fixedDifferences(to: new)
            var usable = new
            usable.keepFixed(of: configuration)
            // An issuer that follows from an address follows from the one that stays.
            usable = usable.serving(at: addresses)
            try LoadTargetRules.check(usable, loadTarget)
            let served = try Self.pairs(usable, now: clock.seconds)
            let tried = try Self.settings(
                usable,
                served,
                dummyPasswordHash: dummyPasswordHash,
                sessions: sessionStore,
                isTest: loadTarget != nil
            )
            for listener in tried.listeners { _ = try TLSContext(listener.tls, outbox: Outbox()) }
            let probed = try ProbeFiles(usable)
            try ticketKeys.adopt(tried.policies, usable.tls, now: .by(clock))
            configuration = usable
            facts.values = usable.facts
            settings = tried
            pairs = Self.watch(usable, served)
            upkeep.update(usable.upkeep)
            probe?.use(probed, usable)
            updateCertificates(Self.certificates(usable, served))
            sink.level = usable.log.level
            post(tried)
            log.info("configuration reloaded")
            for key in fixed {
                log.warning("needs a restart to take effect", metadata: ["key": "\(key)"])
            }
            Self.reportWarnings(usable, log)
        } catch {
            log.error(
                "configuration not reloaded; the old one stays",
                metadata: ["reason": "\(error)"]
            )
        }
    }

    /// Serves certificates that were renewed in place; everything else stays as it is.
    private func reloadRenewedPairs() {
        if probe?.reloadRenewed(now: Clock.milliseconds) == true {
            updateCertificates(Self.certificates(configuration, pairs.served))
            log.info("the renewed certificate of probes is in use")
        }
        guard let served = pairs.renewed(now: Clock.milliseconds, log: log) else { return }
        let renewed = Self.settings(
            settings,
            configuration,
            renewed: served,
            sessions: sessionStore
        )
        do {
            for listener in renewed.listeners { _ = try TLSContext(listener.tls, outbox: Outbox()) }
        } catch {
            return log.error(
                "renewed certificates cannot be used; the old ones stay",
                metadata: ["reason": "\(error)"]
            )
        }
        settings = renewed
        updateCertificates(Self.certificates(configuration, served))
        post(renewed)
        log.info("renewed certificates are in use")
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Cryptography
public import Logging
internal import OAuth
public import Reactor
internal import Registration
internal import Serving
internal import Storage
internal import Synchronization
internal import TLS
internal import Telemetry
internal import Upkeep

/// The token endpoint as a running program: builds the threads, watches the store and the signals,
/// drains.
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
    private var builder: RegistryBuilder
    /// The registry that was handed out last.
    private var registry = Registry(clients: ClientRegistry(), users: [:], generation: 0)
    /// To which change of the store the registry belongs at the start.
    private let position: ChangePosition
    private var watcher: StoreWatcher?
    /// Clients with new keys, and the look at the store after which the registry has them.
    private var fetched: [String: Int] = [:]
    private var ticketKeys: TicketKeys
    private var sessionStore: SessionStore?
    private let decoy: String
    private let addresses: [SocketAddress]
    private let workers: WorkerPool
    private let upkeep: Upkeep
    private let replays = SeenAssertions(steadyNow: { Clock.steadySeconds })
    private let uses: UsedAssertionWriter
    private let passwordFailures = PasswordFailures()
    private var reactors: [RunningReactor] = []
    private let version: String
    private let gauges = Gauges()
    private let budgeted: BudgetedLog
    private let administrationStart: AdministrationStart?
    private var administration: AdministrationListener?

    private var keysAreDelivered = true
    private var publishedKeys = PublishedKeys()

    /// How often what is due is looked for; what others have found wakes this thread before.
    private static let tickMilliseconds = 200

    /// Opens the data directory, makes what a first start needs, and claims the addresses.
    ///
    /// Nothing is served yet.
    ///
    /// - Parameters:
    ///   - clock: the time that everything here goes by, and that the log's lines should have.
    ///   - reload: reads the configuration again, for SIGHUP; throws what is wrong with it.
    public init(
        _ configuration: ServerConfiguration,
        version: String,
        clock: WallClock = WallClock(),
        log: Logger,
        sink: LogSink,
        reload: @escaping () throws -> ServerConfiguration
    ) throws {
        self.configuration = configuration
        self.clock = clock
        self.log = log
        budgeted = BudgetedLog(log)
        self.sink = sink
        self.reload = reload
        self.version = version
        ProcessSettings.harden()
        Self.reportLimits(configuration, log)
        Self.reportWarnings(configuration, log)
        addresses = try configuration.listeners.map { try Self.claim($0.address) }
        store = try DataStore.open(configuration.dataDirectory, as: .server)
        for warning in store.warnings { log.warning("\(warning)") }
        try TokenKeyRotation.ensure(in: store.registrations, by: .server, at: clock.seconds)
        uses = try UsedAssertionWriter(store.usedAssertions, replays, clock: clock, log: log)
        decoy = try PasswordHash.decoy()
        let (everything, position) = try StoreNews.readWhole(
            store.registrations,
            switchedOff,
            log: log
        )
        self.position = position
        builder = RegistryBuilder(switchedOff, log: log)
        _ = builder.apply(everything)
        ticketKeys = try TicketKeys()
        sessionStore = try configuration.tls.makeSessionStore()
        let served = try Self.pairs(configuration, now: clock.seconds)
        settings = try Self.settings(configuration, served, decoy: decoy, sessions: sessionStore)
        pairs = Self.watch(configuration, served)
        upkeep = try Upkeep(
            configuration.fetching,
            store,
            clock: clock,
            log: log,
            wake: Signals.wake
        )
        workers = try WorkerPool(
            threads: configuration.workers.threads,
            capacity: configuration.workers.queue
        )
        if let address = configuration.administration.address {
            administrationStart = try AdministrationStart(address, store, log)
        } else {
            administrationStart = nil
        }
    }

    /// Starts the reactors; every listener accepts when this returns.
    ///
    /// The addresses, one for each listener.
    public func start() throws -> [String] {
        upkeep.use(builder.contents)
        useCertificates()
        upkeep.prepare()
        completeRegistry()
        let jwks = try currentJWKS()
        let counters = (0..<configuration.reactors).map { _ in
            Counters(listeners: configuration.listeners.count)
        }
        for index in counters.indices {
            let start = try reactorStart(counters[index], jwks)
            reactors.append(try RunningReactor(start, index: index))
        }
        for reactor in reactors { try reactor.waitUntilServing() }
        try startAdministration(counters)
        watcher = try StoreWatcher(
            store.registrations,
            after: position,
            switchedOff,
            log: log,
            wake: Signals.wake
        )
        log.info(
            "serving",
            metadata: [
                "clients": "\(registry.clients.count)", "reactors": "\(reactors.count)",
                "openssl": "\(CryptographyLibrary.version)",
            ]
        )
        return configuration.listeners.map { listener in
            listener.address.path == nil ? "https://\(listener.address)" : "\(listener.address)"
        }
    }

    private func reactorStart(_ counters: Counters, _ jwks: PublicDocument) throws -> ReactorStart {
        ReactorStart(
            mailbox: try Mailbox(),
            workers: workers,
            clock: clock,
            log: log,
            counters: counters,
            settings: settings,
            registry: registry,
            keys: builder.contents.keys,
            replays: replays,
            uses: uses,
            passwordFailures: passwordFailures,
            handshakeLines: budgeted.handshakes,
            keyRequests: upkeep.requests,
            sightings: upkeep.sightings,
            jwks: jwks,
            ticketKeys: ticketKeys,
            addresses: addresses
        )
    }

    private func startAdministration(_ counters: [Counters]) throws {
        feedGauges()
        guard let start = administrationStart else { return }
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
        let clientSwitch = ClientSwitch(store.registrations, switchedOff, clock: clock, log: log)
        administration = try AdministrationListener(
            start.address,
            start.credential,
            AdministrationActions(
                store: store.registrations,
                metrics: metrics,
                clientSwitch: clientSwitch,
                log: log
            ),
            clock: clock
        )
        log.info("administration", metadata: ["address": "\(start.name)"])
    }

    /// Takes signals and what other threads have found until SIGTERM; returns at the end of all.
    public func run() {
        var rotation = Clock.milliseconds + configuration.tls.ticketKeyRotation
        while true {
            switch Signals.next(milliseconds: Self.tickMilliseconds) {
            case .stop: return stop()
            case .reload: takeOverConfiguration()
            case nil: break
            }
            takeNews()
            tickUpkeep()
            takeOverRenewedPairs()
            if publishedKeys.areDue(now: clock.seconds) { publishKeys() }
            if Clock.milliseconds >= rotation {
                rotation = Clock.milliseconds + configuration.tls.ticketKeyRotation
                rotateTicketKeys()
            }
        }
    }

    private func stop() {
        log.info("draining", metadata: ["seconds": "\(configuration.connections.drain / 1000)"])
        gauges.isDraining.store(true, ordering: .relaxed)
        for reactor in reactors { reactor.mailbox.post(.drain) }
        let end = Clock.milliseconds + configuration.connections.drain
        while Clock.milliseconds < end, reactors.contains(where: { !$0.hasEnded }) {
            _ = Signals.next(milliseconds: 20)
            // What is still answered is answered by what holds now.
            takeNews()
            tickUpkeep()
        }
        for reactor in reactors { reactor.mailbox.post(.stop) }
        for reactor in reactors { reactor.join() }
        // Last of those that listen: what drains can still be looked at, and clients switched off.
        administration?.stop()
        workers.stop()
        uses.stop()
        watcher?.stop()
        upkeep.stop()
        for address in addresses { Listener.release(address) }
        log.info("stopped")
    }

    // MARK: what changes while serving

    /// Takes over what was read from the store since the last time.
    private func takeNews() {
        if let delivery = watcher?.take() {
            if let news = delivery.news { use(builder.apply(news)) }
            // What waits must find the new keys: the registry went out before the answer.
            for (client, look) in fetched where look <= delivery.look {
                upkeep.registryHas(client)
            }
            fetched = fetched.filter { $0.value > delivery.look }
        }
        if !keysAreDelivered { deliverKeys() }
    }

    private func use(_ update: RegistryBuilder.Update) {
        budgeted.tell(update)
        upkeep.use(update, builder.contents)
        if update.changesRegistry { publish() }
        if update.changesKeys { keysAreDelivered = false }
    }

    private func deliverKeys() {
        let keys = builder.contents.keys
        do {
            let jwks = try currentJWKS()
            for reactor in reactors { reactor.mailbox.post(.keys(keys, jwks: jwks)) }
        } catch {
            return log.error("the JWK Set cannot be made", metadata: ["reason": "\(error)"])
        }
        keysAreDelivered = true
        log.info(
            "keys taken over",
            metadata: [
                "signing": "\(keys.signing.keys.count)",
                "sealing": "\(keys.sealing.keys.count)",
            ]
        )
    }

    private func tickUpkeep() {
        if upkeep.takeLists() { publish() }
        let clients = upkeep.takeKeys()
        if !clients.isEmpty, let look = watcher?.look() {
            for client in clients { fetched[client] = look }
        }
        budgeted.tellOfTheRest()
        upkeep.look(registry, warningDays: configuration.expiry.warningDays)
        feedGauges()
    }

    private func feedGauges() {
        gauges.clients.say(registry.clients.count)
        gauges.certificatesExpired.say(upkeep.expiry?.expired ?? 0)
        gauges.certificatesExpiring.say(upkeep.expiry?.expiring ?? 0)
        let counts = upkeep.counts()
        gauges.revocationLists.say(counts.lists)
        gauges.revocationListsStale.say(counts.stale)
        gauges.keyFetchesFailing.say(counts.failing)
    }

    private func useCertificates() {
        upkeep.use(settings.certificates)
        let ends = settings.certificates.map {
            CertificateEnd(name: $0.name, notAfter: $0.dates.notAfter)
        }
        gauges.serverCertificates.withLock { $0 = ends }
    }

    /// Hands out the registry with what is revoked now; never one with another set's lists.
    private func publish() {
        completeRegistry()
        for reactor in reactors { reactor.mailbox.post(.registry(registry)) }
    }

    private func completeRegistry() {
        registry = builder.registry(revocations: upkeep.revocations)
    }

    private func publishKeys() {
        do {
            let jwks = try currentJWKS()
            for reactor in reactors { reactor.mailbox.post(.jwks(jwks)) }
        } catch {
            log.error("the JWK Set cannot be made", metadata: ["reason": "\(error)"])
        }
    }

    private func currentJWKS() throws -> PublicDocument {
        let keys = builder.contents.keys.signing
        return PublicDocument(try publishedKeys.document(of: keys, now: clock.seconds))
    }

    private func rotateTicketKeys() {
        guard let rotated = try? ticketKeys.rotated(keeping: configuration.tls.ticketKeysKept)
        else {
            return log.error("the ticket keys could not be rotated")
        }
        ticketKeys = rotated
        for reactor in reactors { reactor.mailbox.post(.ticketKeys(rotated)) }
        log.debug("ticket keys rotated")
    }

    /// Reads and checks the configuration anew; swaps it when it is good and keeps the old one when
    /// it is not.
    private func takeOverConfiguration() {
        do {
            let new = try reload()
            for fixed in configuration.fixedDifferences(to: new) {
                log.warning("needs a restart to take effect", metadata: ["key": "\(fixed)"])
            }
            var usable = new
            usable.keepFixed(of: configuration)
            let served = try Self.pairs(usable, now: clock.seconds)
            let tried = try Self.settings(usable, served, decoy: decoy, sessions: sessionStore)
            for listener in tried.listeners { _ = try TLSContext(listener, outbox: Outbox()) }
            configuration = usable
            settings = tried
            pairs = Self.watch(usable, served)
            upkeep.use(usable.fetching)
            useCertificates()
            sink.level = usable.log.level
            for reactor in reactors { reactor.mailbox.post(.settings(tried)) }
            log.info("configuration reloaded")
            Self.reportWarnings(usable, log)
        } catch {
            log.error(
                "configuration not reloaded; the old one stays",
                metadata: ["reason": "\(error)"]
            )
        }
    }
    /// Serves certificates that were renewed in place; everything else stays as it is.
    private func takeOverRenewedPairs() {
        guard let served = pairs.renewed(now: Clock.milliseconds, log: log) else { return }
        let renewed = Self.settings(
            settings,
            configuration,
            renewed: served,
            sessions: sessionStore
        )
        do {
            for listener in renewed.listeners { _ = try TLSContext(listener, outbox: Outbox()) }
        } catch {
            return log.error("certificates not taken over", metadata: ["reason": "\(error)"])
        }
        settings = renewed
        useCertificates()
        for reactor in reactors { reactor.mailbox.post(.settings(renewed)) }
        log.info("renewed certificates are in use")
    }
}

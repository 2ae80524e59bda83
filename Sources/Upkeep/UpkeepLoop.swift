// SPDX-License-Identifier: Apache-2.0
internal import Fetch
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Storage
internal import Telemetry

/// The loop of Upkeep's thread, and the state that the thread owns.
///
/// A turn collects the workers' results, posts the updates that follow, answers the requests that
/// waited for them, and has workers start the fetches that are due.
final class UpkeepLoop {
    private let parts: UpkeepParts
    private let inbox: UpkeepInbox
    private let watcher: StoreWatcher
    private let post: @Sendable (UpkeepUpdate) -> Void
    private let lists: RevocationLists
    private let keySets: RemoteKeySets
    private let bundles: SPIFFEBundles
    private let tokenKeys: TokenKeySupply
    private let changeLog: RegistryChangeLog
    private var settings: UpkeepSettings
    private var builder: RegistryBuilder
    private var permissions = ServerAuthPermissions()
    private var library = FetchLibrary()
    private var publishedKeys = PublishedKeys()
    /// The registry that was posted last.
    private var registry = Registry(clients: ClientRegistry(), users: [:], generation: 0)
    /// Clients and issuers whose keys are in the store, and the read request after which the
    /// registry has them.
    private var written: [KeyOwner: Int] = [:]
    private var usageIsDueAt = Clock.milliseconds + UpkeepLoop.usageInterval
    private var expiryIsDueAt: UInt64 = 0
    /// Whether the log has said that the registry is too old to go by.
    private var saidStale = false

    /// The longest wait between turns, in milliseconds: work that is due by the wall clock is
    /// checked again, because setting that clock wakes no thread.
    private static let turnIntervalMax: UInt64 = 1_000
    /// The shortest wait between turns that nothing wakes, in milliseconds: work that a full queue
    /// refused is still due.
    private static let turnIntervalMin: UInt64 = 200
    /// The longest wait for lists at the start, in milliseconds; later ones take effect when they
    /// come.
    private static let preparationMax: UInt64 = 2_000
    private static let usageInterval: UInt64 = 5_000
    private static let expiryInterval: UInt64 = 3_600_000

    /// Takes over what the store had at the start.
    init(
        _ parts: UpkeepParts,
        _ inbox: UpkeepInbox,
        _ watcher: StoreWatcher,
        _ news: StoreNews,
        _ post: @escaping @Sendable (UpkeepUpdate) -> Void
    ) {
        self.parts = parts
        self.inbox = inbox
        self.watcher = watcher
        self.post = post
        settings = parts.settings
        builder = RegistryBuilder(parts.switchedOff, log: parts.log)
        changeLog = RegistryChangeLog(parts.log)
        lists = RevocationLists(
            files: parts.workers.files.submit,
            urls: parts.workers.lists.submit,
            read: parts.sources.readList,
            clock: parts.clock,
            log: parts.log,
            wake: inbox.wake
        )
        keySets = RemoteKeySets(
            workers: parts.workers.keys.submit,
            store: parts.registrations,
            requests: parts.requests,
            read: parts.sources.readKeys,
            clock: parts.clock,
            log: parts.log,
            wake: inbox.wake
        )
        bundles = SPIFFEBundles(
            files: parts.workers.files.submit,
            urls: parts.workers.keys.submit,
            store: parts.registrations,
            mayWrite: parts.mayWrite,
            read: parts.sources.readBundle,
            clock: parts.clock,
            log: parts.log,
            wake: inbox.wake
        )
        tokenKeys = TokenKeySupply(
            workers: parts.workers.store.submit,
            store: parts.registrations,
            clock: parts.clock,
            log: parts.log,
            wake: inbox.wake
        )
        _ = builder.apply(news)
        update(everything: true, [], now: Clock.milliseconds)
    }

    /// Waits for the revocation lists that can be fetched at once, and for keys that are made;
    /// returns the state to start with.
    ///
    /// Without the lists `hard` would refuse good clients for the first moments, and without the
    /// keys those that are registered for their algorithms.
    func prepare() -> UpkeepState {
        let end = Clock.milliseconds + Self.preparationMax
        while true {
            let now = Clock.milliseconds
            if let news = watcher.takeDelivery()?.news { _ = apply(news, now: now) }
            _ = lists.runDue(policy, interval: settings.fetching.refresh, now: now)
            let lacksKeys = makeKeys(now: now)
            guard lists.isWaiting || lacksKeys, now < end else { break }
            _ = inbox.wait(until: min(end, now + Self.turnIntervalMin))
        }
        registry = builder.registry(revocations: lists.revocations())
        setListEnds()
        feedGauges()
        return UpkeepState(registry: registry, keys: builder.contents.keys, jwks: jwks())
    }

    /// Takes turns until the inbox says stop.
    func run() {
        var mail = UpkeepInbox.Mail()
        while !mail.isStopping {
            if let settings = mail.settings { update(settings) }
            mail = inbox.wait(until: turn(now: Clock.milliseconds))
        }
    }

    /// When the next turn is due, unless something wakes the thread before.
    private func turn(now: UInt64) -> UInt64 {
        let delivery = watcher.takeDelivery()
        let update = delivery?.news.map { apply($0, now: now) } ?? RegistryBuilder.Update()
        let changesLists = lists.runDue(policy, interval: settings.fetching.refresh, now: now)
        bundles.runDue(policy, now: now)
        // Before the registry: a client must not be known before the key of its algorithm.
        if update.changesKeys {
            postKeys()
        } else if publishedKeys.areDue(now: parts.clock.seconds) {
            post(.jwks(jwks()))
        }
        if update.changesRegistry || changesLists { postRegistry() }
        _ = makeKeys(now: now)
        // After the registry went out: a request that is decided again must find the new keys.
        if let delivery { answer(through: delivery.request, now: now) }
        fetchKeys(now: now)
        changeLog.logWithheld(now: now)
        checkCertificates(now: now)
        feedGauges()
        let turns = [lists.nextTurn(), keySets.nextTurn(), bundles.nextTurn()]
        let due = turns.compactMap { $0 }.min() ?? .max
        return min(max(due, now + Self.turnIntervalMin), now + Self.turnIntervalMax)
    }

    // MARK: what has changed

    private func update(_ settings: UpkeepSettings) {
        self.settings = settings
        // Fetches refused before may be allowed by the new networks or CAs.
        lists.refreshAll()
        keySets.refreshAll()
        bundles.refreshAll()
    }

    private func apply(_ news: StoreNews, now: UInt64) -> RegistryBuilder.Update {
        let changes = builder.apply(news)
        changeLog.log(changes)
        update(
            everything: changes.isWhole,
            changes.keyOwners,
            trustSets: changes.changesTrustSets,
            now: now
        )
        return changes
    }

    /// Updates the schedules from the registrations; a client that has not changed keeps its
    /// moment.
    private func update(
        everything: Bool,
        _ owners: Set<KeyOwner>,
        trustSets: Bool = true,
        now: UInt64
    ) {
        let (contents, interval) = (builder.contents, settings.fetching.refresh)
        library.load(for: contents, policy, log: parts.log)
        if everything || trustSets {
            lists.update(contents.trustSets)
            bundles.update(contents.bundles)
            permissions.update(contents.trustSets.compactMapValues(\.record.serverAuthUntil))
        }
        if everything { return keySets.update(contents.remoteKeys, interval: interval, now: now) }
        for owner in owners {
            keySets.set(owner, contents.remoteKeys[owner], interval: interval, now: now)
        }
    }

    private func postRegistry() {
        registry = builder.registry(revocations: lists.revocations())
        setListEnds()
        post(.registry(registry))
    }

    private func setListEnds() {
        let ends = lists.ends
        parts.gauges.revocationListEnds.withLock { $0 = ends }
    }

    private func postKeys() {
        let keys = builder.contents.keys
        post(.keys(keys, jwks: jwks()))
        parts.log.info(
            "keys of tokens updated",
            metadata: [
                "signing": "\(keys.signing.keys.count)",
                "sealing": "\(keys.sealing.keys.count)",
            ]
        )
    }

    private func jwks() -> [UInt8] {
        publishedKeys.document(of: builder.contents.keys.signing, now: parts.clock.seconds)
    }

    /// Has a worker make keys of tokens that are due; whether one is missing that a client needs.
    private func makeKeys(now: UInt64) -> Bool {
        guard parts.mayWrite else { return false }
        let contents = builder.contents
        return tokenKeys.runDue(
            contents.keyKinds,
            contents.keyRecords,
            schedule: settings.tokenKeys.schedule,
            now: now
        )
    }

    // MARK: keys of clients and issuers

    /// Resumes requests whose owners' keys are in the registry since this read of the store.
    private func answer(through request: Int, now: UInt64) {
        for (owner, needed) in written where needed <= request {
            written[owner] = nil
            keySets.finishFetch(owner, interval: settings.fetching.refresh, now: now)
        }
    }

    private func fetchKeys(now: UInt64) {
        guard parts.mayWrite else { return }
        let owners = keySets.runDue(policy, interval: settings.fetching.refresh, now: now)
        guard !owners.isEmpty else { return }
        let request = watcher.requestRead()
        for owner in owners { written[owner] = request }
    }

    private var policy: FetchPolicy { FetchPolicy(settings.fetching) }

    // MARK: certificates

    /// Writes certificate usage and warns of certificates that end, when that is due.
    private func checkCertificates(now: UInt64) {
        if now >= usageIsDueAt {
            usageIsDueAt = now + Self.usageInterval
            if parts.mayWrite { parts.usageWriter.write() }
        }
        logPermissions()
        guard now >= expiryIsDueAt else { return }
        expiryIsDueAt = now + Self.expiryInterval
        let expiry = CertificateExpiry(
            registry,
            days: settings.expiry.warningDays,
            now: parts.clock.seconds,
            log: parts.log
        )
        parts.gauges.certificatesExpired.set(expiry.expired)
        parts.gauges.certificatesExpiring.set(expiry.expiring)
    }

    private func logPermissions() {
        let (store, log) = (parts.registrations, parts.log)
        for line in permissions.due(now: parts.clock.seconds) {
            let isTaken = parts.workers.store.submit {
                line.write(clients: try? store.clientCount(trustSet: line.name), to: log)
            }
            if !isTaken { line.write(clients: nil, to: log) }
        }
    }

    private func feedGauges() {
        let gauges = parts.gauges
        gauges.clients.set(registry.clients.count)
        let (count, stale) = lists.counts(now: parts.clock.seconds)
        gauges.revocationLists.set(count)
        gauges.revocationListsStale.set(stale)
        gauges.keyFetchesFailing.set(keySets.failing)
        let (all, old) = bundles.counts(now: parts.clock.seconds)
        gauges.spiffeBundles.set(all)
        gauges.spiffeBundlesStale.set(old)
        gauges.spiffeBundlesFailing.set(bundles.failing)
        gauges.storeUnreadSeconds.set(Int(clamping: watcher.unreadMilliseconds() / 1_000))
        logStaleness()
    }
}

extension UpkeepLoop {
    /// Logs that the registry has become too old to go by, and that it is not any more.
    private func logStaleness() {
        let state = parts.gauges.storeState
        guard state.isStale != saidStale else { return }
        saidStale = state.isStale
        if saidStale {
            parts.log.error(
                "no news of the store for too long: nothing is issued until it is read again",
                metadata: ["seconds": "\(state.age)"]
            )
        } else {
            parts.log.notice("the store is read again: tokens are issued")
        }
    }
}

extension FetchPolicy {
    /// Bounds of one fetch, in seconds and in redirects.
    private static let upkeepSeconds = 5
    private static let upkeepRedirectsMax = 3

    /// The policy of fetching keys and lists.
    fileprivate init(_ settings: FetchSettings) {
        self.init(
            seconds: Self.upkeepSeconds,
            redirectsMax: Self.upkeepRedirectsMax,
            allowed: settings.networks,
            caFile: settings.caFile
        )
    }
}

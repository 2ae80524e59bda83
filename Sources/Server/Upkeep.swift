// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Logging
internal import OAuth
internal import Reactor
internal import Storage
internal import Telemetry
internal import Upkeep

/// What has to be kept current beside the store: revocation lists, keys of clients that publish
/// them, and what is known about the use of certificates.
///
/// The main thread's own; the objects that reactors share are handed out by it.
final class Upkeep {
    /// Where reactors ask for newer keys.
    let requests = KeyRequests()
    /// Where reactors note which certificates are used.
    let sightings = CertificateUsage()
    /// What the last look at all certificates found.
    private(set) var expiry: CertificateExpiry?

    /// One for files, one for URLs of lists, one for keys: none waits behind another's silence.
    private let pools: [WorkerPool]
    /// Asks the store what is not urgent, and writes to it.
    private let storeWorker: WorkerPool
    private let store: DataStore
    /// Whether the last notes are still on their way to the store.
    private let isWritingSightings = Lock(false)
    private var certificates = ServerCertificates()
    private var permissions = ServerAuthPermissions()
    private let lists: RevocationLists
    private let keySets: RemoteKeySets
    private let clock: WallClock
    private let log: Logger
    /// How keys and lists are fetched, and after how many milliseconds anew.
    private var policy: FetchPolicy
    private var library = FetchLibrary()
    private var interval: UInt64
    private var sightingsAt = Clock.milliseconds + Upkeep.sightingsInterval
    private var expiryAt: UInt64 = 0

    /// Fetches wait for other servers; passwords must not wait behind them.
    private static let threads = 2
    private static let queue = 256
    private static let sightingsInterval: UInt64 = 5_000
    private static let expiryInterval: UInt64 = 3_600_000
    private static let fetchSeconds = 5
    /// A start waits so long for lists, in milliseconds; what comes later counts when it comes.
    private static let preparationMax: UInt64 = 2_000
    private static let redirectsMax = 3
    /// At the end the last notes have so long to be written, in milliseconds.
    private static let lastWriteMax = 1_000

    /// `wake` is called, by workers, when there is something to take.
    init(
        _ fetching: FetchSettings,
        _ store: DataStore,
        clock: WallClock,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) throws {
        self.clock = clock
        self.log = log
        self.store = store
        policy = Self.policy(fetching)
        interval = fetching.refresh
        let files = try WorkerPool(threads: 1, capacity: Self.queue, name: "file")
        let urls = try WorkerPool(threads: Self.threads, capacity: Self.queue, name: "list")
        let keys = try WorkerPool(threads: Self.threads, capacity: Self.queue, name: "fetch")
        pools = [files, urls, keys]
        storeWorker = try WorkerPool(threads: 1, capacity: Self.queue, name: "write")
        lists = RevocationLists(
            files: files.submit,
            urls: urls.submit,
            clock: clock,
            log: log,
            wake: wake
        )
        keySets = RemoteKeySets(
            workers: keys.submit,
            store: store.registrations,
            requests: requests,
            clock: clock,
            log: log,
            wake: wake
        )
    }

    /// Takes over all that the store says.
    func use(_ contents: RegistryContents) {
        library.load(for: contents, policy, log: log)
        use(contents.trustSets)
        keySets.use(contents.remoteKeys, interval: interval, now: Clock.milliseconds)
    }

    /// Takes over what has changed in `contents`; everything else keeps its moment.
    func use(_ update: RegistryBuilder.Update, _ contents: RegistryContents) {
        guard !update.isWhole else { return use(contents) }
        library.load(for: contents, policy, log: log)
        if update.changesTrustSets { use(contents.trustSets) }
        let now = Clock.milliseconds
        for client in update.clients {
            keySets.set(client, contents.remoteKeys[client], interval: interval, now: now)
        }
    }

    private func use(_ trustSets: [String: RegistryContents.TrustSet]) {
        lists.use(trustSets)
        permissions.use(trustSets.compactMapValues(\.record.serverAuthUntil))
    }

    /// What is revoked, by trust set, as of the last lists.
    var revocations: [String: Revocation] { lists.revocations() }

    /// Reads the revocation lists before the first client comes, as far as they can be had at once.
    ///
    /// Without them `hard` would refuse good clients for the first moments.
    func prepare() {
        let end = Clock.milliseconds + Self.preparationMax
        repeat {
            _ = takeLists()
            guard lists.isWaiting else { return }
            let now = Clock.milliseconds
            if now < end { lists.waitForFindings(milliseconds: Int(end - now)) }
        } while Clock.milliseconds < end
    }

    /// Takes over a changed configuration, and looks at every source again.
    func use(_ fetching: FetchSettings) {
        policy = Self.policy(fetching)
        interval = fetching.refresh
        lists.refreshAll()
        keySets.refreshAll()
    }

    /// Takes over what the server shows to its clients; all of it is news.
    func use(_ certificates: [ServerCertificate]) {
        self.certificates = ServerCertificates(certificates)
    }

    /// Starts what is due of the lists; whether there are new ones.
    func takeLists() -> Bool {
        lists.tick(policy, interval: interval, now: Clock.milliseconds)
    }

    /// Starts what is due of the keys, and takes note of what workers have written to the store.
    ///
    /// The clients whose requests may be answered once the registry has it.
    func takeKeys() -> [String] {
        keySets.tick(policy, interval: interval, now: Clock.milliseconds)
    }

    /// The registry that was handed out has what the store has of the client.
    func registryHas(_ client: String) {
        keySets.registryHas(client, interval: interval, now: Clock.milliseconds)
    }

    /// Has what was noted written, and looks for certificates that end, when that is due.
    func look(_ registry: Registry, warningDays: Int) {
        if Clock.milliseconds >= sightingsAt {
            sightingsAt = Clock.milliseconds + Self.sightingsInterval
            _ = writeSightings()
        }
        certificates.warn(now: clock.seconds, days: warningDays, log: log)
        tellOfPermissions()
        guard Clock.milliseconds >= expiryAt else { return }
        expiryAt = Clock.milliseconds + Self.expiryInterval
        expiry = CertificateExpiry(
            registry,
            days: warningDays,
            now: clock.seconds,
            log: log
        )
    }

    /// Gives up what is being fetched and has what was noted written, if the store takes it soon.
    func stop() {
        for pool in pools { pool.abandon() }
        if writeSightings() {
            _ = isWritingSightings.wait(milliseconds: Self.lastWriteMax) { $0 ? nil : true }
        }
        storeWorker.abandon()
    }

    /// Revocation lists in use, of these ended ones, and clients whose keys cannot be fetched.
    func counts() -> (lists: Int, stale: Int, failing: Int) {
        let (lists, stale) = lists.counts(now: clock.seconds)
        return (lists, stale, keySets.failing)
    }

    /// Whether it is being written now; a store that does not answer gets no second one.
    private func writeSightings() -> Bool {
        let isFirst = isWritingSightings.withLock { isWriting in
            defer { isWriting = true }
            return !isWriting
        }
        guard isFirst else { return true }
        let (sightings, store, log) = (sightings, store.certificateUse, log)
        let isWriting = isWritingSightings
        let isTaken = storeWorker.submit {
            do {
                try sightings.write(to: store)
            } catch {
                log.debug("certificate use not written", metadata: ["reason": "\(error)"])
            }
            isWriting.withLock { $0 = false }
            isWriting.signal(all: true)
        }
        if !isTaken { isWritingSightings.withLock { $0 = false } }
        return isTaken
    }

    private func tellOfPermissions() {
        let (store, log) = (store.registrations, log)
        for line in permissions.due(now: clock.seconds) {
            let isTaken = storeWorker.submit {
                line.write(clients: try? store.clientCount(trustSet: line.name), to: log)
            }
            if !isTaken { line.write(clients: nil, to: log) }
        }
    }

    private static func policy(_ fetching: FetchSettings) -> FetchPolicy {
        FetchPolicy(
            seconds: fetchSeconds,
            redirectsMax: redirectsMax,
            allowed: fetching.networks,
            authorities: fetching.authorities
        )
    }
}

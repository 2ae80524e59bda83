internal import Fetch
internal import Logging
internal import OAuth
internal import Reactor
internal import Store

/// What has to be kept current beside the store: revocation lists, keys of clients that publish
/// them, and what is known about the use of certificates.
///
/// The main thread's own; the objects that reactors share are handed out by it.
final class Upkeep {
    /// Where reactors ask for newer keys.
    let requests = KeyRequests()
    /// Where reactors note which certificates are used.
    let sightings = Sightings()
    /// What the last look at all certificates found.
    private(set) var expiry: CertificateExpiry?

    private let workers: WorkerPool
    private let lists: RevocationLists
    private let keySets: RemoteKeySets
    private let log: Logger
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

    init(log: Logger) throws {
        self.log = log
        workers = try WorkerPool(threads: Self.threads, capacity: Self.queue, name: "fetch")
        lists = RevocationLists(workers: workers, log: log)
        keySets = RemoteKeySets(workers: workers, requests: requests, log: log)
    }

    /// Takes over what the store says now.
    func use(_ loader: RegistryLoader, _ fetching: ServerConfiguration.Fetching) {
        lists.use(loader.trustSets)
        keySets.use(loader.remoteKeys, interval: fetching.refresh.milliseconds)
    }

    /// Reads the revocation lists before the first client comes, as far as they can be had at once.
    ///
    /// Without them `hard` would refuse good clients for the first moments.
    func prepare(_ loader: inout RegistryLoader, _ fetching: ServerConfiguration.Fetching) {
        use(loader, fetching)
        let end = Clock.milliseconds + Self.preparationMax
        repeat {
            let revocations = lists.tick(
                Self.policy(fetching),
                interval: fetching.refresh.milliseconds
            )
            if let revocations { _ = loader.use(revocations) }
            guard lists.isWaiting else { return }
            Clock.pause(milliseconds: 5)
        } while Clock.milliseconds < end
    }

    /// Looks at every source again, as after SIGHUP.
    func refreshAll() {
        lists.refreshAll()
    }

    /// Does what is due; hands every new registry that comes of it to `publish`.
    func tick(
        _ loader: inout RegistryLoader,
        _ store: Store,
        _ configuration: ServerConfiguration,
        publish: (Registry) -> Void
    ) {
        let policy = Self.policy(configuration.fetching)
        let interval = configuration.fetching.refresh.milliseconds
        if let revocations = lists.tick(policy, interval: interval) {
            publish(loader.use(revocations))
        }
        if keySets.tick(policy) {
            let clients = keySets.finish(store, interval: interval)
            // What waits must find the new keys: the registry goes out before the answer.
            if let registry = try? loader.poll().registry {
                use(loader, configuration.fetching)
                publish(registry)
            }
            for client in clients { requests.answer(client) }
        }
        if Clock.milliseconds >= sightingsAt {
            sightingsAt = Clock.milliseconds + Self.sightingsInterval
            writeSightings(to: store)
        }
        if Clock.milliseconds >= expiryAt {
            expiryAt = Clock.milliseconds + Self.expiryInterval
            expiry = CertificateExpiry(
                loader.registry,
                days: configuration.expiryWarningDays,
                now: Clock.epochSeconds,
                log: log
            )
        }
    }

    /// Gives up what is being fetched and writes what was noted.
    func stop(_ store: Store) {
        workers.abandon()
        writeSightings(to: store)
    }

    /// Revocation lists in use, of these ended ones, and clients whose keys cannot be fetched.
    func counts(now: Int64) -> (lists: Int, stale: Int, failing: Int) {
        let (lists, stale) = lists.counts(now: now)
        return (lists, stale, keySets.failing.count)
    }

    private func writeSightings(to store: Store) {
        do {
            try sightings.write(to: store)
        } catch {
            log.debug("certificate use not written", metadata: ["reason": "\(error)"])
        }
    }

    private static func policy(_ fetching: ServerConfiguration.Fetching) -> FetchPolicy {
        FetchPolicy(
            schemes: [.https],
            bytesMax: 0,
            seconds: fetchSeconds,
            redirectsMax: redirectsMax,
            allowsPrivateAddresses: false,
            allowed: fetching.networks.compactMap { FetchNetwork($0.description) },
            authorities: fetching.authorities
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Storage

/// Keeps the keys of clients and trusted issuers with a `jwks_uri` current (RFC 7591 §2, RFC 8705
/// §2.2.2, RFC 7523 §3).
///
/// One thread's own. Workers fetch and check a set, write a good one to the store, and wake that
/// thread; the set reaches the registry from the store like any other change. A bad set changes
/// nothing.
final class RemoteKeySets {
    /// Fetches a `jwks_uri`; called by workers.
    typealias Read = @Sendable (String, FetchPolicy) throws -> [UInt8]
    /// Hands a job to workers; false where too many wait.
    typealias Submit = (@escaping @Sendable () -> Void) -> Bool

    /// The keys of a client or an issuer at their URI, beside their schedule.
    private struct Source {
        let remote: RegistryContents.RemoteKeys
        /// Whether a set is in the store that the registry may not have yet; the fetch is under way
        /// still.
        var awaitsRegistry = false
        /// The ignored keys of the last good set.
        var omissions: [String] = []
        /// Whether there was a good set, now or before the start.
        var hasKeys: Bool

        init(_ remote: RegistryContents.RemoteKeys) {
            self.remote = remote
            hasKeys = remote.wereFetched
        }
    }

    /// The result of one fetch by a worker.
    private struct FetchResult: Sendable {
        let owner: KeyOwner
        let uri: String
        /// The number of the fetch.
        let fetch: Int
        let content: Result<Written, KeySetError>

        func metadata(reason: String?) -> Logger.Metadata {
            var metadata: Logger.Metadata =
                switch owner {
                case .client(let id): ["client_id": "\(id)"]
                case .issuer(let name): ["issuer": "\(name)"]
                }
            metadata["jwks_uri"] = "\(uri)"
            if let reason { metadata["reason"] = "\(reason)" }
            return metadata
        }
    }

    /// A set that is in the store.
    private struct Written: Sendable {
        /// Whether the set differs from the one before.
        let isNew: Bool
        /// The ignored keys, with reasons.
        let omissions: [String]
    }

    private struct KeySetError: Error, CustomStringConvertible {
        let description: String
    }

    /// After a failure, in milliseconds; doubled each time up to a minute, or the usual interval.
    private static let retryInterval: UInt64 = 10_000
    private static let retryMax: UInt64 = 60_000
    /// In one tick; the rest has the next one.
    static let startsPerTick = 16

    private let workers: Submit
    private let read: Read
    private let store: any RegistrationStore
    private let requests: JWKSRefreshRequests
    /// Wakes Upkeep's thread; called by a worker that has posted a result.
    private let wake: @Sendable () -> Void
    private let clock: WallClock
    private let log: Logger
    private let results = Lock<[FetchResult]>([])
    private var sources: [KeyOwner: Source] = [:]
    private var schedule = RefreshSchedule<KeyOwner>()
    /// Owners that were removed, or have another URI, since the last tick.
    private var replaced: [KeyOwner] = []

    init(
        workers: @escaping Submit,
        store: any RegistrationStore,
        requests: JWKSRefreshRequests,
        read: @escaping Read = RemoteKeySets.get,
        clock: WallClock,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.workers = workers
        self.read = read
        self.store = store
        self.requests = requests
        self.clock = clock
        self.log = log
        self.wake = wake
    }

    /// The number of clients and issuers whose last fetch has failed.
    var failing: Int { schedule.failing }

    /// When the next keys are due, in milliseconds; nil where none are.
    func nextTurn() -> UInt64? { schedule.nextTurn() }

    /// When the keys of the owner are fetched next, in milliseconds; nil where they are not.
    func next(_ owner: KeyOwner) -> UInt64? { schedule[owner]?.next }

    /// Sets the clients and issuers with a `jwks_uri`; unchanged ones keep their schedule.
    func update(
        _ remote: [KeyOwner: RegistryContents.RemoteKeys],
        interval: UInt64,
        now: UInt64
    ) {
        for owner in Array(sources.keys) where remote[owner] == nil {
            set(owner, nil, interval: interval, now: now)
        }
        for (owner, keys) in remote { set(owner, keys, interval: interval, now: now) }
    }

    /// Sets one owner's `jwks_uri`, or with nil removes the owner from the schedule.
    func set(
        _ owner: KeyOwner,
        _ remote: RegistryContents.RemoteKeys?,
        interval: UInt64,
        now: UInt64
    ) {
        let old = sources[owner]?.remote
        guard old?.uri != remote?.uri || old?.method != remote?.method else { return }
        // Requests that wait for the old set are answered in the next tick, after the registry went
        // out.
        if old != nil { replaced.append(owner) }
        guard let remote else {
            sources[owner] = nil
            schedule.remove(owner)
            return
        }
        sources[owner] = Source(remote)
        // Jitter: after a start the stored keys serve, and not all sets are fetched at once. Those
        // of issuers may be at their end; of them there are few.
        let usual = owner.isIssuer ? min(interval, Self.retryMax) : interval
        let wait = remote.wereFetched ? UInt64.random(in: 0..<max(1, usual)) : 0
        schedule.add(owner, at: now + wait)
    }

    /// Fetches every set again, sixteen at a time.
    func refreshAll() { schedule.hurryAll() }

    /// Collects the workers' results and starts the fetches that are due; returns the owners whose
    /// sets are in the store now, and whose requests resume when the registry has them.
    ///
    /// The requests of the others are answered at once.
    func runDue(_ policy: FetchPolicy, interval: UInt64, now: UInt64) -> [KeyOwner] {
        for owner in replaced { answerUnlessAwaited(owner, now: now) }
        replaced = []
        hurryWanted(now: now)
        for owner in schedule.takeDue(now: now, limit: Self.startsPerTick) {
            start(owner, policy)
        }
        var written: [KeyOwner] = []
        for result in results.takeAll() {
            guard schedule.isUnderWay(result.owner, result.fetch) else {
                answerUnlessAwaited(result.owner, now: now)
                continue
            }
            do {
                consume(try result.content.get(), result)
                written.append(result.owner)
            } catch {
                fail("\(error)", result, interval: interval, now: now)
                requests.answer(result.owner)
            }
        }
        return written
    }

    /// The registry has the stored set of the owner: resumes its waiting requests.
    ///
    /// The fetch ends only now, so that a request that came in between waits with the others and
    /// causes no second fetch.
    func finishFetch(_ owner: KeyOwner, interval: UInt64, now: UInt64) {
        guard sources[owner]?.awaitsRegistry == true else {
            return answerUnlessAwaited(owner, now: now)
        }
        sources[owner]?.awaitsRegistry = false
        let usual = owner.isIssuer ? min(interval, Self.issuerIntervalMax) : interval
        _ = schedule.succeed(owner, next: now + usual)
        requests.answer(owner)
    }

    /// The keys of an issuer end by themselves: three looks, so that they outlive a failed one.
    private static let issuerIntervalMax = UInt64(TrustedIssuer.keysAgeMax) * 1_000 / 3

    /// Makes the owners due whose keys were asked for.
    private func hurryWanted(now: UInt64) {
        for owner in requests.takeWanted() {
            guard let entry = schedule[owner] else {
                requests.answer(owner)
                continue
            }
            if schedule.isAwaited(owner, now: now) {
                requests.resetThrottle(owner)
            } else if entry.failures > 0 {
                // The backoff holds: requests from outside must not make a failing server be asked
                // more often.
                requests.answer(owner)
                continue
            }
            schedule.hurry(owner)
        }
    }

    /// Resumes the owner's requests, unless a newer fetch will do so.
    private func answerUnlessAwaited(_ owner: KeyOwner, now: UInt64) {
        if !schedule.isAwaited(owner, now: now) { requests.answer(owner) }
    }

    private func start(_ owner: KeyOwner, _ policy: FetchPolicy) {
        guard let remote = sources[owner]?.remote, let fetch = schedule[owner]?.fetch else {
            return
        }
        let (results, store, read, clock, wake) = (results, store, read, clock, wake)
        let taken = workers {
            let found = Self.find(remote, now: clock.seconds) { try read(remote.uri, policy) }
            let content = found.flatMap { set in
                Self.write(set, of: owner, to: store, at: clock.seconds)
            }
            let result = FetchResult(
                owner: owner,
                uri: remote.uri,
                fetch: fetch,
                content: content
            )
            results.withLock { $0.append(result) }
            wake()
        }
        guard !taken else { return }
        // The queue is full: the requests are answered, and the next tick tries again.
        schedule.putBack(owner)
        requests.answer(owner)
    }

    /// The body that `uri` has; blocks.
    static func get(_ uri: String, _ policy: FetchPolicy) throws -> [UInt8] {
        var policy = policy
        policy.schemes = [.https]
        policy.bytesMax = JSONWebKeySet.bytesMax
        return try Fetch.get(
            uri,
            accept: "application/jwk-set+json, application/json",
            policy: policy
        )
    }

    private static func find(
        _ remote: RegistryContents.RemoteKeys,
        now: Int64,
        _ read: () throws -> [UInt8]
    ) -> Result<FetchedKeySet, KeySetError> {
        do {
            return .success(
                try FetchedKeySet(
                    try read(),
                    from: remote.uri,
                    for: remote.method,
                    now: now
                )
            )
        } catch {
            return .failure(KeySetError(description: "\(error)"))
        }
    }

    /// Writes the set, unless the owner has another URI or method by now.
    private static func write(
        _ set: FetchedKeySet,
        of owner: KeyOwner,
        to store: any RegistrationStore,
        at now: Int64
    ) -> Result<Written, KeySetError> {
        do {
            let isNew =
                switch owner {
                case .client(let id):
                    try ClientRegistration.keep(set, for: id, in: store, by: .server, at: now)
                case .issuer(let name):
                    try set.keep(forIssuer: name, in: store, by: .server, at: now)
                }
            return .success(Written(isNew: isNew, omissions: set.omissions))
        } catch {
            return .failure(KeySetError(description: "\(error)"))
        }
    }

    // MARK: results

    private func consume(_ set: Written, _ result: FetchResult) {
        if schedule[result.owner]?.reason != nil { logInfo("a jwks_uri answers again", result) }
        if set.isNew { logInfo("keys of \(result.owner.words) fetched", result) }
        if !set.omissions.isEmpty, set.omissions != sources[result.owner]?.omissions {
            warn(of: set.omissions, result)
        }
        sources[result.owner]?.omissions = set.omissions
        sources[result.owner]?.hasKeys = true
        sources[result.owner]?.awaitsRegistry = true
    }

    private func fail(_ reason: String, _ result: FetchResult, interval: UInt64, now: UInt64) {
        let retry = RefreshSchedule<KeyOwner>.Retry(
            first: Self.retryInterval,
            limit: min(Self.retryMax, interval)
        )
        let isNew = schedule.fail(result.owner, reason, now: now, retry)
        // Throttle: each attempt of a long outage would be a line.
        log.log(
            level: isNew ? .warning : .debug,
            sources[result.owner]?.hasKeys == true
                ? "keys of \(result.owner.words) cannot be fetched; the last good ones stay"
                : "keys of \(result.owner.words) cannot be fetched, and there are none before them",
            metadata: result.metadata(reason: reason)
        )
    }

    /// Once for each set of reasons: a set is fetched again every hour.
    private func warn(of omissions: [String], _ result: FetchResult) {
        log.warning(
            "keys of \(result.owner.words) are ignored; the others of its set count",
            metadata: result.metadata(reason: omissions.joined(separator: " "))
        )
    }

    private func logInfo(_ what: Logger.Message, _ result: FetchResult) {
        log.info(what, metadata: result.metadata(reason: nil))
    }
}

extension KeyOwner {
    fileprivate var isIssuer: Bool {
        if case .issuer = self { true } else { false }
    }

    /// The kind of owner, for log lines.
    fileprivate var words: String {
        switch self {
        case .client: "a client"
        case .issuer: "a trusted issuer"
        }
    }
}

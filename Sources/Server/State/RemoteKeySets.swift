// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Storage

/// Keeps the keys of clients with a `jwks_uri` current (RFC 7591 §2, RFC 8705 §2.2.2).
///
/// The main thread's own. Workers fetch, check, and write what is good to the store, from where it
/// reaches the registry like any other change. What is not good changes nothing.
final class RemoteKeySets {
    /// A client's schedule.
    private struct Entry {
        var remote: RegistryContents.RemoteKeys
        var isPending = false
        /// Whether a set is in the store that the registry may not have yet; it is pending still.
        var awaitsRegistry = false
        var next: UInt64 = 0
        var failures = 0
        /// Why it failed last; nil after a success.
        var reason: String?
        /// Which keys of the last good set are ignored.
        var omissions: [String] = []
    }

    /// What a worker came back with.
    private struct Finding: Sendable {
        let client: String
        let uri: String
        let result: Result<Written, KeySetFailure>
    }

    /// A set that is in the store.
    private struct Written: Sendable {
        /// Whether it was not before.
        let isNew: Bool
        /// Which keys are ignored and why.
        let omissions: [String]
    }

    private struct KeySetFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// After a failure, in milliseconds; doubled each time up to a minute, or the usual interval.
    private static let retryInterval: UInt64 = 10_000
    private static let retryMax: UInt64 = 60_000
    /// In one tick; the rest has the next one, 200 ms later.
    private static let startsPerTick = 16

    private let workers: WorkerPool
    private let store: any RegistrationStore
    private let requests: KeyRequests
    /// Called by a worker that has found something.
    private let wake: @Sendable () -> Void
    private let clock: WallClock
    private let log: Logger
    private let findings = Lock<[Finding]>([])
    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    /// Clients whose keys could not be fetched when it was last tried.
    private(set) var failing: Set<String> = []

    init(
        workers: WorkerPool,
        store: any RegistrationStore,
        requests: KeyRequests,
        clock: WallClock,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.workers = workers
        self.store = store
        self.requests = requests
        self.clock = clock
        self.log = log
        self.wake = wake
    }

    /// Takes over which clients there are.
    func use(_ remote: [String: RegistryContents.RemoteKeys], interval: UInt64) {
        var new: [String: Entry] = [:]
        let now = Clock.milliseconds
        for (client, keys) in remote {
            if let old = entries[client], old.remote.uri == keys.uri,
                old.remote.method == keys.method
            {
                new[client] = old
                new[client]?.remote = keys
            } else {
                // After a start the known keys serve meanwhile, and not all are fetched at once.
                let wait = keys.wereFetched ? UInt64.random(in: 0..<max(1, interval)) : 0
                new[client] = Entry(remote: keys, next: now + wait)
            }
        }
        entries = new
        order = Array(new.keys)
        failing.formIntersection(new.keys)
    }

    /// Fetches every set again, sixteen at a time.
    func refreshAll() {
        for client in order { entries[client]?.next = 0 }
    }

    /// Starts what is due; true where something was found that `finish` takes over.
    func tick(_ policy: FetchPolicy) -> Bool {
        let now = Clock.milliseconds
        for client in requests.takeWanted() {
            guard let entry = entries[client] else {
                requests.answer(client)
                continue
            }
            if entry.isPending || entry.next <= now { requests.forgive(client) }
            // A server that does not answer is not asked more often because strangers ask us.
            if entry.failures > 0, !entry.isPending, entry.next > now {
                requests.answer(client)
            } else {
                entries[client]?.next = 0
            }
        }
        var started = 0
        for client in order where started < Self.startsPerTick {
            guard let entry = entries[client], !entry.isPending, entry.next <= now else { continue }
            started += 1
            start(client, entry.remote, policy)
        }
        return findings.withLock { !$0.isEmpty }
    }

    /// Takes note of what was found; the clients whose sets are in the store, and whose requests
    /// may go on when the registry has them.
    ///
    /// For the others there is nothing to wait for.
    func finish(interval: UInt64) -> [String] {
        var written: [String] = []
        for finding in findings.takeAll() {
            take(finding, interval)
            switch finding.result {
            case .success: written.append(finding.client)
            case .failure: requests.answer(finding.client)
            }
        }
        return written
    }

    /// The registry has what the store has of the client: its requests are decided again.
    ///
    /// Only now the set counts as fetched: a request that came in between waits with the others,
    /// and asks for no second fetch.
    func registryHas(_ client: String, interval: UInt64) {
        if entries[client]?.awaitsRegistry == true {
            entries[client]?.awaitsRegistry = false
            entries[client]?.isPending = false
            entries[client]?.next = Clock.milliseconds + interval
        }
        requests.answer(client)
    }

    private func start(
        _ client: String,
        _ remote: RegistryContents.RemoteKeys,
        _ policy: FetchPolicy
    ) {
        let (findings, store, clock, wake) = (findings, store, clock, wake)
        let taken = workers.submit {
            let result = Self.fetch(remote, policy, clock).flatMap { set in
                Self.write(set, of: client, to: store, at: clock.seconds)
            }
            findings.withLock {
                $0.append(Finding(client: client, uri: remote.uri, result: result))
            }
            wake()
        }
        if taken {
            entries[client]?.isPending = true
        } else {
            // Too many fetches wait: nobody waits for this one, and the next tick tries again.
            requests.answer(client)
        }
    }

    private static func fetch(
        _ remote: RegistryContents.RemoteKeys,
        _ policy: FetchPolicy,
        _ clock: WallClock
    ) -> Result<FetchedKeySet, KeySetFailure> {
        var policy = policy
        policy.schemes = [.https]
        policy.bytesMax = JSONWebKeySet.bytesMax
        do {
            let body = try Fetch.get(
                remote.uri,
                accept: "application/jwk-set+json, application/json",
                policy: policy
            )
            return .success(
                try FetchedKeySet(
                    body,
                    from: remote.uri,
                    for: remote.method,
                    now: clock.seconds
                )
            )
        } catch {
            return .failure(KeySetFailure(description: "\(error)"))
        }
    }

    /// Nothing is written where the client has another URI or method by now.
    private static func write(
        _ set: FetchedKeySet,
        of client: String,
        to store: any RegistrationStore,
        at now: Int64
    ) -> Result<Written, KeySetFailure> {
        do {
            let isNew = try ClientRegistration.keep(
                set,
                for: client,
                in: store,
                by: .server,
                at: now
            )
            return .success(Written(isNew: isNew, omissions: set.omissions))
        } catch {
            return .failure(KeySetFailure(description: "\(error)"))
        }
    }

    private func take(_ finding: Finding, _ interval: UInt64) {
        guard var entry = entries[finding.client] else { return }
        defer { entries[finding.client] = entry }
        guard entry.remote.uri == finding.uri else {
            entry.isPending = false
            return
        }
        do {
            let set = try finding.result.get()
            let wasFailing = entry.reason != nil
            entry.failures = 0
            entry.reason = nil
            entry.awaitsRegistry = true
            failing.remove(finding.client)
            if wasFailing { tell("a jwks_uri answers again", finding) }
            if set.isNew { tell("keys of a client fetched", finding) }
            if !set.omissions.isEmpty, set.omissions != entry.omissions {
                warn(of: set.omissions, finding)
            }
            entry.omissions = set.omissions
        } catch {
            entry.isPending = false
            entry.failures += 1
            let wait = RetryDelay.milliseconds(
                after: entry.failures,
                first: Self.retryInterval,
                most: min(Self.retryMax, interval)
            )
            entry.next = Clock.milliseconds + wait
            failing.insert(finding.client)
            let reason = "\(error)"
            let isNew = entry.reason != reason
            entry.reason = reason
            // Every attempt of a long outage would fill the log.
            log.log(
                level: isNew ? .warning : .debug,
                "keys of a client cannot be fetched; the last good ones stay",
                metadata: [
                    "client_id": "\(finding.client)", "jwks_uri": "\(finding.uri)",
                    "reason": "\(reason)",
                ]
            )
        }
    }

    /// Once for each set of reasons: a set is fetched again every hour.
    private func warn(of omissions: [String], _ finding: Finding) {
        log.warning(
            "keys of a client are ignored; the others of its set count",
            metadata: [
                "client_id": "\(finding.client)", "jwks_uri": "\(finding.uri)",
                "reason": "\(omissions.joined(separator: " "))",
            ]
        )
    }

    private func tell(_ what: Logger.Message, _ finding: Finding) {
        log.info(
            what,
            metadata: ["client_id": "\(finding.client)", "jwks_uri": "\(finding.uri)"]
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Fetch
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Storage

/// Keeps the SPIFFE bundles of trust domains current (SPIFFE_Federation §5.2.1).
///
/// One thread's own. Workers read files and URLs, write a bundle that is another one to the store,
/// and wake that thread; the bundle reaches the registry from the store like any other change, and
/// so does that of another node. A bad bundle changes nothing, and what is there ends by itself.
final class SPIFFEBundles {
    /// Reads a source; called by workers.
    typealias Read = @Sendable (String, FetchPolicy) throws -> [UInt8]
    /// Hands a job to workers; false where too many wait.
    typealias Submit = (@escaping @Sendable () -> Void) -> Bool

    /// A trust set, and the state of its source.
    private struct Source: Sendable {
        var record: TrustSetRecord
        let freshness: BundleFreshness
        /// Of a file that was read; nil for one that is to be read whatever its stamp.
        var stamp: FileStamp?
        /// The ignored keys of the last good bundle.
        var omissions: [String] = []
        /// Whether the log has said that the bundle is too old.
        var saidStale = false

        var bundle: SPIFFEBundleRecord? { record.spiffe }

        /// Whether the registered bundle is the same in both.
        func isSameBundle(as other: Source) -> Bool {
            bundle?.sequence == other.bundle?.sequence
                && record.caCertificates == other.record.caCertificates
        }
    }

    /// The result of one look by a worker.
    private struct Look: Sendable {
        let name: String
        let source: String
        /// The number of the look.
        let fetch: Int
        let content: Result<Found, BundleError>
        let stamp: FileStamp?
    }

    /// The bundle of a source, as a look found it.
    private struct Found: Sendable {
        let result: TrustSetRecord.BundleResult
        /// Seconds since 1970 of the look.
        let at: Int64
        let sequence: Int64
        /// The CAs of the bundle; 0 for a file that has not changed.
        let count: Int
        let refreshSeconds: Int
        let omissions: [String]
    }

    private struct BundleError: Error, CustomStringConvertible {
        let description: String
    }

    /// The interval at which a file's stamp is looked at, in milliseconds.
    private static let fileInterval: UInt64 = 2_000
    /// Exponential backoff of a failing source, from here up to its usual interval.
    private static let retryInterval: UInt64 = 5_000
    /// Looks within the longest staleness: two may fail before the bundle is too old.
    private static let looksPerStaleness: UInt64 = 3
    /// The interval that comes of that, in seconds: no less, and no more than a hint may be.
    private static let intervalMin: UInt64 = 10
    private static let intervalMax: UInt64 = 3_600
    /// The longest interval where clients are refused for want of a look, in seconds.
    private static let refusedMax: UInt64 = 60
    /// The store has the last look this often within the longest staleness, for the next start and
    /// for other nodes.
    private static let writesPerStaleness: Int64 = 8

    private let files: Submit
    private let urls: Submit
    private let read: Read
    private let store: any RegistrationStore
    /// Whether the store takes writes of this node.
    private let mayWrite: Bool
    private let clock: WallClock
    private let wake: @Sendable () -> Void
    private let log: Logger
    private let results = Lock<[Look]>([])
    private var sources: [String: Source] = [:]
    private var schedule = RefreshSchedule<String>()

    init(
        files: @escaping Submit,
        urls: @escaping Submit,
        store: any RegistrationStore,
        mayWrite: Bool,
        read: @escaping Read = SPIFFEBundleSource.bytes,
        clock: WallClock,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        (self.files, self.urls, self.read) = (files, urls, read)
        (self.store, self.mayWrite) = (store, mayWrite)
        (self.clock, self.log, self.wake) = (clock, log, wake)
    }

    /// The number of bundles whose last look has failed.
    var failing: Int { schedule.failing }

    /// The bundles, and how many of them are too old to go by.
    func counts(now: Int64) -> (bundles: Int, stale: Int) {
        (sources.count, sources.values.filter { !$0.freshness.isFresh(at: now) }.count)
    }

    /// When the next source is due, in milliseconds; nil where none is.
    func nextTurn() -> UInt64? { schedule.nextTurn() }

    /// Sets the trust sets with a bundle.
    func update(_ sets: [String: RegistryContents.Bundle]) {
        for name in Array(sources.keys) where sets[name] == nil {
            sources[name] = nil
            schedule.remove(name)
        }
        for (name, new) in sets {
            let old = sources[name]
            var source = Source(record: new.record, freshness: new.freshness)
            if let old, old.bundle?.source == source.bundle?.source {
                source.omissions = old.omissions
                source.saidStale = old.saidStale
                let isLowered = (old.bundle?.sequence ?? 0) > (source.bundle?.sequence ?? 0)
                // Read again: a bundle that was refused before may count now, and one that counted
                // may be older than another node's.
                source.stamp = source.isSameBundle(as: old) ? old.stamp : nil
                sources[name] = source
                if isLowered { schedule.hurry(name, again: true) }
            } else {
                sources[name] = source
                schedule.add(name, at: 0)
            }
        }
    }

    /// Makes every source due at once, and one that is being read once more after that.
    func refreshAll() {
        for name in sources.keys { sources[name]?.stamp = nil }
        schedule.hurryAll()
    }

    /// Collects the workers' results and starts the looks that are due.
    func runDue(_ policy: FetchPolicy, now: UInt64) {
        for look in results.takeAll() {
            // The trust set may have been removed meanwhile, or have another source.
            guard schedule.isUnderWay(look.name, look.fetch) else { continue }
            consume(look, now: now)
        }
        bringForward(now: now)
        for name in schedule.takeDue(now: now) { start(name, policy) }
        logStaleness()
    }

    // MARK: looks

    /// Brings looks forward that would come too late for the longest staleness.
    ///
    /// In each turn, because that may have been changed since a look was planned, and the wall
    /// clock set.
    private func bringForward(now: UInt64) {
        let seconds = clock.seconds
        for (name, source) in sources {
            guard let bundle = source.bundle else { continue }
            let share = UInt64(clamping: bundle.maxStaleness) / Self.looksPerStaleness
            let longest = min(max(share, Self.intervalMin), Self.intervalMax)
            // One that was taken over for the first time comes from the store in a moment.
            let isRefused =
                !source.freshness.isFresh(at: seconds)
                && (schedule[name]?.reason != nil || !source.record.caCertificates.isEmpty)
            let interval = isRefused ? min(longest, Self.refusedMax) : longest
            schedule.bringForward(name, to: now + interval * 1_000)
        }
    }

    private func start(_ name: String, _ policy: FetchPolicy) {
        guard let fetch = schedule[name]?.fetch, let source = sources[name],
            let place = source.bundle?.source
        else { return }
        let (results, read, wake, clock) = (results, read, wake, clock)
        let keeper = BundleKeeper(store: store, mayWrite: mayWrite)
        let submit = SPIFFEBundleSource.isFile(place) ? files : urls
        let isTaken = submit {
            var stamp: FileStamp?
            let content: Result<Found, BundleError>
            do {
                if SPIFFEBundleSource.isFile(place) { stamp = try DataFile.stamp(place) }
                content = .success(
                    try Self.find(name, source, stamp, keeper, now: clock.seconds) {
                        try read(place, policy)
                    }
                )
            } catch {
                let reason = SPIFFEBundleSource.reason(error)
                content = .failure(BundleError(description: reason))
            }
            results.withLock { all in
                all.append(
                    Look(name: name, source: place, fetch: fetch, content: content, stamp: stamp)
                )
            }
            wake()
        }
        // The queue is full: the next tick tries again.
        if !isTaken { schedule.putBack(name) }
    }

    /// Looks at a source, and has the store keep what is new; called by workers.
    private static func find(
        _ name: String,
        _ source: Source,
        _ stamp: FileStamp?,
        _ keeper: BundleKeeper,
        now: Int64,
        _ read: () throws -> [UInt8]
    ) throws -> Found {
        guard let known = source.bundle else { throw BundleError(description: "it has none") }
        let isDue =
            abs(now - known.checkedAt) >= Int64(known.maxStaleness) / Self.writesPerStaleness
        if let stamp, stamp == source.stamp {
            if isDue { try? keeper.confirm(name, at: now) }
            return Found(
                result: .same,
                at: now,
                sequence: known.sequence,
                count: 0,
                refreshSeconds: known.refreshSeconds,
                omissions: source.omissions
            )
        }
        let bytes = try read()
        let bundle = try SPIFFEBundle(bytes.span)
        var set = source.record
        var result = set.take(bundle, at: now)
        if result == .taken { result = try keeper.keep(bundle, name, known, at: now) }
        if result == .same {
            // A store that is away must not make a bundle older than it is.
            if isDue { try? keeper.confirm(name, at: now) }
        }
        return Found(
            result: result,
            at: now,
            sequence: bundle.sequence,
            count: bundle.anchors.count,
            refreshSeconds: bundle.refreshSeconds,
            omissions: bundle.omissions
        )
    }

    private func consume(_ look: Look, now: UInt64) {
        switch look.content {
        case .success(let found): take(found, look, now: now)
        case .failure(let error): fail(look, "\(error)", now: now)
        }
    }

    private func take(_ found: Found, _ look: Look, now: UInt64) {
        let usual = UInt64(found.refreshSeconds) * 1_000
        if case .older(let sequence) = found.result {
            return refuse(look, found.sequence, below: sequence, usual, now: now)
        }
        // Read once more where that was asked for meanwhile, whatever its stamp.
        let isDueAgain = schedule[look.name]?.isDueAgain == true
        sources[look.name]?.stamp = isDueAgain ? nil : look.stamp
        let isFile = SPIFFEBundleSource.isFile(look.source)
        if schedule.succeed(look.name, next: now + (isFile ? Self.fileInterval : usual)) {
            log.info("the source of a SPIFFE bundle answers again", metadata: metadata(look))
        }
        note(found, look)
    }

    private func fail(_ look: Look, _ reason: String, now: UInt64) {
        let source = sources[look.name]
        let usual =
            SPIFFEBundleSource.isFile(look.source)
            ? Self.fileInterval : UInt64(source?.bundle?.refreshSeconds ?? 300) * 1_000
        let retry = RefreshSchedule<String>.Retry(
            first: Self.retryInterval,
            limit: max(usual, Self.retryInterval)
        )
        let isNew = schedule.fail(look.name, reason, now: now, retry)
        let hasCAs = source?.record.caCertificates.isEmpty == false
        // Throttle: each attempt of a long outage would be a line.
        log.log(
            level: isNew ? .error : .debug,
            hasCAs
                ? "a SPIFFE bundle cannot be had; the last good one stays until it is too old"
                : "a SPIFFE bundle cannot be had yet; its clients are refused",
            metadata: metadata(look, ["reason": "\(reason)"])
        )
    }

    /// A bundle from before the one that is there: once for each sequence, and not at each look.
    private func refuse(
        _ look: Look,
        _ sequence: Int64,
        below known: Int64,
        _ usual: UInt64,
        now: UInt64
    ) {
        let reason = "its sequence \(sequence) is below \(known)"
        // Not remembered: the same file counts once a lower sequence is accepted.
        let retry = RefreshSchedule<String>.Retry(first: usual, limit: usual)
        let isNew = schedule.fail(look.name, reason, now: now, retry)
        log.log(
            level: isNew ? .warning : .debug,
            "a SPIFFE bundle's sequence goes back; the one that is there stays",
            metadata: metadata(
                look,
                ["sequence": "\(sequence)", "known_sequence": "\(known)"]
            )
        )
    }

    private func note(_ found: Found, _ look: Look) {
        // A bundle that was taken over comes from the store, with the time of its look.
        if found.result == .same { sources[look.name]?.freshness.confirm(at: found.at) }
        if found.result == .taken {
            log.info(
                "SPIFFE bundle taken over",
                metadata: metadata(
                    look,
                    ["sequence": "\(found.sequence)", "cas": "\(found.count)"]
                )
            )
        }
        if !found.omissions.isEmpty, found.omissions != sources[look.name]?.omissions {
            log.warning(
                "keys of a SPIFFE bundle are ignored; the others count",
                metadata: metadata(
                    look,
                    ["reason": "\(found.omissions.joined(separator: " "))"]
                )
            )
        }
        sources[look.name]?.omissions = found.omissions
    }

    private func metadata(_ look: Look, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        let domain = sources[look.name]?.bundle?.trustDomain ?? ""
        return [
            "trust_set": "\(look.name)", "trust_domain": "\(domain)", "source": "\(look.source)",
        ].merging(more) { $1 }
    }

    /// Says once that a bundle has become too old, and that it is not any more.
    private func logStaleness() {
        let now = clock.seconds
        for (name, source) in sources {
            let isStale = !source.freshness.isFresh(at: now)
            guard isStale != source.saidStale, !source.record.caCertificates.isEmpty else {
                continue
            }
            sources[name]?.saidStale = isStale
            let metadata: Logger.Metadata = [
                "trust_set": "\(name)", "trust_domain": "\(source.bundle?.trustDomain ?? "")",
                "seconds": "\(now - source.freshness.checkedAt)",
            ]
            if isStale {
                log.error("a SPIFFE bundle is too old; its clients are refused", metadata: metadata)
            } else {
                log.notice("a SPIFFE bundle is current again", metadata: metadata)
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Logging
internal import Reactor
internal import Registration
internal import Storage
internal import Telemetry
internal import Text

/// Keeps the revocation lists of trust sets current (RFC 5280 §5).
///
/// One thread's own. Workers read files and URLs, and wake the thread when they have a result. A
/// source that fails keeps its last good lists, which end by themselves.
final class RevocationLists {
    /// Reads a source; called by workers.
    typealias Read = @Sendable (String, FetchPolicy) throws -> [RevocationList]
    /// Hands a job to workers; false where too many wait.
    typealias Submit = (@escaping @Sendable () -> Void) -> Bool

    /// The last good lists of a source.
    private struct Source: Sendable {
        var lists: [RevocationList] = []
        /// The longest wait for the next look.
        var interval = RevocationListInterval([])
        var stamp: FileStamp?
    }

    /// The result of one fetch by a worker; nil lists where the file has not changed.
    private struct FetchResult: Sendable {
        let source: String
        /// The number of the fetch.
        let fetch: Int
        let content: Result<[RevocationList]?, ListSourceError>
        let stamp: FileStamp?
    }

    struct ListSourceError: Error, CustomStringConvertible {
        let description: String
    }

    /// The interval at which a file's modification time is checked, in milliseconds.
    private static let fileInterval: UInt64 = 2_000
    /// Exponential backoff of a failing source, from here up to its usual interval.
    private static let retryInterval = RevocationListInterval.shortest

    private let files: Submit
    private let urls: Submit
    private let read: Read
    private let clock: WallClock
    private let wake: @Sendable () -> Void
    private let log: Logger
    private let results = Lock<[FetchResult]>([])
    private var sources: [String: Source] = [:]
    private var schedule = RefreshSchedule<String>()
    private var sets: [String: RegistryContents.TrustSet] = [:]
    /// The lists whose end is logged already.
    private var ended: Set<Digest256> = []
    private static let endedMax = 10_000
    /// A name has 64 characters at most.
    private static let namesMax = 16

    /// `files` reads files, `urls` fetches; `wake` is called by a worker that has found something.
    init(
        files: @escaping Submit,
        urls: @escaping Submit,
        read: @escaping Read = RevocationListSource.read,
        clock: WallClock,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.files = files
        self.urls = urls
        self.read = read
        self.clock = clock
        self.log = log
        self.wake = wake
    }

    /// Whether a source has not been tried yet.
    var isWaiting: Bool { schedule.isUntried }

    /// When the next source is due, in milliseconds; nil where none is.
    func nextTurn() -> UInt64? { schedule.nextTurn() }

    /// Lists in use, and how many of them have ended.
    func counts(now: Int64) -> (lists: Int, stale: Int) {
        let all = sources.values.flatMap(\.lists)
        return (all.count, all.filter { $0.nextUpdate < now }.count)
    }

    /// When each list in use ends, and for which trust sets it is there.
    var ends: [RevocationListEnd] {
        let users = users
        return sources.flatMap { source, content in
            content.lists.map { list in
                RevocationListEnd(
                    source: source,
                    issuer: list.issuer,
                    nextUpdate: list.nextUpdate,
                    trustSets: users[source] ?? []
                )
            }
        }
    }

    /// The names of the trust sets of each source, in order.
    private var users: [String: [String]] {
        var users: [String: [String]] = [:]
        for (name, set) in sets {
            for source in set.record.sources { users[source, default: []].append(name) }
        }
        return users.mapValues { $0.sorted() }
    }

    /// The trust sets of a source for the log, as many as a line has room for.
    private func names(of source: String) -> String {
        let names = users[source] ?? []
        let more = names.count - Self.namesMax
        return names.prefix(Self.namesMax).joined(separator: " ")
            + (more > 0 ? " and \(more) more" : "")
    }

    /// Sets the trust sets.
    func update(_ sets: [String: RegistryContents.TrustSet]) {
        self.sets = sets.filter { Revocation.Mode(rawValue: $0.value.record.revocation) != nil }
        let wanted = Set(self.sets.values.flatMap(\.record.sources))
        for source in sources.keys where !wanted.contains(source) {
            sources[source] = nil
            schedule.remove(source)
        }
        for source in wanted where sources[source] == nil {
            sources[source] = Source()
            schedule.add(source, at: 0)
        }
    }

    /// Makes every source due at once, and one that is being read once more after that.
    func refreshAll() {
        for source in sources.keys { sources[source]?.stamp = nil }
        schedule.hurryAll()
    }

    /// Collects the workers' results and starts the fetches that are due; whether any list changed.
    func runDue(_ policy: FetchPolicy, interval: UInt64, now: UInt64) -> Bool {
        let changed = consumeResults(interval: interval, now: now)
        bringForward(now: now)
        for name in schedule.takeDue(now: now) { start(name, policy) }
        warnOfEndedLists()
        return changed
    }

    /// The revocation data of each trust set.
    ///
    /// Fails closed: until every source was tried once, no certificate passes without a list.
    func revocations() -> [String: Revocation] {
        sets.compactMapValues { set in
            Revocation.Mode(rawValue: set.record.revocation).map { mode in
                let names = set.record.sources
                let wereTried = names.allSatisfy { schedule[$0]?.wasTried ?? true }
                return Revocation(
                    mode: wereTried ? mode : .hard,
                    lists: names.compactMap { sources[$0] }.flatMap(\.lists)
                )
            }
        }
    }

    // MARK: sources

    /// Brings looks forward that would come too late for the end of a list.
    ///
    /// In each turn, because the wall clock may have been set since a look was planned.
    private func bringForward(now: UInt64) {
        let seconds = clock.seconds
        for (name, source) in sources {
            schedule.bringForward(name, to: now + source.interval.milliseconds(now: seconds))
        }
    }

    private func start(_ name: String, _ policy: FetchPolicy) {
        guard let fetch = schedule[name]?.fetch else { return }
        let (results, read, clock, wake) = (results, read, clock, wake)
        let source = sources[name] ?? Source()
        let anchors = sets.values.filter { $0.record.sources.contains(name) }
            .flatMap(\.verifier.anchors)
        let submit = RevocationListSource.isFile(name) ? files : urls
        let taken = submit {
            let (content, stamp) = Self.find(name, after: source, anchors, clock) {
                try read(name, policy)
            }
            let result = FetchResult(source: name, fetch: fetch, content: content, stamp: stamp)
            results.withLock { $0.append(result) }
            wake()
        }
        // The queue is full: the next tick tries again.
        if !taken { schedule.putBack(name) }
    }

    private static func find(
        _ source: String,
        after known: Source,
        _ anchors: [Certificate],
        _ clock: WallClock,
        _ read: () throws -> [RevocationList]
    ) -> (Result<[RevocationList]?, ListSourceError>, FileStamp?) {
        var stamp: FileStamp?
        do {
            if RevocationListSource.isFile(source) {
                stamp = try DataFile.stamp(source)
                if stamp == known.stamp { return (.success(nil), stamp) }
            }
            let lists = try read().map { list in
                // The known list has its signer's proof already.
                known.lists.first { $0.digest == list.digest } ?? list
            }
            try check(lists, after: known, anchors, now: clock.seconds)
            return (.success(lists + kept(known.lists, beside: lists, anchors)), stamp)
        } catch {
            let reason = RevocationListSource.reason(error)
            return (.failure(ListSourceError(description: reason)), stamp)
        }
    }

    /// Throws for lists that must not take the place of the last good ones.
    ///
    /// One of an intermediate, which only clients send, is verified when it is used; until then it
    /// proves nothing, and takes no proven one's place.
    private static func check(
        _ lists: [RevocationList],
        after known: Source,
        _ anchors: [Certificate],
        now: Int64
    ) throws(ListSourceError) {
        func issuers(_ list: RevocationList) -> [Certificate] {
            anchors.filter { $0.subject.canonical == list.issuer }
        }
        for list in lists {
            // A list that has ended, or not begun, still revokes its entries.
            if case .never(let reason) = list.status(under: anchors, now: now) {
                throw ListSourceError(description: reason)
            }
        }
        for old in known.lists where !issuers(old).isEmpty {
            let successors = lists.filter { $0.issuer == old.issuer }
            guard !successors.isEmpty else {
                throw ListSourceError(description: "it has no list of \(old.issuer) any more")
            }
            // A replayed list from before a revocation must not replace the newer one.
            guard successors.contains(where: { $0.thisUpdate >= old.thisUpdate }) else {
                throw ListSourceError(description: "it is older than the one in use")
            }
        }
    }

    /// Lists of intermediates that have proven themselves, where their successors have not yet.
    private static func kept(
        _ old: [RevocationList],
        beside new: [RevocationList],
        _ anchors: [Certificate]
    ) -> [RevocationList] {
        let kept = old.filter { old in
            old.isProven && !anchors.contains { $0.subject.canonical == old.issuer }
                && !new.contains { $0.digest == old.digest }
                && !new.contains { $0.issuer == old.issuer && $0.isProven }
        }
        return Array(kept.suffix(RevocationList.countMax))
    }

    private func consumeResults(interval: UInt64, now: UInt64) -> Bool {
        var changed = false
        for result in results.takeAll() {
            // The trust set may have been removed meanwhile, or added again with other CAs.
            guard schedule.isUnderWay(result.source, result.fetch) else { continue }
            if schedule[result.source]?.wasTried == false { changed = true }
            if consume(result, interval: interval, now: now) { changed = true }
        }
        return changed
    }

    /// Applies the result of one source; whether that changed its lists.
    private func consume(_ result: FetchResult, interval: UInt64, now: UInt64) -> Bool {
        let isFile = RevocationListSource.isFile(result.source)
        let usual = isFile ? Self.fileInterval : interval
        switch result.content {
        case .success(let lists):
            // Read once more where that was asked for meanwhile, whatever its stamp.
            let isDueAgain = schedule[result.source]?.isDueAgain == true
            if schedule.succeed(result.source, next: now + usual) {
                log.info(
                    "a source of revocation lists answers again",
                    metadata: ["source": "\(result.source)"]
                )
            }
            let known = sources[result.source]?.lists ?? []
            sources[result.source]?.stamp = isDueAgain ? nil : result.stamp
            guard let lists else { return false }
            sources[result.source]?.lists = lists
            sources[result.source]?.interval = RevocationListInterval(lists)
            guard lists.map(\.digest) != known.map(\.digest) else { return false }
            logUpdate(result.source, lists)
            return true
        case .failure(let failure):
            let retry = RefreshSchedule<String>.Retry(
                first: Self.retryInterval,
                limit: max(usual, Self.retryInterval)
            )
            let isNew = schedule.fail(result.source, failure.description, now: now, retry)
            let hasLists = sources[result.source]?.lists.isEmpty == false
            logFailure(result.source, failure, isNew: isNew, hasLists: hasLists)
            return false
        }
    }

    // MARK: the log

    private func logUpdate(_ source: String, _ lists: [RevocationList]) {
        for list in lists {
            log.info(
                "revocation list taken over",
                metadata: [
                    "source": "\(source)", "issuer": "\(list.issuer)",
                    "entries": "\(list.entryCount)",
                    "next_update": "\(TimestampText.text(list.nextUpdate))",
                ]
            )
            let isKnown = sets.values.contains { set in
                set.record.sources.contains(source)
                    && set.verifier.anchors.contains { $0.subject.canonical == list.issuer }
            }
            guard !isKnown else { continue }
            log.notice(
                "the issuer of a revocation list is no CA of its trust set",
                metadata: ["source": "\(source)", "issuer": "\(list.issuer)"]
            )
        }
    }

    /// Warns once for each list that has ended.
    ///
    /// Fails closed: `hard` refuses its clients from then on.
    private func warnOfEndedLists() {
        let now = clock.seconds
        for (name, source) in sources {
            for list in source.lists where list.nextUpdate < now {
                guard ended.insert(list.digest).inserted else { continue }
                log.warning(
                    "a revocation list has ended; hard revocation refuses its clients",
                    metadata: [
                        "source": "\(name)", "issuer": "\(list.issuer)",
                        "trust_sets": "\(names(of: name))",
                    ]
                )
            }
        }
        if ended.count > Self.endedMax { ended.removeAll() }
    }

    private func logFailure(
        _ source: String,
        _ failure: ListSourceError,
        isNew: Bool,
        hasLists: Bool
    ) {
        // Throttle: each attempt of a long outage would be a line.
        log.log(
            level: isNew ? .error : .debug,
            hasLists
                ? "a revocation list cannot be had; the last good one stays until it ends"
                : "a revocation list cannot be had yet; hard revocation refuses its clients",
            metadata: [
                "source": "\(source)", "trust_sets": "\(names(of: source))",
                "reason": "\(failure)",
            ]
        )
    }
}

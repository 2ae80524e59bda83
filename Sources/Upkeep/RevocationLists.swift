// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Logging
internal import Reactor
internal import Registration
internal import Storage
internal import Text

/// Keeps the revocation lists of trust sets current (RFC 5280 §5).
///
/// One thread's own. Files and URLs are read by workers, which wake it when they have found
/// something. A source that fails keeps its last good lists, which end by themselves.
final class RevocationLists {
    /// Reads a source; called by workers.
    typealias Read = @Sendable (String, FetchPolicy) throws -> [RevocationList]
    /// Hands a job to workers; false where too many wait.
    typealias Submit = (@escaping @Sendable () -> Void) -> Bool

    /// What a source has said so far.
    private struct Source: Sendable {
        var lists: [RevocationList] = []
        var stamp: FileStamp?
    }

    /// What a worker found; nil lists where the file is as it was.
    private struct Finding: Sendable {
        let source: String
        /// Which fetch has found it.
        let fetch: Int
        let result: Result<[RevocationList]?, SourceFailure>
        let stamp: FileStamp?
    }

    struct SourceFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// A file's time of change is looked at so often, in milliseconds.
    private static let fileInterval: UInt64 = 2_000
    /// A source that fails is asked again after this long, and doubly so each time, up to its
    /// usual interval.
    private static let retryInterval: UInt64 = 5_000

    private let files: Submit
    private let urls: Submit
    private let read: Read
    private let clock: WallClock
    private let wake: @Sendable () -> Void
    private let log: Logger
    private let findings = Lock<[Finding]>([])
    private var sources: [String: Source] = [:]
    private var schedule = RefreshSchedule<String>()
    private var sets: [String: RegistryContents.TrustSet] = [:]
    /// The lists whose end the log has.
    private var ended: Set<Digest256> = []
    private static let endedMax = 10_000

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

    /// Takes over the trust sets as they are now.
    func use(_ sets: [String: RegistryContents.TrustSet]) {
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

    /// Asks every source again, whenever it was asked last.
    func refreshAll() {
        for source in sources.keys { sources[source]?.stamp = nil }
        schedule.hurryAll()
    }

    /// Starts what is due and takes over what was found; whether that changed any list.
    func tick(_ policy: FetchPolicy, interval: UInt64, now: UInt64) -> Bool {
        let changed = takeFindings(interval: interval, now: now)
        for name in schedule.takeDue(now: now) { start(name, policy) }
        tellOfEnds()
        return changed
    }

    /// What is revoked, by trust set.
    ///
    /// Until every source was tried once, nobody is let in for want of a list.
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

    private func start(_ name: String, _ policy: FetchPolicy) {
        guard let fetch = schedule[name]?.fetch else { return }
        let (findings, read, clock, wake) = (findings, read, clock, wake)
        let source = sources[name] ?? Source()
        let anchors = sets.values.filter { $0.record.sources.contains(name) }
            .flatMap(\.verifier.anchors)
        let submit = RevocationListSource.isFile(name) ? files : urls
        let taken = submit {
            let (result, stamp) = Self.find(name, after: source, anchors, clock) {
                try read(name, policy)
            }
            let finding = Finding(source: name, fetch: fetch, result: result, stamp: stamp)
            findings.withLock { $0.append(finding) }
            wake()
        }
        // With a full queue the next tick tries again.
        if !taken { schedule.putBack(name) }
    }

    private static func find(
        _ source: String,
        after known: Source,
        _ anchors: [Certificate],
        _ clock: WallClock,
        _ read: () throws -> [RevocationList]
    ) -> (Result<[RevocationList]?, SourceFailure>, FileStamp?) {
        var stamp: FileStamp?
        do {
            if RevocationListSource.isFile(source) {
                stamp = try DataFile.stamp(source)
                if stamp == known.stamp { return (.success(nil), stamp) }
            }
            let lists = try read().map { list in
                // The same list knows already who has signed it.
                known.lists.first { $0.digest == list.digest } ?? list
            }
            try check(lists, after: known, anchors, now: clock.seconds)
            return (.success(lists + kept(known.lists, beside: lists, anchors)), stamp)
        } catch {
            let reason = RevocationListSource.reason(error)
            return (.failure(SourceFailure(description: reason)), stamp)
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
    ) throws(SourceFailure) {
        func issuers(_ list: RevocationList) -> [Certificate] {
            anchors.filter { $0.subject.canonical == list.issuer }
        }
        for list in lists {
            // One that has ended, or not begun, still revokes those whom it names.
            if case .never(let reason) = list.status(under: anchors, now: now) {
                throw SourceFailure(description: reason)
            }
        }
        for old in known.lists where !issuers(old).isEmpty {
            let successors = lists.filter { $0.issuer == old.issuer }
            guard !successors.isEmpty else {
                throw SourceFailure(description: "it has no list of \(old.issuer) any more")
            }
            // Somebody may hand out a list from before a revocation.
            guard successors.contains(where: { $0.thisUpdate >= old.thisUpdate }) else {
                throw SourceFailure(description: "it is older than the one in use")
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

    private func takeFindings(interval: UInt64, now: UInt64) -> Bool {
        var changed = false
        for finding in findings.takeAll() {
            // Its trust set may have gone meanwhile, or have come back with other authorities.
            guard schedule.isUnderWay(finding.source, finding.fetch) else { continue }
            if schedule[finding.source]?.wasTried == false { changed = true }
            if take(finding, interval: interval, now: now) { changed = true }
        }
        return changed
    }

    /// Takes over what was found of one source; whether that changed its lists.
    private func take(_ finding: Finding, interval: UInt64, now: UInt64) -> Bool {
        let isFile = RevocationListSource.isFile(finding.source)
        let usual = isFile ? Self.fileInterval : interval
        switch finding.result {
        case .success(let lists):
            if schedule.succeed(finding.source, next: now + usual) {
                log.info(
                    "a source of revocation lists answers again",
                    metadata: ["source": "\(finding.source)"]
                )
            }
            let known = sources[finding.source]?.lists ?? []
            sources[finding.source]?.stamp = finding.stamp
            guard let lists else { return false }
            sources[finding.source]?.lists = lists
            guard lists.map(\.digest) != known.map(\.digest) else { return false }
            tell(finding.source, lists)
            return true
        case .failure(let failure):
            let retry = RefreshSchedule<String>.Retry(
                first: Self.retryInterval,
                most: max(usual, Self.retryInterval)
            )
            let isNew = schedule.fail(finding.source, failure.description, now: now, retry)
            let hasLists = sources[finding.source]?.lists.isEmpty == false
            tell(finding.source, failure, isNew: isNew, hasLists: hasLists)
            return false
        }
    }

    // MARK: the log

    private func tell(_ source: String, _ lists: [RevocationList]) {
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
                "a revocation list is of no authority of its trust set",
                metadata: ["source": "\(source)", "issuer": "\(list.issuer)"]
            )
        }
    }

    /// Once for each list: what goes by it in `hard` is refused from then on.
    private func tellOfEnds() {
        let now = clock.seconds
        for (name, source) in sources {
            for list in source.lists where list.nextUpdate < now {
                guard ended.insert(list.digest).inserted else { continue }
                log.warning(
                    "a revocation list has ended; hard revocation refuses its clients",
                    metadata: ["source": "\(name)", "issuer": "\(list.issuer)"]
                )
            }
        }
        if ended.count > Self.endedMax { ended.removeAll() }
    }

    private func tell(
        _ source: String,
        _ failure: SourceFailure,
        isNew: Bool,
        hasLists: Bool
    ) {
        // Every attempt of a long outage would fill the log.
        log.log(
            level: isNew ? .error : .debug,
            hasLists
                ? "a revocation list cannot be had; the last good one stays until it ends"
                : "a revocation list cannot be had, and there is none yet",
            metadata: ["source": "\(source)", "reason": "\(failure)"]
        )
    }
}

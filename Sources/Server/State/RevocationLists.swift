internal import Cryptography
internal import Fetch
internal import Logging
internal import Reactor
internal import Store

/// Keeps the revocation lists of trust sets current (RFC 5280 §5).
///
/// The main thread's own. Files and URLs are read by workers; what they found is taken over at the
/// next tick. A source that fails keeps its last good lists, which end by themselves.
final class RevocationLists {
    /// What a source has said so far.
    private struct Source: Sendable {
        var lists: [RevocationList] = []
        var stamp: FileStamp?
        var isPending = false
        var next: UInt64 = 0
        var failures = 0
    }

    /// What a worker found; nil lists where the file is as it was.
    private struct Finding: Sendable {
        let source: String
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
    /// Longest list that is fetched or read.
    private static let bytesMax = 8 << 20

    private let workers: WorkerPool
    private let log: Logger
    private let findings = Lock<[Finding]>([])
    private var sources: [String: Source] = [:]
    private var sets: [String: RegistryLoader.TrustSet] = [:]

    init(workers: WorkerPool, log: Logger) {
        self.workers = workers
        self.log = log
    }

    /// Whether a source has not been read yet, or is being read.
    var isWaiting: Bool {
        sources.values.contains { $0.isPending || $0.next == 0 }
    }

    /// Lists in use, and how many of them have ended.
    func counts(now: Int64) -> (lists: Int, stale: Int) {
        let all = sources.values.flatMap(\.lists)
        return (all.count, all.filter { $0.nextUpdate < now }.count)
    }

    /// Takes over the trust sets as they are now.
    func use(_ sets: [String: RegistryLoader.TrustSet]) {
        self.sets = sets.filter { Revocation.Mode(rawValue: $0.value.record.revocation) != nil }
        let wanted = Set(self.sets.values.flatMap(\.record.sources))
        sources = sources.filter { wanted.contains($0.key) }
        for source in wanted where sources[source] == nil { sources[source] = Source() }
    }

    /// Asks every source again, whenever it was asked last.
    func refreshAll() {
        for source in sources.keys {
            sources[source]?.next = 0
            sources[source]?.stamp = nil
        }
    }

    /// Starts what is due and takes over what was found; what is revoked now, where that changed.
    func tick(_ policy: FetchPolicy, interval: UInt64) -> [String: Revocation]? {
        let changed = takeFindings(interval: interval)
        let now = Clock.milliseconds
        for (name, source) in sources where !source.isPending && source.next <= now {
            start(name, source, policy)
        }
        return changed ? revocations() : nil
    }

    /// What is revoked, by trust set.
    func revocations() -> [String: Revocation] {
        sets.compactMapValues { set in
            Revocation.Mode(rawValue: set.record.revocation).map { mode in
                Revocation(
                    mode: mode,
                    lists: set.record.sources.flatMap { sources[$0]?.lists ?? [] }
                )
            }
        }
    }

    // MARK: sources

    private func start(_ name: String, _ source: Source, _ policy: FetchPolicy) {
        let findings = findings
        let anchors = sets.values.filter { $0.record.sources.contains(name) }
            .flatMap(\.verifier.anchors)
        let taken = workers.submit {
            let (result, stamp) = Self.read(name, after: source, anchors, policy)
            findings.withLock { $0.append(Finding(source: name, result: result, stamp: stamp)) }
        }
        // With a full queue the next tick tries again.
        if taken { sources[name]?.isPending = true }
    }

    private static func read(
        _ source: String,
        after known: Source,
        _ anchors: [Certificate],
        _ policy: FetchPolicy
    ) -> (Result<[RevocationList]?, SourceFailure>, FileStamp?) {
        var stamp: FileStamp?
        do {
            let bytes: [UInt8]
            if source.hasPrefix("/") {
                stamp = try DataFile.stamp(source)
                if stamp == known.stamp { return (.success(nil), stamp) }
                bytes = try DataFile.read(source, upTo: bytesMax)
            } else {
                var policy = policy
                policy.schemes = [.https, .http]
                policy.bytesMax = bytesMax
                // The operator has named it; its content is signed.
                policy.allowsPrivateAddresses = true
                bytes = try Fetch.get(source, accept: "application/pkix-crl", policy: policy)
            }
            let lists = try RevocationList.read(bytes).map { list in
                // The same list knows already who has signed it.
                known.lists.first { $0.digest == list.digest } ?? list
            }
            for list in lists { try check(list, after: known, anchors) }
            return (.success(lists), stamp)
        } catch {
            return (.failure(SourceFailure(description: "\(error)")), stamp)
        }
    }

    /// Throws for a list that must not take the place of the last good one.
    ///
    /// One of an intermediate, which only clients send, is verified when it is used.
    private static func check(
        _ list: RevocationList,
        after known: Source,
        _ anchors: [Certificate]
    ) throws(SourceFailure) {
        let issuers = anchors.filter { $0.subject.canonical == list.issuer }
        guard issuers.isEmpty || issuers.contains(where: { list.isSigned(by: $0) }) else {
            throw SourceFailure(description: "it is not signed by \(list.issuer)")
        }
        // Somebody may hand out a list from before a revocation.
        let isOlder = known.lists.contains {
            $0.issuer == list.issuer && $0.thisUpdate > list.thisUpdate
        }
        guard !isOlder else {
            throw SourceFailure(description: "it is older than the one in use")
        }
    }

    private func takeFindings(interval: UInt64) -> Bool {
        let found = findings.withLock { findings in
            let all = findings
            if !all.isEmpty { findings = [] }
            return all
        }
        var changed = false
        for finding in found {
            // Its trust set may have gone meanwhile.
            guard var source = sources[finding.source] else { continue }
            source.isPending = false
            let usual = finding.source.hasPrefix("/") ? Self.fileInterval : interval
            switch finding.result {
            case .success(let lists):
                source.failures = 0
                source.stamp = finding.stamp
                source.next = Clock.milliseconds + usual
                guard let lists else { break }
                if lists.map(\.digest) != source.lists.map(\.digest) {
                    changed = true
                    tell(finding.source, lists)
                }
                source.lists = lists
            case .failure(let failure):
                source.failures += 1
                let wait = Self.retryInterval << UInt64(min(source.failures - 1, 10))
                source.next = Clock.milliseconds + min(wait, max(usual, Self.retryInterval))
                tell(finding.source, failure, isFirst: source.failures == 1)
            }
            sources[finding.source] = source
        }
        return changed
    }

    // MARK: the log

    private func tell(_ source: String, _ lists: [RevocationList]) {
        for list in lists {
            log.info(
                "revocation list taken over",
                metadata: [
                    "source": "\(source)", "issuer": "\(list.issuer)",
                    "entries": "\(list.entryCount)",
                    "next_update": "\(LogTime.text(list.nextUpdate))",
                ]
            )
            if list.nextUpdate < Clock.epochSeconds {
                log.warning("a revocation list has ended", metadata: ["source": "\(source)"])
            }
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

    private func tell(_ source: String, _ failure: SourceFailure, isFirst: Bool) {
        // Every attempt of a long outage would fill the log.
        let level: Logger.Level = isFirst ? .error : .debug
        log.log(
            level: level,
            "a revocation list cannot be had; the last good one stays until it ends",
            metadata: ["source": "\(source)", "reason": "\(failure)"]
        )
    }
}

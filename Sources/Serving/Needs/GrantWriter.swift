// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Reactor
internal import Snapshots
internal import Storage
internal import Telemetry

/// Makes changes of grants durable, those of all reactors, many in one transaction, on a thread of
/// its own; removes rows that have ended.
///
/// The answer to a request that changes a grant leaves after the change is in the store. Fails
/// closed: where the store cannot be written, these requests are refused, and no others.
final class GrantWriter: Sendable {
    /// Writes that wait: about a second of a server that does little else.
    static let queueMax = 8_192
    /// In one transaction: some tens of milliseconds (Decision 0044), in which other writers wait.
    private static let groupMax = 1_024
    /// Ended rows that one transaction removes: some milliseconds, in which writes wait.
    private static let removedMax = 512
    /// The interval at which rows are removed, in milliseconds, while fewer end than that.
    private static let removalInterval: UInt64 = 1_000
    /// The interval at which the revocations of other nodes are read, in milliseconds: a token that
    /// one node has revoked is revoked on every node within a second.
    private static let readingInterval: UInt64 = 300
    /// The interval of the log's lines about grants without room, in milliseconds.
    private static let fullInterval: UInt64 = 60_000
    /// The interval at which a node's snapshot of them is written anew where that is needed.
    private static let snapshotInterval: UInt64 = 60_000

    /// The write that a request waits for.
    enum Work: Sendable {
        case grant(GrantWrite)
        case audit(Impersonation)
    }

    private struct Item: Sendable {
        let work: Work
        let caller: NeedCaller
    }

    private struct Write: Sendable {
        let write: GrantWrite
        let caller: NeedCaller
    }

    private struct Row: Sendable {
        let impersonation: Impersonation
        let caller: NeedCaller
    }

    private let queue = GroupQueue<Item>(
        countMax: GrantWriter.queueMax,
        groupMax: GrantWriter.groupMax
    )
    private let store: any GrantStore
    private let revocations: RevokedTokens
    private let recent: RecentFamilies
    private let gauges: Gauges
    private let snapshot: NodeSnapshot?
    private let mayWrite: Bool
    private let clock: WallClock
    /// Both clocks at the start.
    private let slower: SlowerClock
    /// The place behind the revocations that are known; nil where no other node makes any.
    private let position: Int64?
    /// When they were read last, where the node starts from a snapshot.
    private let unreadSince: Int64?
    private let log: Logger

    /// Starts the thread, which adds to `revocations` and `recent` what it has written of them.
    init(
        _ store: any GrantStore,
        _ revocations: RevokedTokens,
        _ recent: RecentFamilies,
        _ gauges: Gauges,
        snapshot: NodeSnapshot? = nil,
        mayWrite: Bool = true,
        readingAfter position: Int64?,
        unreadFor milliseconds: UInt64? = nil,
        clock: WallClock,
        log: Logger
    ) throws(SystemError) {
        self.store = store
        self.revocations = revocations
        self.recent = recent
        self.gauges = gauges
        self.snapshot = snapshot
        self.mayWrite = mayWrite
        self.position = position
        unreadSince = milliseconds.map { Clock.bootMoment(before: $0) }
        self.clock = clock
        self.log = log
        slower = SlowerClock(wall: clock.seconds, steady: Clock.steadySeconds)
        try queue.start("grants") { self.work() }
    }

    /// Hands a write over, to be answered at the caller's reactor; false where too many wait.
    func write(_ work: Work, for caller: NeedCaller) -> Bool {
        queue.add(Item(work: work, caller: caller))
    }

    /// Writes the queue, then ends the thread and waits for that.
    func stop() { queue.stop() }

    // MARK: the thread

    /// State of the thread from one group to the next.
    private struct Progress {
        var slower: SlowerClock
        var writing: StoreErrorLog
        var removing: StoreErrorLog
        var auditing: StoreErrorLog
        /// When the log may say once more that a revocation found no room.
        var saysRevocationsFullAt: UInt64 = 0
        /// The same of codes and pushed requests.
        var saysGrantsFullAt: UInt64 = 0
        var removesAt = Clock.milliseconds
        /// The place behind the revocations that are known; nil where no other node makes any.
        var position: Int64?
        /// When they were read last, where they cannot be read, in milliseconds since the machine's
        /// start.
        var unreadSince: Int64?
        var readsAt = Clock.milliseconds
        var reading: StoreErrorLog
        /// When the snapshot may be written anew.
        var snapshotIsDueAt = Clock.milliseconds
        /// The shard of the revocations that is swept next.
        var turn = 0
    }

    private func work() {
        var progress = Progress(
            slower: slower,
            writing: StoreErrorLog(
                log,
                "grants cannot be kept; codes, refresh tokens and revocations are refused",
                end: "grants are kept again"
            ),
            removing: StoreErrorLog(
                log,
                "grants that have ended cannot be removed",
                end: "grants that have ended are removed again"
            ),
            auditing: StoreErrorLog(
                log,
                "impersonations cannot be written to the audit; they are refused",
                end: "impersonations are written to the audit again"
            ),
            position: position,
            unreadSince: unreadSince,
            reading: StoreErrorLog(
                log,
                "the revocations of other nodes cannot be read",
                end: "the revocations of other nodes are read again"
            )
        )
        while true {
            let now = Clock.milliseconds
            let next =
                progress.position == nil
                ? progress.removesAt : min(progress.removesAt, progress.readsAt)
            let pause = next > now ? next - now : 0
            guard let group = queue.take(within: Int(pause)) else { return }
            let began = Clock.milliseconds
            let (writes, rows) = Self.parts(of: group)
            if !writes.isEmpty { perform(writes, &progress) }
            if !rows.isEmpty { record(rows, &progress) }
            if Clock.milliseconds >= progress.removesAt { removeEnded(&progress) }
            if Clock.milliseconds >= progress.readsAt { readRevocations(&progress) }
            queue.rest(after: began)
        }
    }

    private static func parts(of group: [Item]) -> ([Write], [Row]) {
        var parts: (writes: [Write], rows: [Row]) = ([], [])
        for item in group {
            switch item.work {
            case .grant(let write): parts.writes.append(Write(write: write, caller: item.caller))
            case .audit(let row):
                parts.rows.append(Row(impersonation: row, caller: item.caller))
            }
        }
        return parts
    }

    /// A transaction of its own: revocations are written where the audit cannot be.
    private func record(_ rows: [Row], _ progress: inout Progress) {
        let results = rows.results(halvedBy: .invalid) { rows throws(StoreError) in
            try store.record(rows.map(\.impersonation), at: clock.seconds)
            return rows.map { _ in GrantWriteResult.done }
        }
        var answers = NeedAnswers()
        for (row, result) in zip(rows, results) {
            switch result {
            case .success(let result): answers.add(.grant(result), for: row.caller)
            case .failure: answers.add(GrantNeed.unkept, for: row.caller)
            }
        }
        answers.post()
        progress.auditing.note(results)
    }

    private func perform(_ group: [Write], _ progress: inout Progress) {
        // A record that breaks a rule of the store is the failure of its own request.
        let results = group.results(halvedBy: .invalid) { writes throws(StoreError) in
            let results = try store.perform(writes.map(\.write))
            gauges.grantTransactions.add(1)
            gauges.grantWrites.add(results.count)
            return results
        }
        if let snapshot {
            let pairs = zip(group, results)
            snapshot.append(pairs.compactMap { Self.revocation($0.write, $1) })
        }
        var answers = NeedAnswers()
        for (write, result) in zip(group, results) {
            switch result {
            case .success(let result):
                note(result, write.write, &progress)
                answers.add(.grant(result), for: write.caller)
            case .failure: answers.add(GrantNeed.unkept, for: write.caller)
            }
        }
        answers.post()
        progress.writing.note(results)
    }

    /// The token that a write has revoked.
    private static func revocation(
        _ write: GrantWrite,
        _ result: Result<GrantWriteResult, StoreError>
    ) -> RevokedToken? {
        guard case .success(.done) = result else { return nil }
        switch write {
        case .revokeGrant(let token), .revokeToken(let token): return token
        default: return nil
        }
    }

    /// Notes what the store has judged, before its answer leaves: a revocation counts from then on,
    /// and what finds no room is said, for which OAuth has the refusal.
    private func note(
        _ result: GrantWriteResult,
        _ write: GrantWrite,
        _ progress: inout Progress
    ) {
        recent.note(write, result)
        switch write {
        case .revokeGrant(let token), .revokeToken(let token):
            if result == .done { revocations.add(token) }
            guard result == .full, Self.isDue(&progress.saysRevocationsFullAt) else { return }
            log.error(
                "no more tokens can be revoked until some have expired",
                metadata: ["revoked": "\(revocations.count)"]
            )
        case .push(let request):
            if result == .full { noteFull(of: request.clientID, &progress) }
        case .addCode(let code, from: _):
            if result == .full { noteFull(of: code.access.clientID, &progress) }
        case .useCode, .addRefreshFamily, .rotateRefreshToken, .extendRefreshFamily: break
        }
    }

    private func noteFull(of client: String, _ progress: inout Progress) {
        guard Self.isDue(&progress.saysGrantsFullAt) else { return }
        log.error(
            "no more authorization requests are kept until some have ended",
            metadata: ["client_id": "\(client)"]
        )
    }

    /// Whether a line may be written now; sets when the next one may.
    private static func isDue(_ moment: inout UInt64) -> Bool {
        let now = Clock.milliseconds
        guard now >= moment else { return false }
        moment = now + fullInterval
        return true
    }

    private func readRevocations(_ progress: inout Progress) {
        guard let position = progress.position else { return }
        progress.readsAt = Clock.milliseconds + Self.readingInterval
        let began = Clock.bootMoment()
        do {
            let found = try store.revocations(after: position)
            // Those that this node has written are known.
            let news = found.tokens.filter { !revocations.contains($0) }
            snapshot?.append(news)
            for token in news { revocations.add(token) }
            try writeSnapshot(&progress)
            progress.position = found.position
            progress.unreadSince = nil
            progress.reading.end()
        } catch {
            progress.unreadSince = progress.unreadSince ?? began
            // The database that comes back may be another one, with another history.
            progress.position = 0
            progress.reading.note(error)
        }
        let seconds = progress.unreadSince.map { (Clock.bootMoment() - $0) / 1_000 }
        gauges.revocationsUnreadSeconds.set(Int(seconds ?? 0))
        snapshot?.noteRevocations(isLate: seconds != nil)
    }

    private func writeSnapshot(_ progress: inout Progress) throws {
        guard let snapshot, snapshot.needsNewRevocations,
            Clock.milliseconds >= progress.snapshotIsDueAt
        else { return }
        progress.snapshotIsDueAt = Clock.milliseconds + Self.snapshotInterval
        try snapshot.replaceRevocations { revocations.write(to: $0) }
    }

    private func removeEnded(_ progress: inout Progress) {
        // By the slower of both clocks: one that jumps ahead and comes back must not bring a
        // revoked token back.
        let now = progress.slower.now(wall: clock.seconds, steady: Clock.steadySeconds)
        revocations.sweep(progress.turn, before: now)
        progress.turn &+= 1
        progress.removesAt = Clock.milliseconds + Self.removalInterval
        guard mayWrite else { return }
        do {
            let removed = try store.removeEnded(before: now, limit: Self.removedMax)
            // There are more; the next group comes between.
            if removed >= Self.removedMax { progress.removesAt = Clock.milliseconds }
            progress.removing.end()
        } catch {
            progress.removing.note(error)
        }
    }
}

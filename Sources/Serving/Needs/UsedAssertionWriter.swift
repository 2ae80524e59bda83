// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Logging
internal import OAuth
package import Reactor
internal import Registration
package import Storage

/// Makes the uses of assertions durable, many in one transaction, on a thread of its own.
///
/// The answer to a request with an assertion leaves after its use is in the store, so that no
/// restart makes a replay possible. Fails closed: where the store cannot be written, these requests
/// are refused, and no others.
package final class UsedAssertionWriter: Sendable {
    /// The result of writing a use.
    enum WriteResult: Sendable, Equatable {
        /// The use is durable.
        case kept
        /// The store has it already.
        case repeated
        /// The use could not be written, and is forgotten: the same assertion may come again.
        case failed
    }

    /// Resumes the request that waits for a use.
    typealias Answer = @Sendable (WriteResult) -> Void

    /// Uses that wait to be written: two seconds of a server that does little else.
    static let queueMax = 8_192
    /// In one transaction: some tens of milliseconds at most, in which other writers wait.
    private static let groupMax = 1_024
    /// Rows in the store: those that the memory may hold, and as many that are not swept yet.
    static let rowsMax = SeenAssertions.countMax * 2
    /// The interval at which a part of the table is swept, in milliseconds; all of it in half a
    /// minute.
    private static let sweepInterval: UInt64 = 100

    private struct Use: Sendable {
        let use: AssertionUse
        let answer: Answer
    }

    private let queue = GroupQueue<Use>(
        countMax: UsedAssertionWriter.queueMax,
        groupMax: UsedAssertionWriter.groupMax
    )
    private let memory: SeenAssertions
    private let store: any UsedAssertionStore
    private let clock: WallClock
    private let log: Logger

    /// Loads the stored uses into `memory` before this returns, and starts the thread.
    ///
    /// A store that `isAway`, or may not be written, is not asked: nothing is used before it is
    /// there, and it judges then.
    package init(
        _ store: any UsedAssertionStore,
        _ memory: SeenAssertions,
        isAway: Bool = false,
        clock: WallClock,
        log: Logger
    ) throws {
        self.store = store
        self.memory = memory
        self.clock = clock
        self.log = log
        let rows = isAway ? 0 : try Self.recall(store, memory, now: Self.now(clock), log)
        try queue.start("assertions") { self.work(rows: rows) }
    }

    /// Hands a use over; `answer` is called once, by the writing thread.
    ///
    /// False where too many wait: the use is forgotten then, and nothing is called.
    func write(_ use: AssertionUse, answer: @escaping Answer) -> Bool {
        let isTaken = queue.add(Use(use: use, answer: answer))
        if !isTaken { memory.forget(use.digest) }
        return isTaken
    }

    /// Writes the queue, then ends the thread and waits for that.
    package func stop() { queue.stop() }

    // MARK: the thread

    private static func now(_ clock: WallClock) -> StoreMoment {
        StoreMoment(wall: clock.seconds, steady: Clock.steadySeconds)
    }

    /// Loads the stored uses into the memory; returns the number of rows.
    private static func recall(
        _ store: any UsedAssertionStore,
        _ memory: SeenAssertions,
        now: StoreMoment,
        _ log: Logger
    ) throws -> Int {
        let steadyMax = now.steady + AssertionPolicy.rememberedSecondsMax
        do {
            _ = try store.forgetUses(now: now, steadyMax: steadyMax)
        } catch {
            // A full disk must not keep a server from starting, and expired uses do no harm.
            log.warning(
                "used assertions that have expired cannot be removed",
                metadata: ["reason": "\(StoreError.sentence(of: error))"]
            )
        }
        var rows = 0
        try store.forEachUse { use in
            rows += 1
            guard let digest = Digest256(use.digest) else { return }
            memory.recall(
                digest,
                until: use.until,
                steadyUntil: min(use.steadyUntil, steadyMax)
            )
        }
        return rows
    }

    private func work(rows: Int) {
        let failure = StoreErrorLog(
            log,
            "used assertions cannot be kept; clients that sign assertions are refused",
            end: "used assertions are kept again"
        )
        var progress = Progress(rows: rows, failure: failure)
        while let group = queue.take() {
            let began = Clock.milliseconds
            write(group, &progress)
            queue.rest(after: began)
        }
    }

    /// State of the thread from one group to the next.
    private struct Progress {
        var rows: Int
        /// The part of the table that is swept next, and when.
        var part: UInt8 = 0
        var sweepsAt: UInt64 = 0
        var failure: StoreErrorLog
    }

    private func write(_ group: [Use], _ progress: inout Progress) {
        var results = [WriteResult](repeating: .failed, count: group.count)
        do {
            let written = try add(group, &progress)
            progress.rows += written.growth
            results = written.areFirst.map { $0 ? .kept : .repeated }
            progress.failure.end()
        } catch {
            progress.failure.note(error)
            for use in group { memory.forget(use.use.digest) }
        }
        for (use, result) in zip(group, results) { use.answer(result) }
    }

    private func add(_ group: [Use], _ progress: inout Progress) throws -> UsesWritten {
        let now = Self.now(clock)
        if progress.rows + group.count > Self.rowsMax {
            let steadyMax = now.steady + AssertionPolicy.rememberedSecondsMax
            progress.rows = try store.forgetUses(now: now, steadyMax: steadyMax)
            guard progress.rows + group.count <= Self.rowsMax else {
                throw StoreError(
                    .full,
                    "there are \(progress.rows) used assertions that have not expired: a client"
                        + " sends too many, or lets them live for too long",
                    of: .usedAssertions
                )
            }
        }
        let isDue = Clock.milliseconds >= progress.sweepsAt
        let rows = group.map { Self.row($0.use, now) }
        let written = try store.recordUses(rows, now: now, sweeping: isDue ? progress.part : nil)
        if isDue {
            progress.part &+= 1
            progress.sweepsAt = Clock.milliseconds + Self.sweepInterval
        }
        return written
    }

    private static func row(_ use: AssertionUse, _ now: StoreMoment) -> UsedAssertion {
        UsedAssertion(
            digest: use.digest.bytes,
            until: use.until,
            steadyUntil: now.steady + max(0, use.until - now.wall)
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import OAuth
internal import Reactor

/// The replay cache of client assertions; one for all reactors.
///
/// `UsedAssertionWriter` has it in the store too, for the server after this one.
///
/// In shards with a lock each: a reactor waits only for one that looks at the same shard, and no
/// longer than a lookup, or now and then a sweep, takes.
package final class SeenAssertions: ReplayMemory {
    private static let shardsCount = 64

    /// About 50 MB when full: 1,700 assertions a second that live for five minutes each.
    package static let countMax = 524_288

    private let shards: [Lock<Shard>]
    private let shardCountMax: Int
    private let steadyNow: (@Sendable () -> Int64)?

    /// `steadyNow` is a monotonic clock in seconds; nil for the one that callers go by.
    package init(
        countMax: Int = SeenAssertions.countMax,
        steadyNow: (@Sendable () -> Int64)? = nil
    ) {
        self.steadyNow = steadyNow
        shardCountMax = max(1, countMax / Self.shardsCount)
        shards = (0..<Self.shardsCount).map { _ in Lock(Shard()) }
    }

    /// Fails closed when the shard is full of assertions that have not expired: forgetting one
    /// would allow its replay.
    package func isFirstUse(of digest: Digest256, until: Int64, now: Int64) -> Bool {
        let time = Moment(wall: now, steady: steadyNow?() ?? now)
        return withShard(of: digest) { shard in
            shard.add(digest, until: until, now: time, countMax: shardCountMax)
        }
    }

    package func isUsed(_ digest: Digest256, now: Int64) -> Bool {
        let time = Moment(wall: now, steady: steadyNow?() ?? now)
        return withShard(of: digest) { $0.isUsed(digest, now: time) }
    }

    /// Restores a use from before this process began.
    ///
    /// Beyond the bound too: a use that was remembered then is not forgotten now.
    func recall(_ digest: Digest256, until: Int64, steadyUntil: Int64) {
        withShard(of: digest) { shard in
            shard.recall(digest, Moment(wall: until, steady: steadyUntil))
        }
    }

    /// Forgets the use of an assertion, because no answer left for it.
    func forget(_ digest: Digest256) {
        withShard(of: digest) { $0.forget(digest) }
    }

    private func withShard<Result>(of digest: Digest256, _ body: (inout Shard) -> Result) -> Result
    {
        // The first word decides the bucket within the shard, so the last byte decides the shard.
        shards[Int(digest[Digest256.byteCount - 1]) % Self.shardsCount].withLock { body(&$0) }
    }

    /// The number of entries, expired ones included.
    ///
    /// Takes every lock; for tests and for people.
    var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.withLock { $0.count } }
    }

    /// A moment by the wall clock and by the monotonic clock.
    private struct Moment {
        var wall: Int64
        var steady: Int64
    }

    /// An assertion has expired when both clocks say so: a wall clock that jumps ahead and comes
    /// back must not make a replay possible.
    private struct Shard {
        /// The expiry of each digest.
        private var seen: [Digest256: Moment] = [:]
        /// A lower bound of all ends by the wall clock; no sweep is useful before it.
        private var earliest = Int64.max
        /// The count at which the next sweep is due.
        private var sweepCount = Shard.sweepCountMin

        /// Below this count a sweep costs more than the expired entries.
        private static let sweepCountMin = 64

        var count: Int { seen.count }

        mutating func add(_ digest: Digest256, until: Int64, now: Moment, countMax: Int) -> Bool {
            let known = seen[digest]
            if let known, Self.lives(known, now) { return false }
            if seen.count >= min(sweepCount, countMax), earliest <= now.wall { sweep(now) }
            guard known != nil || seen.count < countMax else { return false }
            let left = max(0, until - now.wall)
            seen[digest] = Moment(wall: until, steady: now.steady + left)
            earliest = min(earliest, until)
            return true
        }

        func isUsed(_ digest: Digest256, now: Moment) -> Bool {
            seen[digest].map { Self.lives($0, now) } ?? false
        }

        mutating func recall(_ digest: Digest256, _ end: Moment) {
            seen[digest] = end
            earliest = min(earliest, end.wall)
            sweepCount = max(sweepCount, seen.count * 2)
        }

        mutating func forget(_ digest: Digest256) {
            seen[digest] = nil
        }

        private static func lives(_ end: Moment, _ now: Moment) -> Bool {
            end.wall > now.wall || end.steady > now.steady
        }

        /// Removes expired entries.
        ///
        /// Linear in the entries. Comes when they have doubled since the last time; in a full shard
        /// once a second, since something must have expired since.
        private mutating func sweep(_ now: Moment) {
            seen = seen.filter { Self.lives($0.value, now) }
            let ends = seen.values.map { max($0.wall, now.wall + $0.steady - now.steady) }
            earliest = ends.min() ?? .max
            sweepCount = max(Self.sweepCountMin, seen.count * 2)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import Snapshots
internal import Storage
internal import Synchronization

/// The revoked access tokens that have not expired, for all reactors; `GrantWriter` has them in
/// the store too.
///
/// In shards with a lock each: a reactor waits only for one that looks at the same shard, or for
/// the writer that adds to it or sweeps it. Bounded by the rows of the store.
package final class RevokedTokens: TokenRevocations {
    private static let shardsCount = 64

    /// The end of each id, in seconds since 1970.
    private let shards: [Lock<[[UInt8]: Int64]>]
    private let total = Atomic<Int>(0)

    /// None.
    init() {
        shards = (0..<Self.shardsCount).map { _ in Lock([:]) }
    }

    package func isRevoked(_ id: [UInt8]) -> Bool {
        // On most servers at most times nothing is revoked.
        guard count > 0 else { return false }
        return shard(of: id).withLock { $0[id] != nil }
    }

    package var isCrowded: Bool { count > GrantLimits.singleRevocationsMax / 2 }

    /// Whether this revocation is known, with this end or a later one.
    func contains(_ token: RevokedToken) -> Bool {
        shard(of: token.id).withLock { ($0[token.id] ?? .min) >= token.until }
    }

    /// Adds a revocation; the later of two ends counts.
    func add(_ token: RevokedToken) {
        shard(of: token.id).withLock { shard in
            let known = shard[token.id]
            // First, so that a count of 0 hides no entry.
            if known == nil { total.add(1, ordering: .releasing) }
            shard[token.id] = max(known ?? token.until, token.until)
        }
    }

    /// Removes what ended before `now` of one of the shards, which `turn` chooses.
    ///
    /// Linear in the entries of the shard.
    func sweep(_ turn: Int, before now: Int64) {
        shards[turn % Self.shardsCount].withLock { shard in
            guard shard.contains(where: { $0.value < now }) else { return }
            let left = shard.filter { $0.value >= now }
            total.subtract(shard.count - left.count, ordering: .releasing)
            shard = left
        }
    }

    /// Writes all of them.
    func write(to draft: SnapshotDraft) {
        for shard in shards {
            let tokens = shard.withLock { $0 }
            for (id, until) in tokens { draft.append(.revoked(RevokedToken(id: id, until: until))) }
        }
    }

    /// The number of entries, ended ones included.
    var count: Int { total.load(ordering: .acquiring) }

    /// Ids are random or digests, so that any byte spreads them.
    private func shard(of id: [UInt8]) -> Lock<[[UInt8]: Int64]> {
        shards[Int(id.last ?? 0) % Self.shardsCount]
    }
}

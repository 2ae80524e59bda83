// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Synchronization

/// The calls of each client, made with a client's first one; for any thread.
///
/// Only registered clients have entries: a stranger who names other ids all day adds none.
package final class ClientCallsTable: Sendable {
    /// Ten times as many as a target is seeded with; some 350 MB when all of them have called.
    package static let clientsMax = 1_000_000
    /// Locks, so that reactors seldom meet at one.
    private static let shardsCount = 64

    /// The one entry of all who are not registered, and of registered ones beyond the bound.
    package let strangers = ClientCalls("", hash: CallStream.hash([]))
    /// By ids as registries have them, so that finding one makes no text.
    private let shards: [Lock<[[UInt8]: ClientCalls]>]
    private let clients = Atomic<Int>(0)
    private let clientsMax: Int

    /// No clients yet; `clientsMax` is for tests.
    package init(clientsMax: Int = ClientCallsTable.clientsMax) {
        self.clientsMax = clientsMax
        shards = (0..<Self.shardsCount).map { _ in Lock([:]) }
    }

    /// The number of clients with an entry of their own.
    package var count: Int { clients.load(ordering: .relaxed) }

    /// The calls of a client that the caller has found registered; `strangers` beyond the bound.
    ///
    /// A caller that serves several requests of one client keeps the entry, which never changes.
    package func calls(ofRegistered clientID: [UInt8]) -> ClientCalls {
        let hash = CallStream.hash(clientID)
        return shard(hash).withLock { shard in
            if let known = shard[clientID] { return known }
            guard reserve() else { return strangers }
            let calls = ClientCalls(String(decoding: clientID, as: UTF8.self), hash: hash)
            shard[clientID] = calls
            return calls
        }
    }

    /// The calls of a client that has called; nil where it has not.
    package func existing(_ clientID: String) -> ClientCalls? {
        let id = Array(clientID.utf8)
        return shard(CallStream.hash(id)).withLock { $0[id] }
    }

    /// Resets each client; entries stay, because connections hold them.
    package func reset() {
        strangers.reset()
        for shard in shards {
            shard.withLock { for calls in $0.values { calls.reset() } }
        }
    }

    private func shard(_ hash: UInt64) -> Lock<[[UInt8]: ClientCalls]> {
        // FNV's upper bits are the better ones.
        shards[Int(hash >> 32) % Self.shardsCount]
    }

    /// Takes one of the places that are left.
    private func reserve() -> Bool {
        let count = clients.wrappingAdd(1, ordering: .relaxed).newValue
        guard count > clientsMax else { return true }
        clients.wrappingSubtract(1, ordering: .relaxed)
        return false
    }
}

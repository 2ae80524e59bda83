// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Threads that block on files, other servers and the store, so that Upkeep's own does not.
struct UpkeepWorkers: Sendable {
    /// Reads files of revocation lists.
    let files: WorkerPool
    /// Fetches revocation lists.
    let lists: WorkerPool
    /// Fetches keys of clients, and writes them to the store.
    let keys: WorkerPool
    /// Writes to the store, and counts in it.
    let store: WorkerPool

    /// Two, so that one server that does not answer leaves a thread for the others.
    private static let fetchThreads = 2
    /// Jobs that wait for each pool; the rest stays due.
    private static let queueMax = 256

    /// Starts the threads; throws where they cannot be had.
    init() throws(SystemError) {
        files = try WorkerPool(threads: 1, capacity: Self.queueMax, name: "file")
        lists = try WorkerPool(
            threads: Self.fetchThreads,
            capacity: Self.queueMax,
            name: "list"
        )
        keys = try WorkerPool(threads: Self.fetchThreads, capacity: Self.queueMax, name: "fetch")
        store = try WorkerPool(threads: 1, capacity: Self.queueMax, name: "write")
    }

    /// Abandons the reads and fetches under way; waits for none of them.
    func abandonFetches() {
        for pool in [files, lists, keys] { pool.abandon() }
    }
}

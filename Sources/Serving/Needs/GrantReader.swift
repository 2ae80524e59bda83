// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Reactor
internal import Storage

/// Reads rows of grants, many in one transaction, on a thread of its own: no read waits behind the
/// sync of a write.
final class GrantReader: Sendable {
    /// Reads that wait: as many as may wait to be written.
    static let queueMax = 8_192
    /// In one transaction: a few milliseconds.
    private static let groupMax = 256

    private struct Read: Sendable {
        let key: GrantKey
        let caller: NeedCaller
    }

    private let queue = GroupQueue<Read>(
        countMax: GrantReader.queueMax,
        groupMax: GrantReader.groupMax
    )
    private let store: any GrantStore
    private let recent: RecentFamilies
    private let log: Logger

    /// Starts the thread, which keeps families in `recent`.
    init(_ store: any GrantStore, _ recent: RecentFamilies, log: Logger) throws(SystemError) {
        self.store = store
        self.recent = recent
        self.log = log
        try queue.start("grants-read") { self.work() }
    }

    /// Hands a read over, to be answered at the caller's reactor; false where too many wait.
    func read(_ key: GrantKey, for caller: NeedCaller) -> Bool {
        queue.add(Read(key: key, caller: caller))
    }

    /// Reads the queue, then ends the thread and waits for that.
    func stop() { queue.stop() }

    private func work() {
        var failure = StoreErrorLog(
            log,
            "grants cannot be read; codes and refresh tokens are refused",
            end: "grants are read again"
        )
        while let group = queue.take() {
            // A damaged row is the failure of its own request.
            let results = group.results(halvedBy: .corrupt) { reads throws(StoreError) in
                try store.find(reads.map(\.key))
            }
            var answers = NeedAnswers()
            for (read, result) in zip(group, results) {
                switch result {
                case .success(let record):
                    if case .refreshFamily(let family)? = record { recent.keep(family) }
                    answers.add(.stored(record), for: read.caller)
                case .failure: answers.add(GrantNeed.unread, for: read.caller)
                }
            }
            answers.post()
            failure.note(results)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Registration
internal import Storage
internal import Telemetry

/// Writes certificate usage to the store on a worker, one write at a time.
///
/// A failed write keeps the recorded usage for the next one.
final class CertificateUseWriter: Sendable {
    private let usage: CertificateUsage
    private let store: any CertificateUseStore
    private let worker: WorkerPool
    private let log: Logger
    private let isWriting = Lock(false)
    /// Why the last write failed; nil after a good one.
    private let failure = Lock<String?>(nil)

    init(
        _ usage: CertificateUsage,
        to store: any CertificateUseStore,
        by worker: WorkerPool,
        log: Logger
    ) {
        self.usage = usage
        self.store = store
        self.worker = worker
        self.log = log
    }

    /// Begins a write, unless one is under way: a store that does not answer gets no second one.
    func write() {
        let isFirst = isWriting.withLock { isWriting in
            defer { isWriting = true }
            return !isWriting
        }
        guard isFirst else { return }
        let isTaken = worker.submit { [self] in
            do {
                try usage.write(to: store)
                note(nil)
            } catch {
                note(StoreError.sentence(of: error))
            }
            end()
        }
        if !isTaken { end() }
    }

    /// Logs a failure and its end once each.
    private func note(_ reason: String?) {
        let before = failure.withLock { failure in
            defer { failure = reason }
            return failure
        }
        if let reason {
            // Throttled: each write of a long outage would be a line.
            log.log(
                level: reason == before ? .debug : .warning,
                "certificate use not written",
                metadata: ["reason": "\(reason)"]
            )
        } else if before != nil {
            log.notice("certificate use is written again")
        }
    }

    /// Writes what was recorded up to this call, and waits for it, `milliseconds` at most.
    func finish(milliseconds: Int) {
        let end = Clock.milliseconds + UInt64(milliseconds)
        // The write under way may have begun before the last use was recorded.
        guard wait(until: end) else { return }
        write()
        _ = wait(until: end)
    }

    private func end() {
        isWriting.withLock { $0 = false }
        isWriting.signal(all: true)
    }

    /// Whether no write is under way, at the latest at `end`.
    private func wait(until end: UInt64) -> Bool {
        let now = Clock.milliseconds
        let left = Int(max(end, now) - now)
        return isWriting.wait(milliseconds: left) { $0 ? nil : true } ?? false
    }
}

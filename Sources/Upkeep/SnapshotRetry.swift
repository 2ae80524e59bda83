// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Registration
internal import Snapshots
internal import Storage

/// The log's lines about a snapshot that cannot be written, and the moment to try that again.
struct SnapshotRetry {
    private let log: Logger
    private var reason: String?
    private var triesAt: UInt64 = 0

    /// Writing everything anew reads all of the store, in milliseconds; twice as much after each
    /// failure.
    private static let pause: UInt64 = 60_000
    private static let pauseMax: UInt64 = 3_600_000
    private var pause = SnapshotRetry.pause

    init(_ log: Logger) { self.log = log }

    /// Whether the snapshot is to be written anew now: it could not be written, or has grown.
    mutating func isDue(_ snapshot: NodeSnapshot?) -> Bool {
        guard let snapshot, snapshot.needsNewRegistry else { return false }
        let now = Clock.milliseconds
        guard now >= triesAt else { return false }
        triesAt = now + pause
        pause = min(2 * pause, Self.pauseMax)
        return true
    }

    /// Notes how the last write went.
    mutating func note(_ failure: StoreError?) {
        let reason = failure?.reason
        if reason == nil { pause = Self.pause }
        guard reason != self.reason else { return }
        self.reason = reason
        guard let reason else { return log.notice("the snapshot of the store is written again") }
        log.error(
            """
            the snapshot of the store cannot be written; without it this node does not start while \
            the store is away
            """,
            metadata: ["reason": "\(reason)"]
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Registration
internal import Storage

/// Reads the audit behind a number, and hands on what it finds.
///
/// A reader like any other: no write waits for it, and no read is under way while it delivers.
struct AuditFollower {
    private let store: any RegistrationStore
    private let target: AuditTarget
    private let file: AuditPosition?
    private let note: (String) -> Void
    private let messages: SyslogMessage
    private var last: Int64
    private var state = State()

    private struct State {
        /// How many deliveries have failed since the last good one.
        var failures = 0
        /// Whether it has been said that many entries wait.
        var isLate = false
        /// How many turns have not read the store since the last good one.
        var blindTurns = 0
    }

    /// As many entries as are in memory, and go out between two looks at the position.
    private static let batch = 200
    /// So many that wait are more than a batch of ordinary changes.
    private static let lateFrom: Int64 = 1_000
    private static let waitMilliseconds = 1_000
    /// The pause after a failure doubles up to this.
    private static let pauseMillisecondsMax = 30_000

    /// Begins behind `last`; `note` takes sentences about what waits.
    init(
        _ store: any RegistrationStore,
        to target: AuditTarget,
        after last: Int64,
        keeping file: AuditPosition? = nil,
        _ note: @escaping (String) -> Void
    ) {
        (self.store, self.target, self.file, self.note) = (store, target, file, note)
        self.last = last
        let host = try? DataFile.read("/proc/sys/kernel/hostname", upTo: 256)
        messages = SyslogMessage(
            host: String(decoding: host ?? [], as: UTF8.self),
            process: Int(getpid())
        )
    }

    /// The number of the newest entry; 0 before the first.
    static func newest(_ store: any RegistrationStore) throws(StoreError) -> Int64 {
        try store.audit(AuditQuery(limit: 1, newestFirst: true)).first?.sequence ?? 0
    }

    /// Hands on what there is, or waits a moment for a change; after a failure, it pauses.
    ///
    /// Throws where the store will not come back by itself, and where standard output is closed.
    mutating func turn() throws {
        let found: (entries: [AuditEntry], newest: Int64, position: ChangePosition)
        do throws(StoreError) {
            found = try look()
            if found.entries.isEmpty {
                _ = try store.waitForChange(
                    after: found.position,
                    milliseconds: Self.waitMilliseconds
                )
            }
        } catch {
            return try pause(after: error)
        }
        if state.blindTurns > 0 { note("the audit can be read again") }
        state.blindTurns = 0
        if !found.entries.isEmpty { try deliver(found.entries, newest: found.newest) }
    }

    private func look() throws(StoreError) -> (
        entries: [AuditEntry], newest: Int64, position: ChangePosition
    ) {
        do {
            return try store.read { reader in
                let entries = try reader.audit(AuditQuery(after: last, limit: Self.batch))
                let newest = try reader.audit(AuditQuery(limit: 1, newestFirst: true)).first
                return (entries, newest?.sequence ?? 0, try reader.position())
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.inputOutput, "the audit cannot be read: \(error)")
        }
    }

    private mutating func deliver(_ entries: [AuditEntry], newest: Int64) throws {
        do throws(SystemError) {
            try target.deliver(entries, messages)
            last = entries.last?.sequence ?? last
            try file?.write(last)
        } catch {
            guard target != .output else { throw error }
            let waiting = newest - last
            if state.failures == 0 {
                note("\(target.name) takes nothing (\(error.reason)); \(waiting) entries wait")
            }
            state.failures += 1
            return Self.pause(state.failures)
        }
        if state.failures > 0 { note("\(target.name) takes entries again") }
        state.failures = 0
        let waiting = newest - last
        if waiting >= Self.lateFrom, !state.isLate {
            note("late: \(waiting) entries wait")
            state.isLate = true
        } else if waiting == 0, state.isLate {
            note("no entry waits any more")
            state.isLate = false
        }
    }

    private mutating func pause(after error: StoreError) throws(StoreError) {
        switch error.kind {
        case .busy, .unavailable, .inputOutput, .outOfMemory: break
        default: throw error
        }
        if state.blindTurns == 0 { note("the audit cannot be read: \(error.sentence)") }
        state.blindTurns += 1
        Self.pause(state.blindTurns)
    }

    private static func pause(_ failures: Int) {
        let doubled = waitMilliseconds << min(failures - 1, 5)
        usleep(UInt32(min(doubled, pauseMillisecondsMax)) * 1_000)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Registration
package import Storage

/// Reads the audit behind a number, and hands on what it finds.
///
/// A reader like any other: no write waits for it, and no read is under way while it delivers.
package struct AuditFollower {
    private let store: any RegistrationStore
    private let target: AuditTarget
    private let file: AuditPosition?
    private let note: (String) -> Void
    private let messages: SyslogMessage
    private var last: AuditPlace
    private var state = State()

    private struct State {
        /// How many deliveries have failed since the last good one.
        var failures = 0
        /// Whether it has been said that many entries wait.
        var isLate = false
        /// Whether the position could not be written after the last delivery.
        var isUnkept = false
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
    package init(
        _ store: any RegistrationStore,
        to target: AuditTarget,
        after last: AuditPlace,
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

    /// The place to begin behind: that of the file where there is one, else the row of number
    /// `after`, else the newest entry.
    ///
    /// Fails closed: a file that is not there is written at once, because a restart before the
    /// first delivery would begin later otherwise, and leave out what came in between. Throws a
    /// `FollowingError` where it cannot be written, and a `StoreError`.
    package static func start(
        _ store: any RegistrationStore,
        after: Int64?,
        keeping file: AuditPosition?
    ) throws -> AuditPlace {
        if let kept = try file?.read() { return kept }
        let place = try after.map(AuditPlace.init) ?? newest(store)
        do throws(SystemError) {
            try file?.write(place)
        } catch {
            throw FollowingError(
                "\(file?.path ?? "") cannot be written: \(error.reason). Name another file, or let"
                    + " its directory be writable."
            )
        }
        return place
    }

    /// The place behind the newest entry.
    package static func newest(_ store: any RegistrationStore) throws -> AuditPlace {
        try store.read { reader in
            let number = try newest(reader)
            let row = try reader.auditRows(after: number - 1, limit: 1).first
            return row.map { AuditPlace($0) } ?? AuditPlace(after: 0)
        }
    }

    /// The number of the newest entry; 0 before the first.
    private static func newest(_ reader: any RegistrationReader) throws(StoreError) -> Int64 {
        try reader.audit(AuditQuery(limit: 1, newestFirst: true)).first?.sequence ?? 0
    }

    /// Hands on what there is, or waits a moment for a change; after a failure, it pauses.
    ///
    /// Blocks. Throws a `StoreError` where the store will not come back by itself, a
    /// `FollowingError` where it is another one by now, and a `SystemError` where standard output
    /// is closed.
    package mutating func turn() throws {
        do {
            let found = try look()
            if state.blindTurns > 0 { note("the audit can be read again") }
            state.blindTurns = 0
            guard found.rows.isEmpty else {
                return try deliver(found.rows, newest: found.newest)
            }
            let wait = Self.waitMilliseconds
            _ = try store.waitForChange(after: found.position, milliseconds: wait)
        } catch let error as StoreError {
            try pause(after: error)
        }
    }

    /// A look at the audit, and at the change log of the same moment.
    private struct Look {
        let rows: [AuditRow]
        let newest: Int64
        let position: ChangePosition
    }

    private func look() throws -> Look {
        try store.read { reader in
            let newest = try Self.newest(reader)
            try last.check(reader, newest: newest, file)
            return Look(
                rows: try reader.auditRows(after: last.sequence, limit: Self.batch),
                newest: newest,
                position: try reader.position()
            )
        }
    }

    private mutating func deliver(_ rows: [AuditRow], newest: Int64) throws {
        var stalled: Int64 = 0
        do throws(SystemError) {
            try target.deliver(rows.map(\.entry), messages) {
                // Again whenever twice as many wait as were said to.
                let waiting = waitingNow(newest)
                guard waiting >= max(1, 2 * stalled) else { return }
                note("\(target.name) takes no entries; \(waiting) wait")
                stalled = waiting
            }
            if let row = rows.last { last = AuditPlace(row) }
        } catch {
            guard target != .output else { throw error }
            let waiting = newest - last.sequence
            if state.failures == 0 {
                note("\(target.name) takes no entries (\(error.reason)); \(waiting) wait")
            }
            state.failures += 1
            return Self.pause(state.failures)
        }
        if state.failures > 0 || stalled > 0 { note("\(target.name) takes entries again") }
        state.failures = 0
        keepPosition()
        let waiting = newest - last.sequence
        if waiting >= Self.lateFrom, !state.isLate {
            note("behind: \(waiting) entries wait")
            state.isLate = true
        } else if waiting == 0, state.isLate {
            note("no longer behind: no entries wait")
            state.isLate = false
        }
    }

    /// How many entries wait by now; those that did before where that cannot be read.
    private func waitingNow(_ newest: Int64) -> Int64 {
        let now = try? store.read { reader in try Self.newest(reader) }
        return (now ?? newest) - last.sequence
    }

    /// Without its position, an end would have entries come twice: said, and no reason to stop.
    private mutating func keepPosition() {
        guard let file else { return }
        do throws(SystemError) {
            try file.write(last)
            state.isUnkept = false
        } catch {
            if !state.isUnkept { note("\(file.path) cannot be written (\(error.reason))") }
            state.isUnkept = true
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

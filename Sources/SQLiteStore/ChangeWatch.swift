// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Storage
internal import Tables

/// Waits for changes that another connection commits, in this program or another.
///
/// SQLite sends no notice of a commit: its counter of commits is polled a few times a second, which
/// costs microseconds, and the log is read only when the counter has moved (Decision 0006).
final class ChangeWatch: Sendable {
    /// One connection's view; the counter means nothing on another one.
    private struct View {
        let connection: SerializedConnection
        var version: Int64?
        var last: Int64 = 0
    }

    /// Long enough to cost nothing, short enough for a change to work within a second.
    private static let pollMilliseconds = 100

    private let open: @Sendable () throws(SQLiteError) -> SerializedConnection
    private let view = Lock<View?>(nil)
    private let nudges = Nudge()

    /// `open` makes the connection, when it is needed first: commands never wait.
    init(_ open: @escaping @Sendable () throws(SQLiteError) -> SerializedConnection) {
        self.open = open
    }

    /// Waits until the log ends elsewhere than at `sequence`; whether it does.
    func wait(after sequence: Int64, milliseconds: Int) throws -> Bool {
        let end = Clock.milliseconds + UInt64(max(0, milliseconds))
        while try last() == sequence {
            let now = Clock.milliseconds
            guard now < end else { return false }
            let step = min(Self.pollMilliseconds, Int(end - now))
            guard !nudges.comes(within: step) else { return try last() != sequence }
        }
        return true
    }

    func nudge() { nudges.send() }

    func close() {
        view.withLock { view in
            view?.connection.close()
            view = nil
        }
    }

    /// The end of the log.
    private func last() throws -> Int64 {
        try view.withLock { view in
            var current = try view ?? View(connection: open())
            let (version, last) = try current.connection.withConnection { database in
                // In this order, so that the log is at least as new as the counter.
                let version: Int64 = try database.value("PRAGMA data_version") ?? 0
                let isKnown = version == current.version
                return (version, isKnown ? current.last : try ChangeLog.last(database))
            }
            (current.version, current.last) = (version, last)
            view = current
            return last
        }
    }
}

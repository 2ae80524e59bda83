// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Tables

/// Waits for changes that another connection commits, on any node.
///
/// The number of the newest change is polled a few times a second; a notification makes it sooner.
/// Behind a pooler that gives each transaction another connection no notification comes.
final class PostgresWatch: Sendable {
    /// Short enough for a change to work within a second on every node.
    private static let pollMilliseconds = 200
    /// The step in which a nudge is looked for while notifications are waited for.
    private static let stepMilliseconds = 20

    private let open: @Sendable () throws(PostgresError) -> PostgresConnection
    private let reached: @Sendable () -> Void
    // SAFETY: used under its lock alone.
    private let view = Lock<PostgresConnection?>(nil)
    private let nudges = Nudge()
    /// The hosts of a node that only reads: a standby takes no LISTEN, and may be behind.
    private let standbys: PostgresHosts?

    /// A watch whose connection `open` makes when it is needed first: commands never wait.
    ///
    /// Of `standbys`, which only a node that reads has, no notification comes, and one that is
    /// behind is passed over. `reached` is called after each poll that the database has answered.
    init(
        _ standbys: PostgresHosts?,
        _ open: @escaping @Sendable () throws(PostgresError) -> PostgresConnection,
        _ reached: @escaping @Sendable () -> Void
    ) {
        (self.standbys, self.open, self.reached) = (standbys, open, reached)
    }

    /// Waits until the log ends elsewhere than at `sequence`; whether it does.
    func wait(after sequence: Int64, milliseconds: Int) throws -> Bool {
        let end = Clock.milliseconds + UInt64(max(0, milliseconds))
        while try last() == sequence {
            let now = Clock.milliseconds
            guard now < end else { return false }
            let step = min(Self.pollMilliseconds, Int(end - now))
            guard try !isInterrupted(within: step) else { return try last() != sequence }
        }
        return true
    }

    func nudge() { nudges.send() }

    func close() {
        view.withLock { $0 = nil }
    }

    /// Whether a nudge or a notification has come.
    private func isInterrupted(within milliseconds: Int) throws -> Bool {
        let end = Clock.milliseconds + UInt64(milliseconds)
        while true {
            let now = Clock.milliseconds
            guard now < end else { return false }
            if nudges.comes(within: min(Self.stepMilliseconds, Int(end - now))) { return true }
            let hasCome = try view.withLock { connection in
                do {
                    return try connection?.takeNotification() ?? false
                } catch {
                    connection = nil
                    throw error
                }
            }
            if hasCome { return false }
        }
    }

    /// The end of the log.
    private func last() throws -> Int64 {
        let last = try view.withLock { view in
            let connection = try view ?? open()
            do {
                if view == nil, standbys == nil {
                    try connection.script("LISTEN handfast_change")
                }
                view = connection
                let last = try ChangeLog.last(connection)
                try standbys?.note(last)
                return last
            } catch {
                view = nil
                throw error
            }
        }
        reached()
        return last
    }
}

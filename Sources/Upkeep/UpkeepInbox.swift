// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// The mailbox that Upkeep's thread sleeps on: wakes, new settings, and the request to end.
final class UpkeepInbox: Sendable {
    /// The mail since the last wait.
    struct Mail {
        /// A configuration that was reloaded; the last one, if there were several.
        var settings: UpkeepSettings?
        var isStopping = false
        fileprivate var isWoken = false
    }

    private let mail = Lock(Mail())

    /// Ends a wait, or the next one: a worker has posted a result.
    func wake() { change { _ in } }

    /// Hands over changed settings.
    func post(_ settings: UpkeepSettings) { change { $0.settings = settings } }

    /// Ends the thread after its turn.
    func stop() { change { $0.isStopping = true } }

    /// Waits until something comes, or until `moment` in monotonic milliseconds.
    func wait(until moment: UInt64) -> Mail {
        let now = Clock.milliseconds
        let milliseconds = Int(max(moment, now) - now)
        let woken = mail.wait(milliseconds: milliseconds) { mail -> Mail? in
            guard mail.isWoken else { return nil }
            defer { mail = Mail() }
            return mail
        }
        return woken ?? Mail()
    }

    private func change(_ body: (inout Mail) -> Void) {
        mail.withLock { mail in
            body(&mail)
            mail.isWoken = true
        }
        mail.signal()
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Ends the wait of another thread, or its next one at once if it does not wait now.
package final class Nudge: Sendable {
    private let isNudged = Lock(false)

    /// None has come.
    package init() {}

    /// Ends the wait.
    package func send() {
        isNudged.withLock { $0 = true }
        isNudged.signal(all: true)
    }

    /// Whether one has come, or comes within so many milliseconds; taken then.
    package func comes(within milliseconds: Int) -> Bool {
        isNudged.wait(milliseconds: milliseconds) { nudged in
            guard nudged else { return nil }
            nudged = false
            return true
        } ?? false
    }
}

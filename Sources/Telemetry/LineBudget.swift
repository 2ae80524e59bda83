// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// A throttle for one sort of log lines: so many a second; the rest is counted and reported later.
///
/// For events that peers cause, as fast as they like.
package final class LineBudget: Sendable {
    private struct State {
        var second: UInt64 = 0
        var lines = 0
        var withheld = 0
    }

    private let state = Lock(State())
    private let perSecond: Int

    /// A throttle with this rate, and none withheld yet.
    package init(perSecond: Int) {
        self.perSecond = perSecond
    }

    /// Whether a line may be written at `now`, in monotonic milliseconds.
    package func admits(now: UInt64) -> Bool {
        state.withLock { state in
            if state.second != now / 1000 {
                state.second = now / 1000
                state.lines = 0
            }
            guard state.lines < perSecond else {
                state.withheld += 1
                return false
            }
            state.lines += 1
            return true
        }
    }

    /// The number withheld in a second that is over, and not reported yet.
    package func takeWithheld(now: UInt64) -> Int {
        state.withLock { state in
            guard state.withheld > 0, now / 1000 > state.second else { return 0 }
            defer { state.withheld = 0 }
            return state.withheld
        }
    }
}

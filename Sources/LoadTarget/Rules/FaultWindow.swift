// SPDX-License-Identifier: Apache-2.0
/// A moment by both clocks that rules go by.
package struct FaultMoment: Sendable {
    /// Milliseconds since the target's start, by the monotonic clock.
    package let sinceStart: Int64
    /// Milliseconds since 1970, by the target's clock, which may have been turned.
    package let time: Int64

    package init(sinceStart: Int64, time: Int64) {
        self.sinceStart = sinceStart
        self.time = time
    }
}

/// The time in which a rule counts: from its first millisecond up to, and without, its end.
package struct FaultWindow: Sendable, Equatable {
    /// A limit of the window, in milliseconds.
    enum Limit: Sendable, Equatable {
        /// Since the target's start.
        case sinceStart(Int64)
        /// Since 1970.
        case time(Int64)
    }

    /// Numbers from here on are times: 2001-09-09, while no target runs for 31 years.
    static let firstTime: Int64 = 1_000_000_000
    /// The last second that RFC 3339 has.
    static let lastTime: Int64 = 253_402_300_799
    /// No limits.
    package static let always = FaultWindow(from: nil, until: nil)

    let from: Limit?
    let until: Limit?

    /// Whether the rule counts at this moment.
    func contains(_ moment: FaultMoment) -> Bool {
        if let from, !Self.isReached(from, moment) { return false }
        if let until, Self.isReached(until, moment) { return false }
        return true
    }

    private static func isReached(_ limit: Limit, _ moment: FaultMoment) -> Bool {
        switch limit {
        case .sinceStart(let milliseconds): moment.sinceStart >= milliseconds
        case .time(let milliseconds): moment.time >= milliseconds
        }
    }
}

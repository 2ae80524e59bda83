// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Reactor

/// The clock that is handed in, against the machine's as Foundation reads it.
struct WallClockTests {
    private static let year: Int64 = 31_536_000

    /// Whether the clock is so many seconds ahead of the machine's, in both its units.
    private func isAhead(_ clock: WallClock, by seconds: Int64) -> Bool {
        let before = Date().timeIntervalSince1970.rounded(.down)
        let (whole, thousandths) = (clock.seconds - seconds, clock.milliseconds - seconds * 1000)
        let after = Date().timeIntervalSince1970.rounded(.up)
        return (Int64(before)...Int64(after)).contains(whole)
            && (Int64(before) * 1000...Int64(after) * 1000).contains(thousandths)
    }

    @Test func `it is the machine's until it is turned`() {
        let clock = WallClock()
        #expect(isAhead(clock, by: 0))
        // The twin: a second more would be seen.
        #expect(!isAhead(clock, by: 5))
        // Later than the day on which this was written.
        #expect(clock.seconds > 1_760_000_000)
    }

    @Test func `turned it goes ahead or behind, and on from there`() {
        let clock = WallClock()
        clock.turn(seconds: Self.year)
        #expect(isAhead(clock, by: Self.year))
        clock.turn(seconds: 3)
        #expect(isAhead(clock, by: Self.year + 3))
        clock.turn(seconds: -2 * Self.year)
        #expect(isAhead(clock, by: 3 - Self.year))
        clock.turn(seconds: Self.year - 3)
        #expect(isAhead(clock, by: 0))
    }

    @Test func `it can be turned behind 1970 and to the end of time`() {
        let clock = WallClock()
        clock.turn(seconds: -100 * Self.year)
        #expect(clock.seconds < 0 && clock.milliseconds < 0)
        clock.turn(seconds: .max)
        clock.turn(seconds: .max)
        // Nonsense, and no trap.
        _ = (clock.seconds, clock.milliseconds)
    }

    @Test func `another clock, and the monotonic one, know nothing of it`() {
        let (turned, other) = (WallClock(), WallClock())
        let began = Clock.milliseconds
        turned.turn(seconds: Self.year)
        #expect(isAhead(other, by: 0))
        #expect(Clock.milliseconds - began < UInt64(Self.year))
    }

    @Test func `a turn is seen by other threads`() throws {
        let clock = WallClock()
        clock.turn(seconds: -Self.year)
        let seen = Lock<Int64?>(nil)
        try Thread.start("clock") { seen.withLock { $0 = clock.seconds } }.join()
        let other = try #require(seen.withLock { $0 })
        #expect((clock.seconds - 5...clock.seconds).contains(other))
        #expect(isAhead(clock, by: -Self.year))
    }
}

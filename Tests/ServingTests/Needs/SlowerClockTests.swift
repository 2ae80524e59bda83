// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Serving

/// Which of two clocks the removal of ended rows goes by.
struct SlowerClockTests {
    @Test func `both clocks together are believed, and a wall clock that is behind`() {
        var clock = SlowerClock(wall: 1_000_000, steady: 50)
        #expect(clock.now(wall: 1_000_010, steady: 60) == 1_000_010)
        #expect(clock.now(wall: 999_000, steady: 70) == 999_000)
    }

    @Test func `a jump ahead that ends within an hour removes nothing`() {
        var clock = SlowerClock(wall: 1_000_000, steady: 50)
        for steady in stride(from: Int64(60), to: 3_650, by: 10) {
            let now = clock.now(wall: 9_000_000, steady: steady)
            #expect(now == 1_000_000 + steady - 50)
        }
        #expect(clock.now(wall: 1_003_700, steady: 3_750) == 1_003_700)
        // The next jump is doubted for a whole hour again.
        #expect(clock.now(wall: 9_000_000, steady: 3_760) == 1_003_710)
    }

    @Test func `a start that was behind is made up for after an hour`() {
        var clock = SlowerClock(wall: 0, steady: 50)
        #expect(clock.now(wall: 1_000_000, steady: 60) == 10)
        #expect(clock.now(wall: 1_003_599, steady: 3_659) == 3_609)
        #expect(clock.now(wall: 1_003_600, steady: 3_660) == 1_003_600)
        #expect(clock.now(wall: 1_003_610, steady: 3_670) == 1_003_610)
    }
}

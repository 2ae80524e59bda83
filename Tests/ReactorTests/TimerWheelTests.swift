// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reactor

struct TimerWheelTests {
    private let start: UInt64 = 1_000_000
    private let step: UInt64 = 50
    /// 1024 slots, and the current one holds nothing.
    private let reach: UInt64 = 1023 * 50

    @Test func `an entry comes due once its deadline has passed, and not before`() {
        var wheel = TimerWheel(now: start)
        wheel.add(7, deadline: start + 120)
        #expect(wheel.due(now: start + 119) == [])
        #expect(wheel.count == 1)
        #expect(wheel.due(now: start + 120 + step) == [7])
        #expect(wheel.count == 0)
        #expect(wheel.due(now: start + 10_000) == [])
    }

    @Test func `a deadline that has passed already comes due with the next step`() {
        var wheel = TimerWheel(now: start)
        wheel.add(1, deadline: 0)
        wheel.add(2, deadline: start)
        #expect(wheel.due(now: start + step - 1) == [])
        #expect(wheel.due(now: start + step) == [1, 2])
    }

    @Test func `entries of one step keep the order in which they were added`() {
        var wheel = TimerWheel(now: start)
        for token in [5, 3, 9] as [Token] { wheel.add(token, deadline: start + 200) }
        wheel.add(1, deadline: start + 100)
        #expect(wheel.due(now: start + 1_000) == [1, 5, 3, 9])
    }

    @Test func `one token may have several entries, and each comes due`() {
        var wheel = TimerWheel(now: start)
        wheel.add(4, deadline: start + 100)
        wheel.add(4, deadline: start + 300)
        #expect(wheel.due(now: start + 200) == [4])
        #expect(wheel.due(now: start + 400) == [4])
    }

    @Test(arguments: [51_200, 60_000, 3_600_000, UInt64.max - 1_000_000] as [UInt64])
    func `a deadline beyond the reach comes due early, at the reach`(distance: UInt64) {
        var wheel = TimerWheel(now: start)
        wheel.add(8, deadline: start + distance)
        #expect(wheel.due(now: start + reach - 1) == [])
        #expect(wheel.due(now: start + reach) == [8])
    }

    @Test func `a deadline within what the reactor promises never comes early`() {
        var wheel = TimerWheel(now: start + step - 1)
        let deadline = start + step - 1 + wheel.reachMilliseconds
        wheel.add(8, deadline: deadline)
        #expect(wheel.due(now: deadline - 1) == [])
        #expect(wheel.due(now: deadline + step) == [8])
    }

    @Test(arguments: [1, 2, 10, 50, 1_000] as [UInt64])
    func `a deadline is kept to within one step, whatever that is`(_ step: UInt64) {
        for distance in [1, 3, 7, step, step + 1, 10 * step, 1_000 * step] as [UInt64] {
            var wheel = TimerWheel(now: start, stepMilliseconds: step)
            wheel.add(9, deadline: start + distance)
            #expect(wheel.due(now: start + distance - 1) == [])
            #expect(wheel.due(now: start + distance + step) == [9])
        }
    }

    @Test func `a smaller step reaches less far`() {
        var wheel = TimerWheel(now: start, stepMilliseconds: 1)
        #expect(wheel.reachMilliseconds == 1_000)
        wheel.add(8, deadline: start + 5_000)
        #expect(wheel.due(now: start + 1_022) == [])
        #expect(wheel.due(now: start + 1_023) == [8])
    }

    @Test func `an owner that asks again waits out a deadline of many turns`() {
        var wheel = TimerWheel(now: start)
        let deadline = start + 4 * reach
        wheel.add(8, deadline: deadline)
        var (now, asked) = (start, 0)
        while now < deadline {
            now += 250
            for token in wheel.due(now: now) where now < deadline {
                asked += 1
                wheel.add(token, deadline: deadline)
            }
        }
        #expect(asked == 3)
        #expect(now < deadline + 250)
        #expect(wheel.count <= 1)
    }

    @Test(arguments: [1, 1023, 1024, 1025, 5_000, 100_000] as [UInt64])
    func `a pause of any length loses nothing and repeats nothing`(steps: UInt64) {
        var wheel = TimerWheel(now: start)
        let tokens = (1...1023).map(Token.init)
        for token in tokens { wheel.add(token, deadline: start + (token - 1) * step) }
        let first = wheel.due(now: start + steps * step)
        #expect(first == Array(tokens.prefix(Int(min(steps, 1023)))))
        let rest = wheel.due(now: start + (steps + 1023) * step)
        #expect(first + rest == tokens)
        #expect(wheel.count == 0)
    }

    @Test func `an idle wheel keeps pace with the clock`() {
        var wheel = TimerWheel(now: start)
        let later = start + 3_600_000
        #expect(wheel.due(now: later) == [])
        wheel.add(1, deadline: later + 100)
        #expect(wheel.due(now: later + 99) == [])
        #expect(wheel.due(now: later + 150) == [1])
    }

    @Test func `a clock that stands still gives nothing`() {
        var wheel = TimerWheel(now: start)
        wheel.add(1, deadline: start)
        #expect(wheel.due(now: start) == [])
        #expect(wheel.due(now: start - 500) == [])
        #expect(wheel.count == 1)
    }

    @Test func `the delay leads to the next entry`() throws {
        var wheel = TimerWheel(now: start)
        #expect(wheel.delay(now: start) == nil)
        wheel.add(1, deadline: start + 10_000)
        wheel.add(2, deadline: start + 500)
        let next = wheel.delay(now: start)
        let delay = try #require(next)
        #expect(delay >= 500 && delay <= 500 + Int(step))
        #expect(wheel.due(now: start + UInt64(delay) - 1) == [])
        #expect(wheel.due(now: start + UInt64(delay)) == [2])
        // A turn that comes late must not sleep at all.
        #expect(wheel.delay(now: start + 20_000) == 0)
        #expect(wheel.due(now: start + 20_000) == [1])
        #expect(wheel.delay(now: start + 20_000) == nil)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `whatever comes due has waited for its deadline and little longer`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var wheel = TimerWheel(now: start)
        var (now, deadlines) = (start, [UInt64]())
        let pauseMax: UInt64 = 170
        for _ in 0..<4_000 {
            if Bool.random(using: &random) {
                let deadline = now + .random(in: 0..<reach - step, using: &random)
                wheel.add(Token(deadlines.count), deadline: deadline)
                deadlines.append(deadline)
            }
            let wake = wheel.delay(now: now).map { now + UInt64($0) }
            now += .random(in: 0...pauseMax, using: &random)
            let due = wheel.due(now: now)
            // A sleep of this length neither misses an entry nor ends for nothing.
            #expect(due.isEmpty == (wake.map { $0 > now } ?? true), "seed \(seed)")
            for token in due {
                let deadline = deadlines[Int(token)]
                #expect(now >= deadline && now <= deadline + step + pauseMax, "seed \(seed)")
            }
        }
        let left = wheel.count
        #expect(wheel.due(now: now + 2 * reach).count == left)
    }
}

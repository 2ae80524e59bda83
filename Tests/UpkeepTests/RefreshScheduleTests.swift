// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Upkeep

struct RefreshScheduleTests {
    private let retry = RefreshSchedule<String>.Retry(first: 10, limit: 100)

    @Test func `a source is due at its moment, once, and again when its fetch has ended`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 50)
        #expect(schedule.takeDue(now: 49) == [])
        #expect(schedule.takeDue(now: 50) == ["a"])
        #expect(schedule.takeDue(now: 1_000) == [])
        #expect(schedule["a"]?.isPending == true)
        #expect(schedule.succeed("a", next: 1_100) == false)
        #expect(schedule.takeDue(now: 1_099) == [])
        #expect(schedule.takeDue(now: 1_100) == ["a"])
    }

    @Test func `the earliest come first, and no more than the limit`() {
        var schedule = RefreshSchedule<String>()
        for (name, moment) in [("c", 30), ("a", 10), ("d", 40), ("b", 20)] as [(String, UInt64)] {
            schedule.add(name, at: moment)
        }
        #expect(schedule.takeDue(now: 35, limit: 2) == ["a", "b"])
        #expect(schedule.takeDue(now: 35, limit: 2) == ["c"])
        #expect(schedule.takeDue(now: 40) == ["d"])
    }

    @Test func `failures double the wait up to the bound, and a success ends that`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 0)
        var now: UInt64 = 0
        var waits: [UInt64] = []
        for _ in 0..<70 {
            #expect(schedule.takeDue(now: now) == ["a"])
            _ = schedule.fail("a", "gone", now: now, retry)
            guard let next = schedule["a"]?.next else { break }
            waits.append(next - now)
            #expect(schedule.takeDue(now: next - 1) == [])
            now = next
        }
        #expect(waits.prefix(6) == [10, 20, 40, 80, 100, 100])
        #expect(waits.count == 70 && waits.last == 100)
        #expect(schedule.failing == 1)
        _ = schedule.takeDue(now: now)
        #expect(schedule.succeed("a", next: now + 500) == true)
        #expect(schedule.failing == 0)
        _ = schedule.takeDue(now: now + 500)
        _ = schedule.fail("a", "gone", now: now + 500, retry)
        #expect(schedule["a"]?.next == now + 510)
    }

    @Test func `a reason is news where it is another one than before`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 0)
        func failed(_ reason: String, _ now: UInt64) -> Bool {
            _ = schedule.takeDue(now: now)
            return schedule.fail("a", reason, now: now, retry)
        }
        #expect(failed("gone", 0))
        #expect(!failed("gone", 1_000))
        #expect(failed("late", 2_000))
        _ = schedule.takeDue(now: 3_000)
        #expect(schedule.succeed("a", next: 4_000) == true)
        #expect(failed("late", 4_000))
    }

    @Test func `what could not begin stays due`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 5)
        #expect(schedule.takeDue(now: 5) == ["a"])
        schedule.putBack("a")
        #expect(schedule["a"]?.wasTried == false && schedule.isUntried)
        #expect(schedule.takeDue(now: 5) == ["a"])
        // Only a refresh under way is put back.
        _ = schedule.succeed("a", next: 100)
        schedule.putBack("a")
        #expect(schedule.takeDue(now: 99) == [])
    }

    @Test func `hurried sources are due at once, and never twice at the same time`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 1_000)
        schedule.add("b", at: 2_000)
        schedule.hurry("a")
        schedule.hurry("a")
        schedule.hurry("nobody")
        #expect(schedule.takeDue(now: 1) == ["a"])
        schedule.hurry("a")
        schedule.hurry("b")
        #expect(schedule.takeDue(now: 1) == ["b"])
        // A fetch that is under way will do.
        _ = schedule.succeed("a", next: 50)
        #expect(schedule.takeDue(now: 49) == [])
        #expect(schedule.takeDue(now: 50) == ["a"])
    }

    @Test func `one hurried again while it is fetched is due at the end of that, and only once`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 0)
        for end in 0..<2 {
            #expect(schedule.takeDue(now: 1) == ["a"])
            schedule.hurry("a", again: true)
            schedule.hurryAll()
            schedule.hurry("a")
            #expect(schedule["a"]?.isDueAgain == true)
            #expect(schedule.takeDue(now: 1) == [])
            #expect(schedule.nextTurn() == nil)
            if end == 0 {
                _ = schedule.succeed("a", next: 50)
            } else {
                _ = schedule.fail("a", "gone", now: 1, retry)
            }
            #expect(schedule.nextTurn() == 0)
            #expect(schedule.takeDue(now: 1) == ["a"])
            // The wait of the second one counts.
            _ = schedule.succeed("a", next: 50)
            #expect(schedule.takeDue(now: 49) == [])
            #expect(schedule.nextTurn() == 50)
            schedule.hurry("a", again: true)
            #expect(schedule["a"]?.isDueAgain == false)
        }
        // Nor does one that could not begin, or is new, have anything of it.
        #expect(schedule.takeDue(now: 50) == ["a"])
        schedule.hurryAll()
        schedule.putBack("a")
        #expect(schedule.takeDue(now: 50) == ["a"])
        _ = schedule.succeed("a", next: 90)
        #expect(schedule.takeDue(now: 89) == [])
        #expect(schedule.takeDue(now: 90) == ["a"])
        schedule.hurryAll()
        schedule.add("a", at: 200)
        #expect(schedule.takeDue(now: 199) == [])
        #expect(schedule.takeDue(now: 200) == ["a"])
        _ = schedule.succeed("a", next: 300)
        #expect(schedule.takeDue(now: 299) == [])
    }

    @Test func `a source is brought forward, and neither put off nor fetched twice`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 1_000)
        schedule.bringForward("nobody", to: 1)
        schedule.bringForward("a", to: 2_000)
        #expect(schedule.nextTurn() == 1_000)
        schedule.bringForward("a", to: 500)
        #expect(schedule.takeDue(now: 499) == [])
        #expect(schedule.takeDue(now: 500) == ["a"])
        schedule.bringForward("a", to: 400)
        #expect(schedule.takeDue(now: 500) == [])
        #expect(schedule["a"]?.next == 500)
        _ = schedule.succeed("a", next: 1_500)
        #expect(schedule.takeDue(now: 1_499) == [])
        #expect(schedule.takeDue(now: 1_500) == ["a"])
    }

    @Test func `the next turn is the earliest of those that are not being fetched`() {
        var schedule = RefreshSchedule<String>()
        #expect(schedule.nextTurn() == nil)
        schedule.add("a", at: 1_000)
        schedule.add("b", at: 2_000)
        #expect(schedule.nextTurn() == 1_000)
        #expect(schedule.takeDue(now: 1_000) == ["a"])
        #expect(schedule.nextTurn() == 2_000)
        schedule.hurry("b")
        #expect(schedule.nextTurn() == 0)
        #expect(schedule.takeDue(now: 1_000) == ["b"])
        #expect(schedule.nextTurn() == nil)
        _ = schedule.succeed("b", next: 5_000)
        schedule.putBack("a")
        #expect(schedule.nextTurn() == 1_000)
        schedule.remove("a")
        #expect(schedule.nextTurn() == 5_000)
    }

    @Test func `a source that has gone, or is new, has nothing of an earlier one`() {
        var schedule = RefreshSchedule<String>()
        schedule.add("a", at: 0)
        _ = schedule.takeDue(now: 0)
        _ = schedule.fail("a", "gone", now: 0, retry)
        schedule.remove("a")
        #expect(schedule.failing == 0 && !schedule.isUntried)
        #expect(schedule["a"] == nil && schedule.takeDue(now: 1_000) == [])
        schedule.add("a", at: 2_000)
        // A late end of the earlier one's fetch.
        #expect(schedule.succeed("a", next: 9_000) == false)
        #expect(schedule.fail("a", "gone", now: 1_000, retry) == false)
        #expect(schedule["a"]?.failures == 0 && schedule.isUntried)
        #expect(schedule.takeDue(now: 2_000) == ["a"])
        schedule.remove("a")
        #expect(schedule.succeed("a", next: 9_000) == false)
        #expect(schedule.keys.isEmpty)
    }

    @Test func `many turns leave no more behind than there are sources, in the right order`() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = Numbers(state: seed)
        var schedule = RefreshSchedule<Int>()
        var expected: [Int: UInt64] = [:]
        for step in 0..<20_000 {
            let key = Int(generator.next() % 50)
            let moment = UInt64(step) + generator.next() % 1_000
            schedule.add(key, at: moment)
            expected[key] = moment
            guard step.isMultiple(of: 100) else { continue }
            let now = UInt64(step)
            let due = schedule.takeDue(now: now)
            let moments = due.compactMap { expected[$0] }
            #expect(moments == moments.sorted(), "seed \(seed)")
            #expect(Set(due) == Set(expected.filter { $0.value <= now }.keys), "seed \(seed)")
            for key in due {
                _ = schedule.succeed(key, next: now + 500)
                expected[key] = now + 500
            }
        }
        #expect(schedule.turns <= 2 * 50 + 65, "seed \(seed)")
    }

    /// A linear congruential generator (Knuth's MMIX).
    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}

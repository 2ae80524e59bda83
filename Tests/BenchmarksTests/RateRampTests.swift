// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct RateRampTests {
    @Test func `a ramp is two rates and the seconds between them`() {
        #expect(
            RateRamp(text: "100:5000:60") == RateRamp(from: 100, to: 5_000, seconds: 60)
        )
        #expect(RateRamp(text: "0:1:0.5") == RateRamp(from: 0, to: 1, seconds: 0.5))
        for text in [
            "", "1", "1:2", "1:2:3:4", "-1:2:3", "1:0:3", "1:2:0", "a:2:3", "1:inf:3", "1:2:nan",
            "1:20000000:3", "1::3", "1:2:90000",
        ] {
            #expect(RateRamp(text: text) == nil, "\(text)")
        }
    }

    @Test func `the rate rises evenly and stays; what is due is the area beneath it`() {
        let ramp = RateRamp(from: 100, to: 300, seconds: 10)
        #expect([-1, 0, 5, 10, 20].map { ramp.rate(at: $0) } == [100, 100, 200, 300, 300])
        #expect([0, 5, 10, 12].map { ramp.count(until: $0) } == [0, 750, 2_000, 2_600])
    }

    @Test(arguments: [
        RateRamp(from: 100, to: 300, seconds: 10), RateRamp(from: 300, to: 1, seconds: 10),
        RateRamp(from: 0, to: 5_000, seconds: 60), RateRamp(constant: 7),
        RateRamp(from: 1_000, to: 1_000.001, seconds: 60),
    ])
    func `the instant of a count is where so many are due`(ramp: RateRamp) {
        var before = -1.0
        for share in [0, 0.001, 0.1, 0.5, 0.999, 1, 1.5] {
            let count = ramp.count(until: ramp.seconds) * share
            let second = ramp.second(of: count)
            #expect(abs(ramp.count(until: second) - count) < 1e-6 * max(count, 1))
            #expect(second > before)
            before = second
        }
    }

    @Test func `arrivals keep the first rate in the warm-up, then follow the ramp`() {
        var schedule = ArrivalSchedule(
            start: 1_000_000_000,
            warmUp: 1,
            ramp: RateRamp(from: 10, to: 30, seconds: 10)
        )
        let due = schedule.takeAll(before: 12_000_000_000)
        #expect(due.count == 10 + 200)
        #expect(due[1] - due[0] == 100_000_000)
        #expect(due[10] == 2_000_000_000)
        #expect(zip(due, due.dropFirst()).allSatisfy { $0 < $1 })
        // 2.99 are due in the last tenth of a second, and the first of them just before it.
        #expect(due.count { $0 >= 11_900_000_000 } == 2)
        #expect(due.count { $0 >= 11_800_000_000 } == 5)
        #expect(schedule.take(at: 11_999_999_999) == nil)
    }

    @Test func `a ramp from zero has no arrivals before it, and a rate of almost nothing no end`() {
        var schedule = ArrivalSchedule(
            start: 0,
            warmUp: 5,
            ramp: RateRamp(from: 0, to: 10, seconds: 10)
        )
        let first = schedule.take(at: .max)
        #expect(first == 5_000_000_000)
        #expect(schedule.next > 6_000_000_000)
        var slow = ArrivalSchedule(start: 0, rate: 1e-12)
        #expect(slow.take(at: 0) == 0)
        #expect(slow.take(at: 1 << 62) == nil)
    }

    @Test func `generators share a ramp`() {
        let ramp = RateRamp(from: 100, to: 300, seconds: 10)
        #expect(Pace.ramp(ramp).divided(by: 4) == .ramp(RateRamp(from: 25, to: 75, seconds: 10)))
        #expect(Pace.closed.divided(by: 4) == .closed)
        #expect(Pace.closed.arrivals == nil)
        #expect(Pace.open(rate: 5).arrivals?.rate(at: 99) == 5)
    }

    private func slices(_ answered: [Double]) -> [TimelinePoint] {
        answered.enumerated().map { index, rate in
            let second = Double(index + 1)
            return TimelinePoint(second: second, rate: rate, p50: 1, p99: 1, offered: second * 100)
        }
    }

    @Test func `the rate that the target kept is the last before it fell behind for good`() throws {
        let kept = try #require(LoadRemarks.rateKept(slices([100, 200, 300, 310, 300, 290])))
        #expect(kept.rate == 300 && kept.fellBehind)
        // A slow slice, or two at the end, are a hiccup.
        for hiccup in [[100.0, 150, 300, 400, 500, 600], [100, 200, 300, 400, 450, 550]] {
            let all = try #require(LoadRemarks.rateKept(slices(hiccup)))
            #expect(all.rate == 600 && !all.fellBehind)
        }
        let none = try #require(LoadRemarks.rateKept(slices([10, 10, 10, 10])))
        #expect(none.rate == 0 && none.fellBehind)
        for (answered, rate, fellBehind) in [(99.0, 100.0, false), (60, 60, true)] {
            let even = (1...9).map {
                TimelinePoint(second: Double($0), rate: answered, p50: 1, p99: 1, offered: 100)
            }
            let kept = try #require(LoadRemarks.rateKept(even))
            #expect(kept.rate == rate && kept.fellBehind == fellBehind)
        }
        #expect(LoadRemarks.rateKept([TimelinePoint(second: 1, rate: 2, p50: 1, p99: 1)]) == nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import OAuth
import Testing

@testable import Server

struct LineBudgetTests {
    @Test func `so many lines a second, and a count of the rest`() {
        let budget = LineBudget(perSecond: 3)
        let admitted = (0..<10).filter { budget.admits(now: 5_000 + UInt64($0) * 10) }
        #expect(admitted == [0, 1, 2])
        // While the second lasts, more may come.
        #expect(budget.takeWithheld(now: 5_999) == 0)
        #expect(budget.takeWithheld(now: 6_000) == 7)
        #expect(budget.takeWithheld(now: 6_000) == 0)
    }

    @Test func `each second has its own, and what was withheld is not lost`() {
        let budget = LineBudget(perSecond: 1)
        #expect(budget.admits(now: 999) && !budget.admits(now: 999))
        #expect(budget.admits(now: 1_000) && !budget.admits(now: 1_500))
        #expect(budget.takeWithheld(now: 1_999) == 0)
        #expect(budget.takeWithheld(now: 2_000) == 2)
        #expect(budget.admits(now: 2_000))
        #expect(budget.takeWithheld(now: 9_000) == 0)
    }
}

struct RegistryChangeTests {
    @Test func `what became of something is told by whether it was there and enabled`() {
        let effects: [(Bool?, Bool?, RegistryChange.Effect)] = [
            (nil, true, .added), (nil, false, .added), (true, nil, .removed), (nil, nil, .removed),
            (true, true, .changed), (false, false, .changed), (true, false, .disabled),
            (false, true, .enabled),
        ]
        for (before, after, effect) in effects {
            #expect(RegistryChange.effect(from: before, to: after) == effect)
        }
    }
}

struct LatencyHistogramTests {
    @Test func `a time counts for the first bound that it is within`() {
        let histogram = LatencyHistogram()
        for time in [0, 50_000, 50_001, 1_000_000, 10_000_000_000, 10_000_000_001] {
            histogram.record(nanoseconds: time)
        }
        #expect(histogram.counts[0].current == 2)
        #expect(histogram.counts[1].current == 1)
        let last = LatencyHistogram.bounds.count
        #expect(histogram.counts[last - 1].current == 1 && histogram.counts[last].current == 1)
        #expect(histogram.sum.current == 20_001_100_002)
        #expect(LatencyHistogram.bounds == LatencyHistogram.bounds.sorted())
        #expect(histogram.counts.count == last + 1)
    }

    @Test func `seconds are written without loss and without zeros at their end`() {
        let texts = [
            (0, "0"), (1, "0.000000001"), (50_000, "0.00005"), (2_500_000_000, "2.5"),
            (10_000_000_000, "10"), (1_000_000_001, "1.000000001"),
        ]
        for (nanoseconds, text) in texts { #expect(Metrics.seconds(nanoseconds) == text) }
    }

    @Test func `each grant with each method, and each failure, has a place of its own`() {
        var taken: Set<Int> = []
        for grant in Grant.allCases {
            for method in ClientAuthenticationMethod.allCases {
                let index = ListenerCounters.index(grant, method)
                #expect((0..<64).contains(index) && taken.insert(index).inserted)
            }
        }
        let failures = HandshakeFailure.allCases
        #expect(failures.count <= ListenerCounters.failuresMax)
        #expect(Set(failures.map(\.index)).count == failures.count)
        #expect(ListenerCounters().failures.count == ListenerCounters.failuresMax)
        for (position, method) in ClientAuthenticationMethod.allCases.enumerated() {
            #expect(method.position == position)
        }
    }
}

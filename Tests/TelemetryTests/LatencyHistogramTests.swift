// SPDX-License-Identifier: Apache-2.0
import Telemetry
import Testing

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
}

struct HandshakeFailureTests {
    @Test func `each failure has a place of its own`() {
        let failures = HandshakeFailure.allCases
        #expect(failures.count <= ListenerCounters.failuresMax)
        #expect(Set(failures.map(\.index)).count == failures.count)
        #expect(ListenerCounters().failures.count == ListenerCounters.failuresMax)
    }
}

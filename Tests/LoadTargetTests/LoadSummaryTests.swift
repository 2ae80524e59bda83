// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing
import Text

@testable import LoadTarget

/// The bill of a load, and the histogram behind it.
struct LoadSummaryTests {
    @Test func `percentiles are right to six per cent, whatever the times`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let histograms = [ServiceTimes(), ServiceTimes()]
            let top = Int.random(in: 10...2_000_000_000, using: &generator)
            var times: [Int] = []
            for number in 0..<2_000 {
                let time = Int.random(in: 1...top, using: &generator)
                times.append(time)
                histograms[number % 2].record(nanoseconds: time)
            }
            times.sort()
            let shares = [0.5, 0.9, 0.99, 0.999]
            let found = try #require(ServiceTimes.percentiles(shares, of: histograms))
            for (share, found) in zip(shares, found) {
                let exact = Double(times[Int((2_000 * share).rounded(.up)) - 1]) / 1000
                #expect(found >= exact * 0.999 && found <= exact * 1.07 + 0.002, "\(exact)")
            }
        }
    }

    @Test func `times beyond all bounds are kept, and nothing is no percentile`() throws {
        let times = ServiceTimes()
        #expect(ServiceTimes.percentiles([0.5], of: [times]) == nil)
        for time in [Int.min, 0, 1, Int.max] { times.record(nanoseconds: time) }
        let found = try #require(ServiceTimes.percentiles([0.5, 1], of: [times]))
        #expect(found[0] < 0.01 && found[1] > 1_000_000_000)
        times.reset()
        #expect(ServiceTimes.percentiles([0.5], of: [times]) == nil)
    }

    private func summary(_ share: Double?, counting: (LoadCounters) -> Void = { _ in })
        -> LoadSummary
    {
        let counters = LoadCounters()
        counting(counters)
        return LoadSummary(
            totals: counters.totals,
            seconds: 12.345,
            serviceTimes: [50, 90, 99, 999.5],
            fullHandshake: 300,
            resumedHandshake: nil,
            keptRequest: 33.333,
            busiest: share.map { BusiestSecond(tokens: 7, share: $0) }
        )
    }

    @Test(
        arguments: [
            (nil, nil), (0.01, nil), (0.5, .generator), (0.89, .generator), (0.9, .target),
            (1, .target),
        ] as [(Double?, LoadSummary.Bottleneck?)]
    )
    func `the bottleneck follows from the busiest second`(
        share: Double?,
        side: LoadSummary.Bottleneck?
    ) {
        let summary = summary(share)
        #expect(summary.bottleneck == side)
        #expect(summary.json["bottleneck"] == side.map { .string($0.rawValue) } ?? .null)
        #expect(summary.lines.contains { $0.contains("bottleneck") } == (side != nil))
    }

    @Test func `the bill has counts, times and costs, and null for what was not measured`() {
        let bill = summary(1) { counters in
            for _ in 0..<3 { counters.count(.tokens) }
            counters.count(.handshakesFull)
            counters.count(FaultKind.delay)
        }
        #expect(bill.json["tokens"] == .integer(3) && bill.json["handshakes_full"] == .integer(1))
        #expect(bill.json["seconds"] == .number("12.35"))
        #expect(bill.json["cpu_us"]?["handshake_full"] == .number("300.00"))
        #expect(bill.json["cpu_us"]?["handshake_resumed"] == .null)
        #expect(bill.json["service_time_us"]?["p99_9"] == .number("999.50"))
        #expect(bill.json["faults"]?["delay"] == .integer(1))
        #expect(bill.lines.first == "3 tokens and 0 refusals in 12.35 s")
        #expect(bill.lines.contains("faults: delay 1"))
        #expect(bill.lines.contains { $0.hasSuffix("request on a kept connection 33.33") })
    }

    @Test func `a reset begins the bill anew`() {
        let state = LoadTargetState(reactors: 2, clock: WallClock()) { _ in }
        state.counters[1].count(.tokens)
        state.counters[1].count(.handshakesResumed)
        state.work[0].spend(5_000, isResumed: true)
        state.work[1].serviceTimes.record(nanoseconds: 10)
        #expect(state.summary.json["cpu_us"]?["handshake_resumed"] == .number("5.00"))
        #expect(state.summary.json["tokens"] == .integer(1))
        state.reset()
        #expect(state.summary.json["tokens"] == .integer(0))
        #expect(state.summary.json["service_time_us"]?["p50"] == .null)
        #expect(state.summary.json["cpu_us"]?["handshake_resumed"] == .null)
    }
}

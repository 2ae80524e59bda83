// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct StatisticsTests {
    @Test func `the median of an odd count is the middle value, whatever the order`() {
        #expect(Statistics.median([9, 1, 5]) == 5)
    }

    @Test func `the median of an even count is the mean of the two in the middle`() {
        #expect(Statistics.median([4, 1, 3, 2]) == 2.5)
    }

    @Test func `nothing has no median and no spread`() {
        #expect(Statistics.median([]) == nil)
        #expect(Statistics.spread([]) == 0)
        #expect(Statistics.spread([7]) == 0)
    }

    @Test func `the spread is the range as a share of the median`() {
        #expect(Statistics.spread([90, 100, 120]) == 0.3)
    }

    @Test func `one disturbed round of five does not make the spread`() {
        #expect(Statistics.spread([100, 101, 99, 100, 500]) < 0.02)
        #expect(Statistics.spread([100, 101, 500]) > 3)
    }

    @Test func `a full generator beside an idle server is the bottleneck`() {
        #expect(Bottleneck.isGenerator(0.98, server: 0.6))
        #expect(Bottleneck.isGenerator(0.95, server: nil))
    }

    @Test func `a full server is the bottleneck itself, and an idle generator never is`() {
        #expect(!Bottleneck.isGenerator(0.98, server: 0.97))
        #expect(!Bottleneck.isGenerator(0.5, server: 0.2))
    }

    @Test func `percentiles of a known distribution are within three digits`() throws {
        var record = WorkRecord()
        for microsecond in 1...10_000 { record.add(latency: UInt64(microsecond) * 1_000) }
        record.succeeded = 10_000
        var result = LoadResult()
        result.parts = [LoadPart(seconds: 2, succeeded: 10_000, serverCPU: 0.5)]
        result.works[Work.full.index] = record
        result.generatorCPU = 1
        let round = Summary.round(result, of: record, work: .full)
        for (value, expected) in [
            (round.p50, 5_000.0), (round.p90, 9_000), (round.p99, 9_900), (round.p999, 9_990),
        ] {
            #expect(abs(value / expected - 1) < 0.001, "\(value) for \(expected)")
        }
        #expect(round.rate == 5_000)
        #expect(round.serverCPU == 50)
        #expect(round.serverLoad == 0.25)
        #expect(round.generatorLoad == 0.5)
        #expect(round.resumedShare == nil)
        let curve = Summary.curve(record)
        let top = try #require(curve.last)
        #expect(top.percent == 100)
        #expect(abs(top.latency / 10_000 - 1) < 0.001)
        #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.latency <= $1.latency })
    }

    @Test func `a run without answers has no cost and no percentiles, and divides by nothing`() {
        var result = LoadResult()
        result.parts = [LoadPart(seconds: 1, succeeded: 0, serverCPU: 0.1)]
        let round = Summary.round(result, of: WorkRecord(), work: .resumed)
        #expect(round.serverCPU == nil)
        #expect(round.p99 == 0)
        #expect(round.rate == 0)
        #expect(round.resumedShare == nil)
        #expect(Summary.curve(WorkRecord()).isEmpty)
    }

    @Test
    func `the share of resumed handshakes is told, so that a server that resumes none is seen`() {
        var record = WorkRecord()
        record.succeeded = 10
        record.resumed = 4
        #expect(record.resumedShare == 0.4)
        // A client's first operation has nothing to resume.
        record.first = 6
        #expect(record.resumedShare == 1)
        record.first = 10
        #expect(record.resumedShare == nil)
        record.first = 0
        let round = Summary.round(LoadResult(), of: record, work: .resumed)
        #expect(round.resumedShare == 0.4)
    }

    @Test func `thirds vary in rate and cost and count failures once`() {
        var whole = Rows.round(cost: 10, rate: 100)
        whole.failed = 7
        let parts = [
            LoadPart(seconds: 1, succeeded: 90, serverCPU: 0.9),
            LoadPart(seconds: 1, succeeded: 100, serverCPU: 0.5),
            LoadPart(seconds: 1, succeeded: 110, serverCPU: nil),
        ]
        let rounds = Summary.thirds(parts, of: whole)
        #expect(rounds.map(\.rate) == [90, 100, 110])
        #expect(rounds.map(\.serverCPU) == [10_000, 5_000, nil])
        #expect(rounds.map(\.failed) == [7, 0, 0])
        #expect(rounds.map(\.p99) == [whole.p99, whole.p99, whole.p99])
    }

    @Test func `threads add up in counts and latencies but not in time`() {
        var one = LoadResult()
        one.parts = [LoadPart(seconds: 1, succeeded: 10, serverCPU: 0.25)]
        one.works[0].succeeded = 10
        one.works[0].add(latency: 1_000)
        one.generatorCPU = 0.5
        var other = one
        other.parts = [LoadPart(seconds: 1, succeeded: 30, serverCPU: nil)]
        other.works[0].succeeded = 30
        other.generatorCPU = 0.75
        other.firstFailure = "why"
        let joined = LoadResult.joined([one, other])
        #expect(joined.succeeded == 40)
        #expect(joined.seconds == 1)
        #expect(joined.serverCPU == 0.25)
        #expect(joined.generatorCPU == 0.75)
        #expect(joined.total.latencyCount == 2)
        #expect(joined.firstFailure == "why")
    }
}

// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Testing

@testable import Benchmarks

@Suite struct LoadResultTests {
    private func result(_ latencies: ClosedRange<UInt64>, server: Double?) -> LoadResult {
        var result = LoadResult()
        for microsecond in latencies {
            result.works[Work.full.index].add(latency: microsecond * 1_000)
        }
        result.works[Work.full.index].succeeded = latencies.count
        result.works[Work.full.index].failed = 1
        result.works[Work.resumed.index].succeeded = 2
        result.works[Work.resumed.index].resumed = 1
        result.parts = [LoadPart(seconds: 2, succeeded: latencies.count, serverCPU: server)]
        result.timeline = [TimelinePoint(second: 1, rate: 5, p50: 1, p99: Double(latencies.count))]
        result.generatorCPU = Double(latencies.count) / 1_000
        result.answers = latencies.count + 3
        result.clientsUsed = 4
        result.unanswered = 2
        return result
    }

    private func coded<T: Codable>(_ value: T) throws -> T {
        try JSONDecoder().decode(T.self, from: try JSONEncoder().encode(value))
    }

    @Test func `results of processes have the sums of counts and one distribution`() throws {
        let low = result(1...500, server: 0.5)
        let high = result(501...1_000, server: nil)
        let joined = LoadResult.joined([try coded(low), try coded(high)])
        let full = joined.works[Work.full.index]
        #expect(full.succeeded == 1_000 && full.failed == 2 && full.latencyCount == 1_000)
        // Merged, and not an average of two medians.
        for percent in [50.0, 90, 99] {
            #expect(abs(Double(full.latency(percent)) / (percent * 10_000) - 1) < 0.002)
        }
        #expect(joined.works[Work.resumed.index].resumed == 2)
        #expect(joined.seconds == 2)
        #expect(joined.serverCPU == 0.5)
        #expect(joined.generatorCPU == 0.5)
        #expect(joined.answers == 1_006 && joined.clientsUsed == 8 && joined.unanswered == 4)
        #expect(joined.timeline == [TimelinePoint(second: 1, rate: 10, p50: 1, p99: 500)])
    }

    @Test func `a record that went through JSON is the same, the longest latency included`() throws
    {
        var record = WorkRecord()
        for nanoseconds in [1, 999, 1_234_567, Recorder.latencyMax, .max] {
            record.add(latency: nanoseconds)
        }
        record.succeeded = 7
        let again = try coded(record)
        #expect(again.latencyCount == 5 && again.succeeded == 7)
        for percent in [0.0, 25, 50, 75, 100] {
            #expect(again.latency(percent) == record.latency(percent))
        }
        #expect(try coded(WorkRecord()).latencyCount == 0)
    }

    @Test func `a record with more values than counts is refused`() {
        let text = #"{"values":[1,2],"counts":[1],"succeeded":0,"failed":0,"resumed":0,"first":0}"#
        #expect(throws: DecodingError.self) {
            _ = try JSONDecoder().decode(WorkRecord.self, from: Data(text.utf8))
        }
    }

    @Test func `a plan that another process reads is the same`() throws {
        let target = Target(host: "127.0.0.1", port: 9, path: "/t")
        var plan = LoadPlan(
            target: target,
            endpoint: try Endpoint(target),
            identities: [Identity(certificate: "c", privateKey: "k")],
            bodies: ["b"],
            mix: try #require(Mix(text: "1:2:3"))
        )
        plan.pace = .ramp(RateRamp(from: 1, to: 2, seconds: 3))
        plan.trust = .file("x")
        plan.version = .v12
        plan.serverProcesses = [4]
        let again = try coded(plan)
        #expect(again.target == plan.target && again.mix == plan.mix && again.pace == plan.pace)
        #expect(again.trust == plan.trust && again.version == plan.version)
        #expect(again.identities == plan.identities && again.bodies == plan.bodies)
        #expect(again.endpoint.serverName == plan.endpoint.serverName)
        #expect(again.serverProcesses == [4] && again.processor == nil)
    }
}

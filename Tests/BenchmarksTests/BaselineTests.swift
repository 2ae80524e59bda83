// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct BaselineTests {
    @Test func `a cost that falls beyond the noise is better`() {
        let change = Baseline.change(
            Rows.row(costs: [100, 101, 99]),
            Rows.row(costs: [80, 81, 82])
        )
        #expect(change.kind == .better)
        #expect(change.quantity == "server CPU, µs")
        #expect(change.before == 100)
        #expect(change.after == 81)
    }

    @Test func `a cost that rises beyond the noise is worse`() {
        let change = Baseline.change(
            Rows.row(costs: [80, 81, 82]),
            Rows.row(costs: [100, 101, 99])
        )
        #expect(change.kind == .worse)
    }

    @Test func `what the rounds' own spread explains is no change`() {
        let change = Baseline.change(
            Rows.row(costs: [80, 100, 120]),
            Rows.row(costs: [110, 115, 112])
        )
        #expect(change.noise == 0.4)
        #expect(change.kind == .withinNoise)
    }

    @Test func `less than three percent is no change even when the rounds agree`() {
        let same = Baseline.change(
            Rows.row(costs: [100, 100, 100]),
            Rows.row(costs: [102, 102, 102])
        )
        #expect(same.kind == .withinNoise)
        let more = Baseline.change(
            Rows.row(costs: [100, 100, 100]),
            Rows.row(costs: [104, 104, 104])
        )
        #expect(more.kind == .worse)
    }

    @Test func `ratios are compared rather than a machine's mood`() {
        let change = Baseline.change(
            Rows.row(costs: [100, 100, 100], ratios: [0.4, 0.4, 0.4]),
            Rows.row(costs: [150, 150, 150], ratios: [0.4, 0.41, 0.4])
        )
        #expect(change.quantity == "CPU against nginx")
        #expect(change.kind == .withinNoise)
    }

    @Test func `without ratios in both runs the cost itself is compared`() {
        let change = Baseline.change(
            Rows.row(costs: [100, 100, 100], ratios: [0.4, 0.4, 0.4]),
            Rows.row(costs: [150, 150, 150])
        )
        #expect(change.quantity == "server CPU, µs")
        #expect(change.kind == .worse)
    }

    @Test func `of rates, more is better`() {
        var before = Rows.row(costs: [nil, nil, nil])
        var after = before
        for index in 0..<3 {
            before.rounds[index].rate = 1_000
            after.rounds[index].rate = 1_200
        }
        #expect(Baseline.change(before, after).kind == .better)
        #expect(Baseline.change(after, before).kind == .worse)
        #expect(Baseline.change(before, after).quantity == "rate")
    }

    @Test func `rows of one run only are named, and peers are not judged`() {
        let before = Rows.measurements([
            Rows.row(.full, costs: [1]), Rows.row(.full, server: "nginx", costs: [1]),
        ])
        let after = Rows.measurements([
            Rows.row(.resumed, costs: [1]), Rows.row(.full, server: "nginx", costs: [9]),
            Rows.row(.full, server: "granian", costs: [9]),
        ])
        let changes = Baseline.compare(before, after)
        #expect(changes.map(\.kind) == [.new, .missing])
        let lines = Baseline.lines(changes, earlier: "a.json")
        #expect(lines.contains { $0.contains("only in this run: resumed P-256") })
        #expect(lines.contains { $0.contains("only in the earlier run: full P-256") })
        #expect(lines.contains { $0.contains("no row moved") })
    }

    @Test func `a worse row is named with its figures`() {
        let changes = Baseline.compare(
            Rows.measurements([Rows.row(costs: [100, 100, 100])]),
            Rows.measurements([Rows.row(costs: [150, 150, 150])])
        )
        let text = Baseline.lines(changes, earlier: "a.json").joined(separator: "\n")
        #expect(text.contains("WORSE  full P-256 TLS 1.3 jwt: server CPU, µs 100 → 150 (+50.0 %"))
    }

    @Test func `results survive being written and read`() throws {
        var measurements = Rows.measurements([Rows.row(costs: [1.5, 2], ratios: [0.5])])
        measurements.rungs = [Rung(name: "form", nanoseconds: [1, 2])]
        measurements.memory = [IdleMemory(server: "x", connections: 3, bytesPerConnection: 4)]
        measurements.timeline = [TimelinePoint(second: 1, rate: 2, p50: 3, p99: 4)]
        let text = try ResultFile.text(measurements)
        #expect(try ResultFile.parse(text, named: "x") == measurements)
    }

    @Test func `a file that is no result, or of another format, or damaged is refused by name`()
        throws
    {
        for (text, reason) in [
            ("", "not a result file"), ("[]", "not a result file"),
            (#"{"format":99}"#, "format 99"), (#"{"format":1}"#, "damaged"),
        ] {
            let error = try #require(throws: BenchmarkError.self) {
                _ = try ResultFile.parse(text, named: "old.json")
            }
            #expect(error.description.contains(reason))
            #expect(error.description.contains("old.json"))
        }
        #expect(throws: BenchmarkError.self) { _ = try ResultFile.read("/nonexistent/old.json") }
    }
}

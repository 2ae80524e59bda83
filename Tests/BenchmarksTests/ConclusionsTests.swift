// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct ConclusionsTests {
    private func text(_ measurements: Measurements) -> String {
        Conclusions.of(measurements).joined(separator: "\n")
    }

    @Test func `open connections are worth the ratio of the costs`() {
        let measurements = Rows.measurements([
            Rows.row(.full, costs: [300]), Rows.row(.resumed, costs: [90]),
            Rows.row(.keptAlive, costs: [30]),
        ])
        #expect(text(measurements).contains("10.0 times less than after a full handshake"))
        #expect(text(measurements).contains("3.0 times less than resumed"))
        let one = Rows.measurements([Rows.row(.full, costs: [300])])
        #expect(!text(one).contains("keep their connections open"))
        #expect(text(one).contains("room for about 3 333 a second"))
    }

    @Test func `failures come first, and doubts last`() throws {
        var measurements = Rows.measurements([
            Rows.row(.full, costs: [100, 200, 300]), Rows.row(.resumed, costs: [50]),
        ])
        measurements.rows[0].rounds[0].failed = 2
        measurements.rows[1].rounds[0].generatorLoad = 0.99
        measurements.rows[1].rounds[0].serverLoad = 0.5
        let sentences = Conclusions.of(measurements)
        #expect(try #require(sentences.first).hasPrefix("2 requests failed"))
        #expect(sentences.contains { $0.hasPrefix("1 of 2 rows varied") })
        #expect(try #require(sentences.last).hasPrefix("In 1 of 2 rows the load generator"))
        #expect(Conclusions.of(Rows.measurements([])).isEmpty)
    }

    private func load(_ answered: [Double], generator: Double = 0.5) -> Measurements {
        var measurements = Rows.measurements([Rows.row(.keptAlive, costs: [nil])])
        measurements.answers = 100
        measurements.rows[0].rounds[0].generatorLoad = generator
        measurements.timeline = answered.enumerated().map { index, rate in
            TimelinePoint(
                second: Double(index + 1),
                rate: rate,
                p50: 1,
                p99: 1,
                offered: Double(index + 1) * 100
            )
        }
        return measurements
    }

    @Test func `a load says whether the target kept up, and who was the limit`() {
        #expect(
            text(load([100, 200, 210, 210, 210])).contains("kept up to 200 a second, and then")
        )
        #expect(text(load([100, 200, 300])).contains("kept up with all that was offered, to 300"))
        #expect(text(load([])).contains("answered 1 000 a second with so many connections"))
        #expect(text(load([], generator: 0.99)).contains("the limit of this load generator"))
    }

    @Test func `floods are judged by what was left beside them`() {
        var measurements = Rows.measurements(
            ["quiet", "beside a flood"].map { name in
                var row = Rows.row(.full, costs: [10])
                row.key.work = name
                return row
            }
        )
        measurements.remarks = ["beside a flood: 90 % of the quiet rate"]
        #expect(text(measurements).hasPrefix("Beside a flood: 90 % of the quiet rate"))
        #expect(!text(measurements).contains("room for"))
        let page = HTMLReport.page(measurements)
        #expect(page.ranges(of: "90 % of the quiet rate").count == 1)
        // One scale for all of them.
        #expect(page.contains("quiet</text>") && !page.contains("each group has its own scale"))
    }

    @Test func `sessions that are not resumed are told`() {
        var measurements = load([])
        measurements.rows[0].rounds[0].resumedShare = 0.4
        #expect(text(measurements).contains("Only 40 % of the sessions were resumed"))
        measurements.rows[0].rounds[0].resumedShare = 1
        #expect(!text(measurements).contains("resumed"))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct ReportTests {
    /// Every tag is closed in order, and every & and < that is text is escaped.
    private func wellFormed(_ page: String) -> Bool {
        var open: [Substring] = []
        var rest = page[...]
        if rest.hasPrefix("<!DOCTYPE html>") { rest = rest.dropFirst(15) }
        while let start = rest.firstIndex(where: { $0 == "<" || $0 == "&" || $0 == ">" }) {
            rest = rest[start...]
            if rest.first == ">" { return false }
            if rest.first == "&" {
                let entities = ["&amp;", "&lt;", "&gt;", "&quot;"]
                guard let entity = entities.first(where: { rest.hasPrefix($0) }) else {
                    return false
                }
                rest = rest.dropFirst(entity.count)
                continue
            }
            guard let end = rest.firstIndex(of: ">") else { return false }
            let tag = rest[..<end].dropFirst()
            rest = rest[rest.index(after: end)...]
            guard !tag.contains("<"), tag.count(where: { $0 == "\"" }) % 2 == 0 else {
                return false
            }
            let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
            guard !name.isEmpty else { return false }
            if tag.hasPrefix("/") {
                guard open.popLast() == name else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(name)
            }
        }
        return open.isEmpty
    }

    private func full() -> Measurements {
        var measurements = Rows.measurements([
            Rows.row(.full, costs: [100, 110, 120], ratios: [0.4, 0.41, 0.42]),
            Rows.row(.keptAlive, costs: [nil]), Rows.row(.full, server: "nginx", costs: [250]),
        ])
        measurements.timeline = (1...20).map {
            TimelinePoint(second: Double($0) / 10, rate: Double($0 * 100), p50: 10, p99: 90)
        }
        measurements.memory = [
            IdleMemory(server: "handfast", connections: 9, bytesPerConnection: 16_384)
        ]
        measurements.remarks = ["a <remark> & more"]
        return measurements
    }

    @Test func `the page is well-formed and has a plot for each kind of work and for time`() {
        let page = HTMLReport.page(full())
        #expect(wellFormed(page))
        #expect(page.ranges(of: "<svg ").count == 4)
        #expect(page.contains("16.0 KiB"))
    }

    @Test func `a page of nothing, or of failures with hostile text, is well-formed too`() {
        #expect(wellFormed(HTMLReport.page(Rows.measurements([]))))
        var bad = full()
        bad.rows[0].rounds[0].failed = 3
        bad.firstFailure = "answer: \u{1}\"</p><script src='x'>&\u{7F}"
        bad.command = #"Benchmarks --body "<a>&b""#
        let page = HTMLReport.page(bad)
        #expect(wellFormed(page))
        #expect(!page.contains("<script"))
        #expect(page.contains("3 requests failed"))
    }

    @Test func `the check itself refuses what is not well-formed`() {
        #expect(!wellFormed("<p>a & b</p>"))
        #expect(!wellFormed("<p><b>a</p>"))
        #expect(!wellFormed("<p>a"))
        #expect(!wellFormed("<p a=\"b>c</p>"))
        #expect(wellFormed("<p a=\"b\">c &amp; d<br/></p>"))
    }

    @Test func `the page loads nothing from elsewhere`() {
        let page = HTMLReport.page(full())
        for word in ["http://", "https://", "src=", "@import", "url(", "<link", "<script"] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    @Test func `plotted points stay inside the picture, zeros and single points included`() {
        for values in [[0.0, 0, 0], [5], [1e-6, 1e9], []] {
            for logarithmic in [false, true] {
                let svg = Plot(
                    title: "t",
                    unit: "u",
                    lines: [
                        .init(
                            name: "n",
                            points: values.enumerated().map { .init(x: Double($0), y: $1) }
                        )
                    ],
                    xTicks: [],
                    logarithmic: logarithmic,
                    label: Format.latency
                ).svg()
                #expect(values.isEmpty ? svg.isEmpty : wellFormed(svg))
                #expect(!svg.contains("nan") && !svg.contains("inf") && !svg.contains("=\"-"))
            }
        }
    }

    @Test func `axis steps are 1, 2 or 5 times a power of ten`() {
        #expect(Plot.niceStep(100) == 20)
        #expect(Plot.niceStep(7) == 2)
        #expect(abs(Plot.niceStep(0.3) - 0.1) < 1e-12)
        #expect(Plot.niceStep(0) == 1)
    }

    @Test func `the table shows ratios against nginx and marks what to doubt`() {
        var measurements = full()
        measurements.rows[0].rounds = measurements.rows[0].rounds.map {
            var round = $0
            round.generatorLoad = 0.99
            round.serverLoad = 0.5
            round.failed = 1
            return round
        }
        let text = ResultTable.lines(measurements).joined(separator: "\n")
        #expect(text.contains("0.41"))
        #expect(text.contains("110 µs"))
        #expect(text.contains("3 FAILED"))
        #expect(text.contains("the load generator was the bottleneck"))
        let calm = ResultTable.lines(full()).joined(separator: "\n")
        #expect(!calm.contains("bottleneck"))
        #expect(!calm.contains("FAILED"))
    }

    @Test func `columns that are empty take no room`() {
        let lines = ResultTable.aligned(
            ResultTable.withoutEmptyColumns([["a", "b", "c"], ["1", "", "33"], ["2", "–", "4"]]),
            textColumns: [0]
        )
        #expect(lines == ["a   c", "1  33", "2   4"])
    }

    @Test func `numbers are written as people read them`() {
        #expect(Format.grouped(1_234_567) == "1 234 567")
        #expect(Format.grouped(999) == "999")
        #expect(Format.fixed(0.125, 2) == "0.13")
        #expect(Format.fixed(1.04, 2) == "1.04")
        #expect(Format.fixed(-0.5, 1) == "-0.5")
        #expect(Format.fixed(.nan, 1) == "–")
        #expect(Format.latency(9.994) == "9.99 µs")
        #expect(Format.latency(9.996) == "10.0 µs")
        #expect(Format.latency(999.6) == "1.00 ms")
        #expect(Format.latency(1_500_000) == "1.50 s")
        #expect(Format.percent(0.05) == "5.0 %")
        #expect(Format.percent(0.97) == "97 %")
    }

    @Test func `a date is the calendar's, leap days included`() {
        #expect(Machine.timestamp(of: 0) == "1970-01-01T00:00:00Z")
        #expect(Machine.timestamp(of: 951_782_399) == "2000-02-28T23:59:59Z")
        #expect(Machine.timestamp(of: 951_782_400) == "2000-02-29T00:00:00Z")
        #expect(Machine.timestamp(of: 1_798_761_599) == "2026-12-31T23:59:59Z")
    }
}

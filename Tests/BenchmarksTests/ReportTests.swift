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

    @Test
    func `the page is well-formed and has bars, and a plot for each kind of work and for time`() {
        let page = HTMLReport.page(full())
        #expect(wellFormed(page))
        #expect(page.ranges(of: #"role="img""#).count == 1 + 2 + 2)
        #expect(page.contains("16.0 KiB"))
    }

    @Test func `the page opens with the costs beside the peers, and says what to conclude`() throws
    {
        var measurements = full()
        measurements.rows.append(Rows.row(.full, server: "granian", costs: [220]))
        let page = HTMLReport.page(measurements)
        let bars = try #require(page.firstRange(of: "<rect "))
        let conclusions = try #require(page.firstRange(of: "What to conclude"))
        let figures = try #require(page.firstRange(of: "<table>"))
        #expect(bars.lowerBound < conclusions.lowerBound)
        #expect(conclusions.lowerBound < figures.lowerBound)
        for words in [
            "handfast, jwt</text>", "nginx (OpenSSL)</text>", "granian (rustls)</text>",
            "110 µs</text>", "250 µs</text>",
            "room for about 9 091 a second. That is 0.44 times what nginx (OpenSSL) spends, and "
                + "0.50 times what granian (rustls) spends on a fixed page.",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(page.ranges(of: #"class="subject""#).count == 1)
        #expect(page.ranges(of: #"class="peer""#).count == 2)
    }

    @Test func `a page without costs opens with latencies`() {
        let page = HTMLReport.page(Rows.measurements([Rows.row(.keptAlive, costs: [nil])]))
        #expect(page.contains("Latency as clients see it"))
        #expect(page.contains("p99</text>"))
        #expect(!page.contains("Server CPU for one operation"))
    }

    @Test func `the page has a dark form`() {
        let page = HTMLReport.page(full())
        #expect(page.contains("@media (prefers-color-scheme:dark)"))
        #expect(page.contains("color-scheme:light dark"))
        // Each colour is named once for each form, and used by its name alone.
        let style = ReportStyle.text
        for name in ["ink", "soft", "page", "line", "c0", "c1", "c2", "c3", "peer", "bad"] {
            #expect(style.ranges(of: "--\(name):").count == 2, "\(name)")
            #expect(style.contains("var(--\(name))"), "\(name)")
        }
        #expect(!page.contains("stroke=\"#"))
    }

    @Test func `no chart has more than four lines`() {
        var rows: [Row] = []
        for server in ["handfast", "nginx", "granian"] {
            for client in ["RSA-2048", "P-256", "Ed25519"] {
                for version in ["1.3", "1.2"] {
                    for token in server == "handfast" ? ["jwt", "sealed", "reused"] : [""] {
                        var row = Rows.row(.keptAlive, server: server, costs: [10])
                        row.key.client = client
                        row.key.version = version
                        row.key.token = token
                        rows.append(row)
                    }
                }
            }
        }
        // A run of floods has a name for each row.
        let floods = (0..<6).map { number in
            var row = Rows.row(.full, costs: [10])
            row.key.work = "beside flood \(number)"
            return row
        }
        for rows in [rows, floods] {
            let page = HTMLReport.page(Rows.measurements(rows))
            let charts = page.split(separator: "<figure>").dropFirst()
            #expect(charts.count > 2)
            #expect(charts.allSatisfy { $0.ranges(of: "<polyline").count <= 4 })
            #expect(wellFormed(page))
        }
        #expect(HTMLReport.page(Rows.measurements(floods)).ranges(of: "<polyline").count == 6)
    }

    @Test func `labels have room beside bars and axes`() {
        let name = "a server with a long name, reused"
        let label = "1 234 567 µs"
        let bars = BarChart(
            title: "t",
            note: "n",
            groups: [
                .init(
                    title: "g",
                    bars: [
                        .init(name: name, value: 5, label: label, isSubject: true),
                        .init(name: "b", value: 0, label: "0", isSubject: false),
                    ]
                )
            ]
        ).svg()
        let numbers = { (text: String, name: String) in
            text.split(separator: " \(name)=\"").dropFirst().compactMap {
                Double($0.prefix { $0 != "\"" })
            }
        }
        let left = numbers(bars, "x")[2]
        let width = numbers(bars, "width")[0]
        #expect(left >= Double(name.count) * 7)
        #expect(left + width + Double(label.count) * 7 <= BarChart.width)
        let plot = Plot(
            title: "t",
            unit: "u",
            lines: [.init(name: "n", points: [.init(x: 0, y: 1), .init(x: 1, y: 9)])],
            xTicks: [.init(position: 1, label: "the last tick of all")],
            logarithmic: false,
            label: { "\(Format.fixed($0, 0)) of a long unit" }
        ).svg()
        #expect(numbers(plot, "x1").allSatisfy { $0 >= Double("10 of a long unit".count) * 7 })
        #expect(
            numbers(plot, "x2").allSatisfy {
                $0 + Double("the last tick of all".count) * 3.5 <= 760
            }
        )
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

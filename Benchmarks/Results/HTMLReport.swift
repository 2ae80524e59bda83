// SPDX-License-Identifier: Apache-2.0
/// One self-contained page: the table, latency percentiles, throughput over time.
///
/// Self-contained: loads no file from elsewhere.
enum HTMLReport {
    static func page(_ measurements: Measurements, comparison: [RowChange] = []) -> String {
        var body = ["<h1>Benchmarks</h1>", "<p>\(escaped(measurements.machine.line))</p>"]
        body.append(
            "<p><code>\(escaped(measurements.command))</code> · \(escaped(measurements.date))</p>"
        )
        if measurements.failed > 0 {
            body.append(
                #"<p class="bad">\#(measurements.failed) requests failed. The first: "#
                    + escaped(measurements.firstFailure ?? "unknown") + "</p>"
            )
        }
        body.append(table(measurements))
        body.append(contentsOf: measurements.remarks.map { "<p>\(escaped($0))</p>" })
        body.append(contentsOf: memory(measurements))
        body.append(contentsOf: timelines(measurements))
        body.append(contentsOf: curves(measurements))
        body.append(contentsOf: changes(comparison))
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/><title>Benchmarks</title>
            <meta name="viewport" content="width=device-width"/><style>\(style)</style></head>
            <body>
            \(body.filter { !$0.isEmpty }.joined(separator: "\n"))
            </body></html>

            """
    }

    /// Text as it stands in an element or a quoted attribute.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // Controls have no place in a page; an answer that a server sent may hold any.
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 32 || scalar.value == 127: result += "·"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let style = """
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
        color:#222;background:#fff}table{border-collapse:collapse;width:100%;font-size:13px}
        th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #ddd;white-space:nowrap}
        td.t,th.t{text-align:left}figure{margin:1.5rem 0}figcaption{font-weight:600}
        svg{width:100%;height:auto}polyline{fill:none;stroke-width:1.8}
        .grid{stroke:#ddd}svg text{font-size:11px;fill:#555}.y{text-anchor:end;
        dominant-baseline:middle}.x{text-anchor:middle}
        .legend span{margin-right:1rem;font-size:13px}
        .legend i{display:inline-block;width:1rem;height:.3rem;margin-right:.3rem}
        .bad{color:#a00;font-weight:600}
        """

    // MARK: tables

    private static func table(_ measurements: Measurements) -> String {
        let heads = [
            "work", "server", "client", "TLS", "token", "per second", "p50", "p90", "p99", "p99.9",
            "CPU/op", "ratio",
        ]
        let lines = measurements.rows.map { row -> String in
            func latency(_ percent: Double) -> String {
                row.latency(percent).map(Format.latency) ?? "–"
            }
            let cells = [
                Work(rawValue: row.key.work)?.title ?? row.key.work, row.key.server,
                row.key.client, row.key.version, row.key.token,
                (row.median(\.rate).map(Format.grouped) ?? "–")
                    + (row.isGeneratorBound ? " (load-bound)" : ""),
                latency(50), latency(90), latency(99), latency(99.9),
                row.median(\.serverCPU).map(Format.latency) ?? "–",
                row.ratio.map { Format.fixed($0, 2) } ?? "",
            ]
            return tableRow(cells, tag: "td")
        }
        guard !lines.isEmpty else { return "" }
        return "<table>\(tableRow(heads, tag: "th"))\(lines.joined(separator: "\n"))</table>"
    }

    private static func tableRow(_ cells: [String], tag: String) -> String {
        let parts = cells.enumerated().map { column, text in
            "<\(tag)\(column < 5 ? #" class="t""# : "")>\(escaped(text))</\(tag)>"
        }
        return "<tr>\(parts.joined())</tr>"
    }

    private static func memory(_ measurements: Measurements) -> [String] {
        measurements.memory.map {
            "<p>\(escaped($0.server)): \(Format.fixed($0.bytesPerConnection / 1_024, 1)) KiB of "
                + "resident memory per idle mutual-TLS connection "
                + "(\(Format.grouped(Double($0.connections))) of them).</p>"
        }
    }

    private static func changes(_ comparison: [RowChange]) -> [String] {
        guard !comparison.isEmpty else { return [] }
        return [
            "<h2>Against the baseline</h2><pre>"
                + escaped(
                    Baseline.lines(comparison, earlier: "the earlier run").joined(separator: "\n")
                )
                + "</pre>"
        ]
    }

    // MARK: plots

    private static func timelines(_ measurements: Measurements) -> [String] {
        let points = measurements.timeline
        guard points.count > 1, let last = points.last else { return [] }
        let step = Plot.niceStep(last.second)
        let ticks = (0...Int(last.second / step)).map {
            let second = Double($0) * step
            return Plot.Tick(position: second, label: "\(Format.fixed(second, step < 1 ? 1 : 0)) s")
        }
        let throughput = Plot(
            title: "Throughput over time",
            unit: "answers per second",
            lines: [
                Plot.Line(name: "answers", points: points.map { .init(x: $0.second, y: $0.rate) })
            ],
            xTicks: ticks,
            logarithmic: false,
            label: Format.grouped
        )
        let answered = points.filter { $0.p50 > 0 }
        let latency = Plot(
            title: "Latency over time",
            unit: "logarithmic",
            lines: [
                Plot.Line(name: "p50", points: answered.map { .init(x: $0.second, y: $0.p50) }),
                Plot.Line(name: "p99", points: answered.map { .init(x: $0.second, y: $0.p99) }),
            ],
            xTicks: ticks,
            logarithmic: true,
            label: Format.latency
        )
        return [throughput.svg(), latency.svg()]
    }

    /// One plot for each kind of work: latency by percentile, servers and clients side by side.
    private static func curves(_ measurements: Measurements) -> [String] {
        var works: [String] = []
        for row in measurements.rows where !works.contains(row.key.work) {
            works.append(row.key.work)
        }
        return works.map { work in
            let rows = measurements.rows.filter { $0.key.work == work && !$0.curve.isEmpty }
            let lines = rows.map { row in
                let name = [row.key.server, row.key.client, row.key.version, row.key.token]
                return Plot.Line(
                    name: name.filter { !$0.isEmpty }.joined(separator: " "),
                    points: row.curve.filter { $0.percent < 100 }.map {
                        .init(x: distance($0.percent), y: $0.latency)
                    },
                    dashed: row.key.server == "nginx"
                )
            }
            let ticks = [0, 50, 90, 99, 99.9, 99.99].map {
                Plot.Tick(
                    position: distance($0),
                    label: "\(Format.fixed($0, $0 > 99 ? ($0 > 99.9 ? 2 : 1) : 0)) %"
                )
            }
            return Plot(
                title: "Latency by percentile: \(Work(rawValue: work)?.title ?? work)",
                unit: "logarithmic on both axes",
                lines: lines,
                xTicks: ticks,
                logarithmic: true,
                label: Format.latency
            ).svg()
        }
    }

    /// Each nine is as far from the last one as that from the one before.
    static func distance(_ percent: Double) -> Double {
        -Plot.log10(max(1 - percent / 100, 1e-6))
    }
}

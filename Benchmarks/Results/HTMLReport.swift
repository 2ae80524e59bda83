// SPDX-License-Identifier: Apache-2.0
/// One self-contained page: the answer in a picture, what to conclude, then the figures behind it.
///
/// Self-contained: loads no file from elsewhere.
enum HTMLReport {
    static func page(_ measurements: Measurements, comparison: [RowChange] = []) -> String {
        var body = [
            "<h1>Benchmarks</h1>",
            #"<p class="soft">\#(escaped(measurements.machine.line))<br/>"#
                + "<code>\(escaped(measurements.command))</code><br/>"
                + "\(escaped(measurements.date))</p>",
        ]
        if measurements.failed > 0 {
            body.append(
                #"<p class="bad">\#(measurements.failed) requests failed. The first: "#
                    + escaped(measurements.firstFailure ?? "unknown") + "</p>"
            )
        }
        body.append(BarChart.answer(measurements).svg())
        body += list("What to conclude", Conclusions.of(measurements))
        body += section("Over time", ReportCharts.timelines(measurements))
        body += section("Latency", ReportCharts.servers(measurements))
        body += folded("More charts", ReportCharts.details(measurements))
        body += section("All figures", [table(measurements)] + memory(measurements))
        // Those of floods are the conclusions.
        if !Conclusions.isOfFloods(measurements) { body += list("Remarks", measurements.remarks) }
        body += changes(comparison)
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/><title>Benchmarks</title>
            <meta name="viewport" content="width=device-width"/><style>\(ReportStyle.text)</style>
            </head>
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

    // MARK: sections

    private static func section(_ title: String, _ parts: [String]) -> [String] {
        let filled = parts.filter { !$0.isEmpty }
        return filled.isEmpty ? [] : ["<h2>\(title)</h2>"] + filled
    }

    private static func folded(_ title: String, _ parts: [String]) -> [String] {
        let filled = parts.filter { !$0.isEmpty }
        return filled.isEmpty
            ? [] : ["<details><summary>\(title)</summary>"] + filled + ["</details>"]
    }

    private static func list(_ title: String, _ sentences: [String]) -> [String] {
        guard !sentences.isEmpty else { return [] }
        let items = sentences.map { "<li>\(escaped($0))</li>" }
        return ["<h2>\(title)</h2>", "<ul>\(items.joined(separator: "\n"))</ul>"]
    }

    // MARK: tables

    private static func table(_ measurements: Measurements) -> String {
        let heads = [
            "work", "server", "client", "TLS", "token", "per second", "p50", "p90", "p99", "p99.9",
            "CPU/op", "ratio",
        ]
        let lines = measurements.rows.map { row -> [String] in
            func latency(_ percent: Double) -> String {
                row.latency(percent).map(Format.latency) ?? "–"
            }
            return [
                Work(rawValue: row.key.work)?.title ?? row.key.work, row.key.server,
                row.key.client, row.key.version, row.key.token,
                (row.median(\.rate).map(Format.grouped) ?? "–")
                    + (row.isGeneratorBound ? " (load-bound)" : ""),
                latency(50), latency(90), latency(99), latency(99.9),
                row.median(\.serverCPU).map(Format.latency) ?? "–",
                row.ratio.map { Format.fixed($0, 2) } ?? "",
            ]
        }
        guard !lines.isEmpty else { return "" }
        let shown = heads.indices.filter { column in
            lines.contains { !$0[column].isEmpty && $0[column] != "–" }
        }
        func tableRow(_ cells: [String], _ tag: String) -> String {
            let parts = shown.map { column in
                "<\(tag)\(column < 5 ? #" class="t""# : "")>\(escaped(cells[column]))</\(tag)>"
            }
            return "<tr>\(parts.joined())</tr>"
        }
        return #"<div class="wide"><table>"# + tableRow(heads, "th")
            + lines.map { tableRow($0, "td") }.joined(separator: "\n") + "</table></div>"
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
}

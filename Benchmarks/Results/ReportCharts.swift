// SPDX-License-Identifier: Apache-2.0
/// The page's line charts; none has more than four lines.
enum ReportCharts {
    // MARK: over time

    static func timelines(_ measurements: Measurements) -> [String] {
        let points = measurements.timeline
        guard points.count > 1, let last = points.last else { return [] }
        let step = Plot.niceStep(last.second)
        let ticks = (0...Int(last.second / step)).map {
            let second = Double($0) * step
            return Plot.Tick(position: second, label: "\(Format.fixed(second, step < 1 ? 1 : 0)) s")
        }
        let offered = points.compactMap { point in
            point.offered.map { Plot.Point(x: point.second, y: $0) }
        }
        var rates = [
            Plot.Line(name: "answered", points: points.map { .init(x: $0.second, y: $0.rate) })
        ]
        if !offered.isEmpty {
            rates.append(Plot.Line(name: "offered", points: offered, dashed: true))
        }
        let throughput = Plot(
            title: "Throughput over time",
            unit: "operations per second",
            lines: rates,
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

    // MARK: by percentile

    /// For each kind of work: this server beside its peers.
    static func servers(_ measurements: Measurements) -> [String] {
        let choice = Representative(measurements)
        let rows = choice.works.map { choice.rows(of: $0) }
        // Floods and mixes have one row for each kind of work: they belong together.
        if rows.count > 1, rows.allSatisfy({ $0.count == 1 }) {
            return parts(rows.joined().map { ($0.key.work, $0) }).map { curves("", $0) }
        }
        return zip(choice.works, rows).map { work, rows in
            let own = rows.first { !$0.key.isPeer }
            let lines = [own].compactMap { $0 } + rows.filter(\.key.isPeer)
            return curves(work, lines.map { (Representative.name($0), $0) })
        }
    }

    /// The kinds of client and of token beside each other.
    static func details(_ measurements: Measurements) -> [String] {
        let choice = Representative(measurements)
        var charts: [String] = []
        for work in choice.works {
            let own = measurements.rows.filter { $0.key.work == work && !$0.key.isPeer }
            let token = choice.row(of: work)?.key.token
            let clients = own.filter { $0.key.version == choice.version && $0.key.token == token }
            let tokens = own.filter {
                $0.key.version == choice.version && $0.key.client == choice.client
            }
            let versions = own.filter { $0.key.client == choice.client && $0.key.token == token }
            let named = [
                clients.map { ("\($0.key.client) client", $0) },
                tokens.map { ("\($0.key.token) token", $0) },
                versions.map { ("TLS \($0.key.version)", $0) },
            ]
            for lines in named where lines.count > 1 {
                charts += parts(lines).map { curves(work, $0) }
            }
        }
        return charts
    }

    private static func parts(_ lines: [(String, Row)]) -> [[(String, Row)]] {
        stride(from: 0, to: lines.count, by: Plot.linesMax).map {
            Array(lines[$0..<min($0 + Plot.linesMax, lines.count)])
        }
    }

    private static func curves(_ work: String, _ rows: [(name: String, row: Row)]) -> String {
        let title = Work(rawValue: work)?.title ?? work
        let ticks = [0, 50, 90, 99, 99.9, 99.99].map {
            Plot.Tick(
                position: distance($0),
                label: "\(Format.fixed($0, $0 > 99 ? ($0 > 99.9 ? 2 : 1) : 0)) %"
            )
        }
        return Plot(
            title: "Latency by percentile" + (title.isEmpty ? "" : ": \(title)"),
            unit: "logarithmic on both axes",
            lines: rows.filter { !$0.row.curve.isEmpty }.map { name, row in
                Plot.Line(
                    name: Work(rawValue: name)?.title ?? name,
                    points: row.curve.filter { $0.percent < 100 }.map {
                        .init(x: distance($0.percent), y: $0.latency)
                    },
                    dashed: row.key.isPeer
                )
            },
            xTicks: ticks,
            logarithmic: true,
            label: Format.latency
        ).svg()
    }

    /// Each nine is as far from the last one as that from the one before.
    static func distance(_ percent: Double) -> Double {
        -Plot.log10(max(1 - percent / 100, 1e-6))
    }
}

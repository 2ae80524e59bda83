// SPDX-License-Identifier: Apache-2.0
/// The table that a person reads.
enum ResultTable {
    private static let heads = [
        "", "client", "TLS", "token", "per second", "p50", "p90", "p99", "p99.9", "CPU/op",
        "nginx", "ratio", "granian", "ratio", "",
    ]

    static func lines(_ measurements: Measurements) -> [String] {
        var result: [String] = []
        result += rungs(measurements)
        let rows = measurements.rows.filter { !$0.key.isPeer }
        if !rows.isEmpty { result += table(rows, measurements) }
        result += memory(measurements)
        result += legend(
            rows,
            hasGranian: measurements.rows.contains { $0.key.server == Peer.granian.rawValue }
        )
        return result
    }

    private static func table(_ rows: [Row], _ measurements: Measurements) -> [String] {
        let peers = Dictionary(
            measurements.rows.filter(\.key.isPeer).map { ($0.key, $0) }
        ) { first, _ in first }
        var cells = [heads]
        var work = ""
        var grouped = false
        for row in rows {
            let title = Work(rawValue: row.key.work)?.title ?? row.key.work
            if row.key.work != work, grouped { cells.append([]) }
            grouped = row.key.work == work
            cells.append(line(row, title: grouped ? "" : title, peers: peers))
            work = row.key.work
        }
        return aligned(withoutEmptyColumns(cells), textColumns: [0, 1, 2, 3, 14])
    }

    /// Blanks the head of a column in which no row has anything, so that it takes no room.
    static func withoutEmptyColumns(_ cells: [[String]]) -> [[String]] {
        guard let head = cells.first else { return cells }
        var filled: Set<Int> = []
        for row in cells.dropFirst() {
            for (column, text) in row.enumerated() where !text.isEmpty && text != "–" {
                filled.insert(column)
            }
        }
        return cells.map { row -> [String] in
            var kept = row
            for column in row.indices where column < head.count && !filled.contains(column) {
                kept[column] = ""
            }
            return kept
        }
    }

    private static func line(_ row: Row, title: String, peers: [RowKey: Row]) -> [String] {
        func cost(_ peer: Peer) -> String {
            peers[row.key.on(peer)]?.median(\.serverCPU).map(Format.latency) ?? "–"
        }
        func latency(_ percent: Double) -> String {
            row.latency(percent).map(Format.latency) ?? "–"
        }
        var marks = ""
        if row.isGeneratorBound { marks += "G" }
        if row.spread > 0.1 { marks += "~" }
        if let share = row.median({ $0.resumedShare }), share < 0.99 {
            marks += " only \(Format.percent(share)) resumed"
        }
        if row.failed > 0 { marks += " \(row.failed) FAILED" }
        if row.unanswered > 0 { marks += " \(row.unanswered) unanswered" }
        return [
            title, row.key.client, row.key.version, row.key.token,
            row.median(\.rate).map(Format.grouped) ?? "–",
            latency(50), latency(90), latency(99), latency(99.9),
            row.median(\.serverCPU).map(Format.latency) ?? "–",
            cost(.nginx), row.ratio.map { Format.fixed($0, 2) } ?? "–",
            cost(.granian),
            peers[row.key.on(.granian)].flatMap(row.ratio(to:)).map { Format.fixed($0, 2) } ?? "–",
            marks,
        ]
    }

    private static func rungs(_ measurements: Measurements) -> [String] {
        guard !measurements.rungs.isEmpty else { return [] }
        let cells = measurements.rungs.map { rung -> [String] in
            let middle = Statistics.median(rung.nanoseconds) ?? 0
            return [rung.name, Format.latency(middle / 1e3), Format.grouped(1e9 / max(middle, 1))]
        }
        return aligned([["in this process", "each", "per second"]] + cells, textColumns: [0]) + [""]
    }

    private static func memory(_ measurements: Measurements) -> [String] {
        guard !measurements.memory.isEmpty else { return [] }
        let parts = measurements.memory.map {
            "\($0.server) \(Format.fixed($0.bytesPerConnection / 1_024, 1)) KiB"
        }
        let count = measurements.memory.first?.connections ?? 0
        return [
            "",
            "resident memory per idle mutual-TLS connection (\(Format.grouped(Double(count))) of "
                + "them): " + parts.joined(separator: ", "),
        ]
    }

    private static func legend(_ rows: [Row], hasGranian: Bool) -> [String] {
        var result: [String] = []
        if rows.contains(where: { $0.ratio != nil }) {
            result.append(
                "nginx: CPU of an nginx static page with the same OpenSSL and the same TLS; "
                    + "ratio: CPU/op against it, the median of the rounds."
            )
        }
        if hasGranian {
            result.append(
                "granian: CPU of a fixed page of granian, over the same TLS by rustls; ratio: as "
                    + "with nginx. The page is a Python function, which of a kept-alive request is "
                    + "the greater part."
            )
        }
        if rows.contains(where: \.isGeneratorBound) {
            result.append(
                "G: the load generator was the bottleneck (its processor was full, the server's "
                    + "was not): the rate is a lower bound."
            )
        }
        if rows.contains(where: { $0.spread > 0.1 }) {
            result.append(
                "~: the rounds differ by more than 10 % of their median; measure again on a "
                    + "quieter machine."
            )
        }
        if rows.contains(where: { row in
            row.rounds.contains { Bottleneck.isNeighbour(waited: $0.waited) }
        }) {
            result.append(
                "Other programs kept the load generator waiting for a processor: rates and "
                    + "latencies are theirs too; CPU/op hardly is."
            )
        }
        return result.isEmpty ? [] : [""] + result
    }

    /// Columns as wide as their widest cell; an empty row is an empty line.
    static func aligned(_ cells: [[String]], textColumns: Set<Int>) -> [String] {
        let columns = cells.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        // A column that is empty in every row takes no room.
        return cells.map { row in
            var line = ""
            for (column, text) in row.enumerated() where widths[column] > 0 {
                line += Format.padded(text, widths[column], right: !textColumns.contains(column))
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
/// Horizontal bars in groups, as inline SVG; each group has a scale of its own.
struct BarChart: Equatable {
    struct Bar: Equatable {
        var name: String
        var value: Double
        /// The text behind the bar.
        var label: String
        /// Whether it is what the page is about, and not something beside it.
        var isSubject: Bool
    }

    struct Group: Equatable {
        var title: String
        var bars: [Bar]
    }

    var title: String
    /// The meaning of the bars, in small letters.
    var note: String
    var groups: [Group]

    /// Narrower than the line charts: on a small screen the labels grow small and are not cut.
    static let width = 560.0
    private static let barHeight = 18.0
    private static let step = 24.0
    private static let titleHeight = 26.0
    private static let gap = 12.0
    /// A generous width of a letter at the picture's size of text, so that no label is cut.
    static let letter = 7.2

    func svg() -> String {
        let bars = groups.flatMap(\.bars)
        guard !bars.isEmpty else { return "" }
        let left = Double(bars.map(\.name.count).max() ?? 0) * Self.letter + 10
        let right = Double(bars.map(\.label.count).max() ?? 0) * Self.letter + 12
        var parts: [String] = []
        var top = 0.0
        for group in groups where !group.bars.isEmpty {
            if !group.title.isEmpty {
                parts.append(
                    #"<text class="group" x="0" y="\#(Format.fixed(top + 16, 0))">"#
                        + HTMLReport.escaped(group.title) + "</text>"
                )
                top += Self.titleHeight
            }
            let longest = max(group.bars.map(\.value).max() ?? 0, 1e-9)
            for bar in group.bars {
                let length = max(bar.value, 0) / longest * (Self.width - left - right)
                parts.append(Self.row(bar, left: left, top: top, length: max(length, 1)))
                top += Self.step
            }
            top += Self.gap
        }
        return "<figure><figcaption>\(HTMLReport.escaped(title)) "
            + "<small>\(HTMLReport.escaped(note))</small></figcaption>"
            + #"<svg class="bars" role="img" "#
            + #"viewBox="0 0 \#(Int(Self.width)) \#(Format.fixed(top, 0))" "#
            + #"aria-label="\#(HTMLReport.escaped(title))">"#
            + parts.joined(separator: "\n") + "</svg></figure>"
    }

    private static func row(_ bar: Bar, left: Double, top: Double, length: Double) -> String {
        let middle = Format.fixed(top + barHeight / 2, 1)
        return #"<text class="y" x="\#(Format.fixed(left - 8, 1))" y="\#(middle)">"#
            + HTMLReport.escaped(bar.name) + "</text>"
            + #"<rect class="\#(bar.isSubject ? "subject" : "peer")" "#
            + #"x="\#(Format.fixed(left, 1))" y="\#(Format.fixed(top, 1))" "#
            + #"width="\#(Format.fixed(length, 1))" height="\#(Format.fixed(barHeight, 0))"/>"#
            + #"<text class="v" x="\#(Format.fixed(left + length + 6, 1))" y="\#(middle)">"#
            + HTMLReport.escaped(bar.label) + "</text>"
    }
}

/// The picture that answers what the run was for.
extension BarChart {
    /// CPU per operation beside the peers; where no CPU was measured, latencies.
    static func answer(_ measurements: Measurements) -> BarChart {
        let costs = costs(measurements)
        if !costs.groups.isEmpty { return costs }
        return latencies(measurements)
    }

    private static func costs(_ measurements: Measurements) -> BarChart {
        let choice = Representative(measurements)
        var groups = choice.works.compactMap { work -> Group? in
            let bars = choice.rows(of: work).compactMap { row -> Bar? in
                guard let cost = row.median(\.serverCPU) else { return nil }
                return Bar(
                    name: Representative.name(row),
                    value: cost,
                    label: Format.latency(cost),
                    isSubject: !row.key.isPeer
                )
            }
            return bars.isEmpty
                ? nil : Group(title: Work(rawValue: work)?.title ?? work, bars: bars)
        }
        if groups.count > 1, groups.allSatisfy({ $0.bars.count == 1 }) {
            groups = [together(groups)]
        }
        return BarChart(
            title: "Server CPU for one operation",
            note: choice.text + "shorter is cheaper" + scale(groups),
            groups: groups
        )
    }

    /// Groups of one bar each are a group of bars, or each would have the same length.
    private static func together(_ groups: [Group]) -> Group {
        let bars = groups.flatMap { group in
            group.bars.map { bar in
                Bar(name: group.title, value: bar.value, label: bar.label, isSubject: true)
            }
        }
        return Group(title: "", bars: bars)
    }

    private static func scale(_ groups: [Group]) -> String {
        groups.count > 1 ? "; each group has its own scale" : ""
    }

    private static func latencies(_ measurements: Measurements) -> BarChart {
        let groups = measurements.rows.compactMap { row -> Group? in
            let bars = [50, 90, 99, 99.9].compactMap { percent -> Bar? in
                guard let latency = row.latency(percent) else { return nil }
                return Bar(
                    name: "p\(Format.fixed(percent, percent > 99 ? 1 : 0))",
                    value: latency,
                    label: Format.latency(latency),
                    isSubject: true
                )
            }
            let title = Work(rawValue: row.key.work)?.title ?? row.key.work
            return bars.isEmpty ? nil : Group(title: title, bars: bars)
        }
        return BarChart(
            title: "Latency as clients see it",
            note: "shorter is faster" + scale(groups),
            groups: groups
        )
    }
}

/// The rows that stand for the others in a picture: one kind of client, one version of TLS.
struct Representative {
    let client: String
    let version: String
    /// The kinds of work, in the order of the rows.
    let works: [String]
    private let all: [Row]

    /// Chooses what has most rows of this server, since only there are all formats of tokens; TLS
    /// 1.3 where that is equal.
    init(_ measurements: Measurements) {
        all = measurements.rows
        var counts: [(client: String, version: String, count: Int)] = []
        var works: [String] = []
        for row in all {
            if !works.contains(row.key.work) { works.append(row.key.work) }
            guard !row.key.isPeer else { continue }
            let place = counts.firstIndex {
                $0.client == row.key.client && $0.version == row.key.version
            }
            if let place { counts[place].count += 1 }
            if place == nil { counts.append((row.key.client, row.key.version, 1)) }
        }
        self.works = works
        let chosen = counts.max {
            $0.count == $1.count ? $0.version < $1.version : $0.count < $1.count
        }
        client = chosen?.client ?? ""
        version = chosen?.version ?? ""
    }

    /// This server's rows first, then the peers'.
    func rows(of work: String) -> [Row] {
        let same = all.filter {
            $0.key.work == work && $0.key.client == client && $0.key.version == version
        }
        return same.filter { !$0.key.isPeer } + same.filter(\.key.isPeer)
    }

    /// The first row of this server.
    func row(of work: String) -> Row? { rows(of: work).first { !$0.key.isPeer } }

    /// The text before a note; "" when nothing is known.
    var text: String {
        let parts = [
            KeyKind(rawValue: client) == nil ? client : "\(client) client certificate",
            version.isEmpty ? "" : "TLS \(version)",
        ].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : parts.joined(separator: ", ") + "; "
    }

    static func name(_ row: Row) -> String {
        if let peer = Peer(rawValue: row.key.server) { return peer.title }
        return [row.key.server, row.key.token].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

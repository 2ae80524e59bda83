// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Line plots as inline SVG: no script, no font, nothing from elsewhere.
struct Plot {
    struct Line: Equatable {
        var name: String
        var points: [Point]
        var dashed = false
    }

    struct Point: Equatable {
        var x: Double
        var y: Double
    }

    struct Tick: Equatable {
        var position: Double
        var label: String
    }

    var title: String
    /// The unit of the vertical axis.
    var unit: String
    var lines: [Line]
    /// Positions and labels on the horizontal axis, in the points' own measure.
    var xTicks: [Tick]
    /// Whether the vertical axis is logarithmic.
    var logarithmic: Bool
    var label: (Double) -> String

    /// More lines than that nobody tells apart; there are as many colours in the style sheet.
    static let linesMax = 4

    private static let width = 760.0
    private static let height = 300.0
    private static let top = 14.0
    private static let bottom = 30.0

    func svg() -> String {
        precondition(lines.count <= Self.linesMax)
        let points = lines.flatMap(\.points)
        guard let minX = points.map(\.x).min(), let maxX = points.map(\.x).max() else { return "" }
        let range = verticalRange(points.map(\.y))
        let spanX = max(maxX - minX, 1e-9)
        // As wide as the longest label beside the axis, so that none is cut.
        let left = Double(range.ticks.map(\.label.count).max() ?? 0) * BarChart.letter + 12
        let right = Double(xTicks.map(\.label.count).max() ?? 0) * BarChart.letter / 2 + 4
        func x(_ value: Double) -> Double {
            left + (value - minX) / spanX * (Self.width - left - right)
        }
        func y(_ value: Double) -> Double {
            let share = (scaled(value) - range.lowest) / max(range.highest - range.lowest, 1e-9)
            let clamped = min(max(share, 0), 1)
            return Self.height - Self.bottom - clamped * (Self.height - Self.top - Self.bottom)
        }
        var parts = [
            #"<svg viewBox="0 0 \#(Int(Self.width)) \#(Int(Self.height))" role="img" aria-label=""#
                + HTMLReport.escaped(title) + #"">"#
        ]
        for tick in range.ticks {
            let height = Format.fixed(y(tick.position), 1)
            parts.append(
                #"<line class="grid" x1="\#(Int(left))" "#
                    + #"x2="\#(Int(Self.width - right))" "#
                    + #"y1="\#(height)" y2="\#(height)"/>"#
                    + #"<text class="y" x="\#(Int(left) - 6)" y="\#(height)">"#
                    + HTMLReport.escaped(tick.label) + "</text>"
            )
        }
        for tick in xTicks where tick.position >= minX && tick.position <= maxX {
            parts.append(
                #"<text class="x" x="\#(Format.fixed(x(tick.position), 1))" "#
                    + #"y="\#(Int(Self.height - 10))">\#(HTMLReport.escaped(tick.label))</text>"#
            )
        }
        for (index, line) in lines.enumerated() where !line.points.isEmpty {
            let path = line.points.map {
                "\(Format.fixed(x($0.x), 1)),\(Format.fixed(y($0.y), 1))"
            }.joined(separator: " ")
            let dash = line.dashed ? #" stroke-dasharray="5 4""# : ""
            parts.append(
                #"<polyline class="c\#(index)" points="\#(path)"\#(dash)><title>"#
                    + "\(HTMLReport.escaped(line.name))</title></polyline>"
            )
        }
        parts.append("</svg>")
        return figure(parts.joined(separator: "\n"))
    }

    private func figure(_ picture: String) -> String {
        "<figure><figcaption>\(HTMLReport.escaped(title)) "
            + "<small>\(HTMLReport.escaped(unit))</small></figcaption>"
            + picture + legend() + "</figure>"
    }

    private func legend() -> String {
        guard lines.count > 1 else { return "" }
        let entries = lines.enumerated().map { index, line in
            let dash = line.dashed ? #" stroke-dasharray="5 4""# : ""
            return #"<li><svg viewBox="0 0 26 8"><line class="c\#(index)" x1="0" x2="26" y1="4" "#
                + #"y2="4"\#(dash)/></svg>\#(HTMLReport.escaped(line.name))</li>"#
        }
        return #"<ul class="legend">\#(entries.joined(separator: " "))</ul>"#
    }

    // MARK: the vertical axis

    private func scaled(_ value: Double) -> Double {
        logarithmic ? Self.log10(max(value, 1e-3)) : value
    }

    private func verticalRange(
        _ values: [Double]
    ) -> (lowest: Double, highest: Double, ticks: [Tick]) {
        let highest = values.max() ?? 1
        guard logarithmic else {
            let step = Self.niceStep(highest)
            let top = (highest / step).rounded(.up) * step
            let count = Int((top / step).rounded())
            let ticks = (0...max(1, count)).map {
                Tick(position: Double($0) * step, label: label(Double($0) * step))
            }
            return (0, max(top, step), ticks)
        }
        let lowest = Self.log10(max(values.filter { $0 > 0 }.min() ?? 1, 1e-3)).rounded(.down)
        let top = max(Self.log10(max(highest, 1e-3)).rounded(.up), lowest + 1)
        let ticks = (Int(lowest)...Int(top)).map { exponent -> Tick in
            let value = Self.powerOfTen(exponent)
            return Tick(position: value, label: label(value))
        }
        return (lowest, top, ticks)
    }

    /// A step of 1, 2 or 5 times a power of ten that gives about five lines.
    static func niceStep(_ highest: Double) -> Double {
        guard highest > 0 else { return 1 }
        let rough = highest / 5
        let power = powerOfTen(Int(log10(rough).rounded(.down)))
        for factor in [1.0, 2, 5] where factor * power >= rough { return factor * power }
        return 10 * power
    }

    static func log10(_ value: Double) -> Double { Glibc.log10(value) }

    static func powerOfTen(_ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<abs(exponent) { value *= exponent < 0 ? 0.1 : 10 }
        return value
    }
}

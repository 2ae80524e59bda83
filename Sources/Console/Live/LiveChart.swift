// SPDX-License-Identifier: Apache-2.0
/// A small chart of one or two curves, drawn by the server as SVG.
struct LiveChart {
    /// A curve: a name, and a value at each moment.
    struct Curve {
        let name: String
        let values: [Double]

        /// A curve through `values`.
        init(_ name: String, _ values: [Double]) {
            (self.name, self.values) = (name, values)
        }
    }

    /// Unique on the page.
    let id: String
    let title: String
    /// The latest number with its unit, which stands above the curve.
    let latest: String
    let curves: [Curve]
    /// Writes a value with its unit.
    let format: (Double) -> String

    private static let width = 240.0
    private static let height = 56.0
    /// As many moments as the ring of samples has: the curve grows from the right.
    private static let moments = Double(LiveSamples.countMax - 1)

    private var highest: Double {
        let values = curves.flatMap(\.values).filter(\.isFinite)
        return max(values.max() ?? 0, .leastNormalMagnitude)
    }

    /// The chart as part of a page.
    var markup: HTML {
        """
        <figure class="card chart" id="\(id)">
        <figcaption><span class="soft">\(title)</span><br><strong class="big">\(latest)</strong>\
        \(legend)</figcaption>
        \(drawing)
        </figure>

        """
    }

    private var legend: HTML? {
        guard curves.count > 1 else { return nil }
        let names = curves.enumerated().map { index, curve -> HTML in
            "<span class=\"key curve-\(index)\">\(curve.name)</span>"
        }
        return "<br><span class=\"small soft\">\(names.joined(" "))</span>"
    }

    private var drawing: HTML {
        """
        <svg viewBox="0 0 240 60" role="img" aria-labelledby="\(id)-title \(id)-text" \
        preserveAspectRatio="none">
        <title id="\(id)-title">\(title)</title>
        <desc id="\(id)-text">\(text)</desc>
        <line class="axis" x1="0" y1="58" x2="240" y2="58"></line>
        \(curves.enumerated().map { line($0.element, $0.offset) })</svg>
        """
    }

    /// The curves in words.
    private var text: String {
        curves.map { curve in
            guard let last = curve.values.last, curve.values.count > 1 else {
                return "\(curve.name): no curve yet"
            }
            let finite = curve.values.filter(\.isFinite)
            let (least, most) = (finite.min() ?? 0, finite.max() ?? 0)
            return "\(curve.name): now \(format(last)), between \(format(least)) and"
                + " \(format(most)) in the time shown"
        }.joined(separator: "; ")
    }

    private func line(_ curve: Curve, _ index: Int) -> HTML {
        guard curve.values.count > 1 else { return "" }
        let first = Self.moments - Double(curve.values.count - 1)
        let points = curve.values.enumerated().map { place, value -> String in
            let x = (first + Double(place)) / Self.moments * Self.width
            let share = value.isFinite ? min(1, value / highest) : 1
            return "\(Self.coordinate(x)),\(Self.coordinate(2 + (1 - share) * Self.height))"
        }
        return """
            <polyline class="curve-\(index)" points="\(points.joined(separator: " "))"></polyline>

            """
    }

    /// With one decimal: a tenth of a pixel.
    private static func coordinate(_ value: Double) -> String {
        LiveNumber.text(value, decimals: 1)
    }
}

/// Numbers as people read them.
enum LiveNumber {
    /// With this many decimals, and thousands apart.
    static func text(_ value: Double, decimals: Int = 0) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + "\(scaled)" }
        let rest = "\(scaled % scale)"
        let zeros = String(repeating: "0", count: decimals - rest.count)
        return "\(sign)\(scaled / scale).\(zeros)\(rest)"
    }

    /// A whole number, its thousands apart.
    static func count(_ value: Double) -> String {
        let digits = Array(text(value))
        guard digits.count > 3, digits[0] != "–" else { return String(digits) }
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3), out != "-" { out += "\u{202F}" }
            out.append(digit)
        }
        return out
    }

    /// Per second.
    static func rate(_ value: Double) -> String {
        (value < 100 ? text(value, decimals: 1) : count(value)) + "/s"
    }

    /// Bytes in mebibytes.
    static func memory(_ bytes: Double) -> String {
        bytes > 0 ? text(bytes / 1_048_576, decimals: 1) + " MiB" : "unknown"
    }

    /// Seconds, in milliseconds; nil for none.
    static func latency(_ seconds: Double?) -> String {
        guard let seconds else { return "no requests" }
        return seconds.isFinite ? text(seconds * 1_000, decimals: 2) + " ms" : "more than 10 s"
    }
}

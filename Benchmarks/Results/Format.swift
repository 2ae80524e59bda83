// SPDX-License-Identifier: Apache-2.0
/// Numbers as people read them.
enum Format {
    /// With so many digits behind the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded(.toNearestOrAwayFromZero)
        let whole = Int(scaled / scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let rest = String(Int(scaled - Double(whole) * scale))
        return
            "\(sign)\(whole).\(String(repeating: "0", count: max(0, digits - rest.count)))\(rest)"
    }

    /// A whole number with a thin gap between thousands.
    static func grouped(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let text = fixed(value, 0)
        var result = ""
        for (place, character) in text.reversed().enumerated() {
            if place > 0, place % 3 == 0, character != "-" { result.append(" ") }
            result.append(character)
        }
        return String(result.reversed())
    }

    /// Microseconds in the unit that gives three or so digits.
    static func latency(_ microseconds: Double) -> String {
        switch microseconds {
        case ..<9.995: "\(fixed(microseconds, 2)) µs"
        case ..<99.95: "\(fixed(microseconds, 1)) µs"
        case ..<999.5: "\(fixed(microseconds, 0)) µs"
        case ..<9_995: "\(fixed(microseconds / 1e3, 2)) ms"
        case ..<99_950: "\(fixed(microseconds / 1e3, 1)) ms"
        case ..<999_500: "\(fixed(microseconds / 1e3, 0)) ms"
        default: "\(fixed(microseconds / 1e6, 2)) s"
        }
    }

    static func percent(_ share: Double) -> String {
        "\(fixed(share * 100, share < 0.0995 ? 1 : 0)) %"
    }

    /// A count with its noun: `1 client`, `20 clients`.
    static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(grouped(Double(count))) \(count == 1 ? one : many)"
    }

    static func padded(_ text: String, _ width: Int, right: Bool) -> String {
        let gap = String(repeating: " ", count: max(0, width - text.count))
        return right ? gap + text : text + gap
    }
}

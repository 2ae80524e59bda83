// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Numbers with a few decimals, as whole numbers of the last one: exact, where binary fractions
/// would be rounded.
enum DecimalText {
    /// Reads `12.5` with three decimals as 12500; nil where it is no such number, is negative, or
    /// has more decimals that are not zero.
    static func parse(_ text: String, decimals: Int) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) })
        else { return nil }
        var fraction = parts.count == 2 ? parts[1] : ""
        while fraction.last == "0" { fraction.removeLast() }
        guard fraction.utf8.count <= decimals else { return nil }
        let zeros = String(repeating: "0", count: decimals - fraction.utf8.count)
        return Int64(parts[0] + fraction + zeros)
    }

    /// The number as JSON, without decimals at its end that are zero.
    static func json(_ value: Int64, decimals: Int) -> JSONValue {
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let (whole, rest) = value.quotientAndRemainder(dividingBy: scale)
        guard rest > 0 else { return .integer(whole) }
        let digits = String(rest)
        var fraction = String(repeating: "0", count: decimals - digits.utf8.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return .number("\(whole).\(fraction)")
    }
}

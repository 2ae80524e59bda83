// SPDX-License-Identifier: Apache-2.0
/// Reading of times; the writing half has a file of its own.
extension TimestampText {
    /// Milliseconds since 1970 of an RFC 3339 time, for years 1970 to 9999; nil where it is none.
    ///
    /// Offsets of `Z` and of hours and minutes are taken. Leap seconds are not, which no clock here
    /// has, and digits of a fraction beyond the third are cut off.
    package static func milliseconds(_ text: String) -> Int64? {
        var rest = text.utf8[...]
        guard let year = digits(4, &rest), take("-", &rest),
            let month = digits(2, &rest), take("-", &rest),
            let day = digits(2, &rest), take("T", &rest) || take("t", &rest),
            let hour = digits(2, &rest), take(":", &rest),
            let minute = digits(2, &rest), take(":", &rest),
            let second = digits(2, &rest),
            let fraction = fraction(&rest),
            let offset = offset(&rest), rest.isEmpty
        else { return nil }
        guard (1970...9999).contains(year), (1...12).contains(month), hour < 24, minute < 60,
            second < 60, day >= 1, day <= daysOfMonth(month, year)
        else { return nil }
        let minutes = (daysSince1970(year, month, day) * 24 + hour) * 60 + minute - offset
        let milliseconds = (minutes * 60 + second) * 1000 + fraction
        // An offset may lead out of the years.
        return (0..<253_402_300_800_000).contains(milliseconds) ? milliseconds : nil
    }

    private static func take(_ wanted: Unicode.Scalar, _ rest: inout Substring.UTF8View) -> Bool {
        guard rest.first == UInt8(ascii: wanted) else { return false }
        rest.removeFirst()
        return true
    }

    private static func digits(_ count: Int, _ rest: inout Substring.UTF8View) -> Int64? {
        let found = rest.prefix(count)
        guard found.count == count, found.allSatisfy(\.isDigit) else { return nil }
        rest.removeFirst(count)
        return found.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func fraction(_ rest: inout Substring.UTF8View) -> Int64? {
        guard take(".", &rest) else { return 0 }
        let found = rest.prefix(while: \.isDigit)
        guard !found.isEmpty else { return nil }
        rest.removeFirst(found.count)
        let three = Array(found.prefix(3)) + Array(repeating: UInt8(ascii: "0"), count: 3)
        return three.prefix(3).reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Minutes that the text is ahead of UTC.
    private static func offset(_ rest: inout Substring.UTF8View) -> Int64? {
        if take("Z", &rest) || take("z", &rest) { return 0 }
        let isAhead = take("+", &rest)
        guard isAhead || take("-", &rest), let hours = digits(2, &rest), take(":", &rest),
            let minutes = digits(2, &rest), hours < 24, minutes < 60
        else { return nil }
        return (isAhead ? 1 : -1) * (hours * 60 + minutes)
    }

    private static func daysOfMonth(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Years are counted from March, as `append` counts them.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let ofEra = marchYear % 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}

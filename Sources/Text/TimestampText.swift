// SPDX-License-Identifier: Apache-2.0
/// Times of day in UTC as RFC 3339 has them, to the millisecond.
package enum TimestampText {
    /// Appends `milliseconds` since 1970 as `2026-01-02T03:04:05.678Z`, for years 1970 to 9999.
    package static func append(milliseconds: Int64, to line: inout [UInt8]) {
        // A clock that stands before 1970 shows its beginning.
        let (days, ofDay) = max(milliseconds, 0).quotientAndRemainder(dividingBy: 86_400_000)
        let (year, month, day) = date(daysSince1970: days)
        append(year, digits: 4, to: &line)
        line.append(UInt8(ascii: "-"))
        append(month, digits: 2, to: &line)
        line.append(UInt8(ascii: "-"))
        append(day, digits: 2, to: &line)
        line.append(UInt8(ascii: "T"))
        append(ofDay / 3_600_000, digits: 2, to: &line)
        line.append(UInt8(ascii: ":"))
        append(ofDay / 60_000 % 60, digits: 2, to: &line)
        line.append(UInt8(ascii: ":"))
        append(ofDay / 1000 % 60, digits: 2, to: &line)
        line.append(UInt8(ascii: "."))
        append(ofDay % 1000, digits: 3, to: &line)
        line.append(UInt8(ascii: "Z"))
    }

    /// `seconds` since 1970 as text; out of the years that RFC 3339 has, the number itself.
    package static func text(_ seconds: Int64) -> String {
        guard (0..<253_402_300_800).contains(seconds) else { return "\(seconds)" }
        var bytes: [UInt8] = []
        append(milliseconds: seconds * 1000, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Years are counted from March, so that the leap day is a year's last; 146,097 days are 400
    /// years.
    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func append(_ value: Int64, digits: Int, to line: inout [UInt8]) {
        let start = line.count
        var rest = value
        for _ in 0..<digits {
            line.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        line[start...].reverse()
    }
}

// SPDX-License-Identifier: Apache-2.0
/// Dates of certificates as seconds since 1970-01-01T00:00:00Z.
public enum CertificateTime {
    /// Writes `seconds` as `2026-11-24T08:00:00Z`.
    public static func text(_ seconds: Int64) -> String {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - day * 86_400
        let (year, month, dayOfMonth) = date(day)
        let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))T"
            + time.joined(separator: ":") + "Z"
    }

    /// The first second of a day that is written `2027-06-30`; nil for what is no day of the
    /// calendar, or is written otherwise.
    public static func day(_ text: String) -> Int64? {
        let characters = Array(text.utf8)
        guard characters.count == 10, characters[4] == 0x2D, characters[7] == 0x2D else {
            return nil
        }
        let digits = [characters[..<4], characters[5..<7], characters[8...]]
        guard digits.joined().allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let (year, month, day) = (number(digits[0]), number(digits[1]), number(digits[2]))
        guard year >= 1, (1...12).contains(month), (1...daysInMonth(year, month)).contains(day)
        else { return nil }
        return daysSince1970(year, month, day) * 86_400
    }

    /// Reads a UTCTime or GeneralizedTime in the only forms RFC 5280 §4.1.2.5 allows.
    static func parse(_ reader: inout DERReader) throws(DERError) -> Int64 {
        let element = try reader.next()
        let digits = Array(reader.content(of: element))
        let yearDigits: Int
        switch element.tag {
        case DERTag.utcTime: yearDigits = 2
        case DERTag.generalizedTime: yearDigits = 4
        default: throw .malformed("the validity has something that is not a time")
        }
        guard digits.count == yearDigits + 11, digits.last == UInt8(ascii: "Z"),
            digits.dropLast().allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .malformed("a date is not of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ") }
        var year = number(digits[..<yearDigits])
        if yearDigits == 2 { year += year < 50 ? 2000 : 1900 }
        let fields = (0..<5).map {
            number(digits[(yearDigits + $0 * 2)..<(yearDigits + $0 * 2 + 2)])
        }
        let (month, day, hour, minute, second) =
            (fields[0], fields[1], fields[2], fields[3], fields[4])
        guard (1...12).contains(month), day >= 1, day <= daysInMonth(year, month), hour < 24,
            minute < 60, second < 60
        else { throw .malformed("a date does not exist") }
        return daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64 {
        digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    private static func daysInMonth(_ year: Int64, _ month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Howard Hinnant's civil calendar: years begin in March, so the leap day comes last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

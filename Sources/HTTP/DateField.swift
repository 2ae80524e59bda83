// SPDX-License-Identifier: Apache-2.0
/// The Date header field as a line, made once a second (RFC 9110 §5.6.7, §6.6.1).
///
/// One thread's own.
public final class DateField {
    private var second: Int64?
    private var line: [UInt8] = []

    /// Makes one that has no line yet.
    public init() {}

    /// `Date: …` with its line end, for this second since 1970.
    ///
    /// Clamped to 1970 to 9999, which IMF-fixdate can express: a wrong clock must not end the
    /// server.
    public func value(_ now: Int64) -> [UInt8] {
        if now != second {
            second = now
            line = Self.line(min(max(now, 0), Self.lastSecond))
        }
        return line
    }

    /// 9999-12-31 23:59:59: years have four digits.
    private static let lastSecond: Int64 = 253_402_300_799

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func line(_ now: Int64) -> [UInt8] {
        let days = now / 86_400
        let time = now % 86_400
        let date = civil(days)
        let weekday = weekdays[Int(days % 7)]
        let day = "\(two(date.day)) \(months[Int(date.month) - 1]) \(date.year)"
        let clock = "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
        return Array("Date: \(weekday), \(day) \(clock) GMT\r\n".utf8)
    }

    private static func two(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    // Days since 1970 to year, month, day: years begin in March here, so that the leap day is a
    // year's last.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

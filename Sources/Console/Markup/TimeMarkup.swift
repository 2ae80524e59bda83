// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Times in UTC, and how far away they are.
package enum TimeMarkup {
    private static let daySeconds: Int64 = 86_400

    /// A moment, to the second.
    package static func moment(_ seconds: Int64) -> HTML {
        let text = TimestampText.text(seconds)
        guard text.utf8.count > 19 else { return "\(text)" }
        let (day, time) = (String(text.prefix(10)), String(text.dropFirst(11).prefix(8)))
        return "<time datetime=\"\(text)\">\(day) \(time) UTC</time>"
    }

    /// A day.
    package static func day(_ seconds: Int64) -> HTML {
        let text = TimestampText.text(seconds)
        guard text.utf8.count > 19 else { return "\(text)" }
        return "<time datetime=\"\(text)\">\(String(text.prefix(10)))</time>"
    }

    /// A moment that the server gave as RFC 3339 has it; the text itself where it is none.
    package static func moment(_ text: String) -> HTML {
        guard let milliseconds = TimestampText.milliseconds(text) else { return "\(text)" }
        return moment(milliseconds / 1000)
    }

    /// Whole days from `now` to `end`: 0 on the last day, negative after it.
    package static func days(until end: Int64, from now: Int64) -> Int64 {
        let seconds = end - now
        return seconds >= 0 ? seconds / daySeconds : -1 - (-seconds - 1) / daySeconds
    }

    /// How long something is still valid, with the colour of its urgency.
    ///
    /// That of a problem within `urgentDays`, and that of a warning within `warningDays`.
    package static func left(
        until end: Int64,
        from now: Int64,
        urgentDays: Int64 = 7,
        warningDays: Int64 = 30
    ) -> HTML {
        let days = days(until: end, from: now)
        if days < 0 { return Badge.bad("ended \(count(-days)) ago") }
        if days == 0 { return Badge.bad("ends today") }
        let words = "\(count(days)) left"
        if days < urgentDays { return Badge.bad(words) }
        return days < warningDays ? Badge.warning(words) : Badge.plain(words)
    }

    /// A time span in seconds, and in a greater unit where that has a whole number of them.
    package static func span(_ seconds: Int64) -> String {
        let units: [(Int64, String)] = [
            (daySeconds, "day"), (3_600, "hour"), (60, "minute"),
        ]
        let whole = units.first { seconds > 0 && seconds.isMultiple(of: $0.0) }
        guard let (size, name) = whole else { return "\(seconds) s" }
        let count = seconds / size
        return "\(seconds) s (\(count) \(name)\(count == 1 ? "" : "s"))"
    }

    private static func count(_ days: Int64) -> String { days == 1 ? "1 day" : "\(days) days" }
}

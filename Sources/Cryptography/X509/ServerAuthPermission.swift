// SPDX-License-Identifier: Apache-2.0
/// Until when a trust set accepts certificates whose extended key usage is for servers only.
///
/// A day is written as people say it, and kept as the first second after it: a request is decided
/// by one comparison, and the last second of the day still belongs to it.
public enum ServerAuthPermission {
    /// The limit of days ahead: a temporary permission must end within its owner's sight.
    public static let daysMax: Int64 = 400
    private static let daySeconds: Int64 = 86_400

    /// Why a day cannot be the last one.
    public enum DayError: Error, Sendable, Equatable {
        /// The text is not a calendar day, written as YYYY-MM-DD.
        case noDay
        /// The day is over.
        case past
        /// The day is more than `daysMax` days ahead; with the last possible one.
        case tooFar(last: String)
    }

    /// The first second, since 1970, after the day that `text` names, in UTC.
    public static func end(of text: String, now: Int64) throws(DayError) -> Int64 {
        guard let start = CertificateTime.day(text) else { throw .noDay }
        guard start + daySeconds > now else { throw .past }
        guard start <= now + daysMax * daySeconds else {
            throw .tooFar(last: String(CertificateTime.text(now + daysMax * daySeconds).prefix(10)))
        }
        return start + daySeconds
    }

    /// The last day of a permission that ends before `end`, as people write it.
    public static func day(of end: Int64) -> String {
        String(CertificateTime.text(end - 1).prefix(10))
    }

    /// Whole days from `now` to `end`; none where it has come.
    public static func daysLeft(to end: Int64, now: Int64) -> Int64 {
        max(0, (end - now) / daySeconds)
    }
}

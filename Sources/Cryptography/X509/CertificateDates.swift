// SPDX-License-Identifier: Apache-2.0
/// When a certificate is valid, in seconds since 1970; both ends belong to it.
public struct CertificateDates: Sendable, Equatable {
    /// First second.
    public var notBefore: Int64
    /// Last second.
    public var notAfter: Int64

    /// Dates as a certificate has them.
    public init(notBefore: Int64, notAfter: Int64) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// A finding about the validity period, for operators.
    package enum Finding {
        case ended
        case endsSoon
        case notYetValid
    }

    /// Seconds of a day.
    package static let secondsOfDay: Int64 = 86_400

    /// The finding at `now`, `days` before the end; nil if there is none.
    package func finding(now: Int64, days: Int) -> Finding? {
        if notAfter < now { return .ended }
        if notBefore > now { return .notYetValid }
        return notAfter < now + Int64(days) * Self.secondsOfDay ? .endsSoon : nil
    }

    /// Whole days to the end; none where it has come.
    public func daysLeft(now: Int64) -> Int64 { max(0, (notAfter - now) / Self.secondsOfDay) }
}

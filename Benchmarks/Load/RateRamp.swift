// SPDX-License-Identifier: Apache-2.0
/// A rate of arrivals that goes evenly from one value to another, and stays there.
struct RateRamp: Codable, Equatable, Sendable {
    /// Operations per second at the beginning, perhaps 0.
    let from: Double
    /// Operations per second at the end, above 0.
    let to: Double
    let seconds: Double

    init(from: Double, to: Double, seconds: Double) {
        precondition(from >= 0 && to > 0 && seconds > 0)
        self.from = from
        self.to = to
        self.seconds = seconds
    }

    /// The same rate from the beginning.
    init(constant rate: Double) { self.init(from: rate, to: rate, seconds: 1) }

    /// Parses `FROM:TO:SECONDS`, as in `100:5000:60`; nil when it is not that.
    init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 3, let from = parts[0], let to = parts[1], let seconds = parts[2],
            (0...Self.rateMax).contains(from), to > 0, to <= Self.rateMax,
            (0.1...86_400).contains(seconds)
        else { return nil }
        self.init(from: from, to: to, seconds: seconds)
    }

    static let rateMax = 10_000_000.0

    /// Operations per second, so many seconds after the ramp began; before it the first rate holds.
    func rate(at second: Double) -> Double {
        from + (to - from) * min(max(second / seconds, 0), 1)
    }

    /// How many operations are due within so many seconds after the ramp began.
    func count(until second: Double) -> Double {
        let within = min(max(second, 0), seconds)
        return (from + rate(at: within)) / 2 * within + max(second - seconds, 0) * to
    }

    /// When so many operations have become due, in seconds after the ramp began: the inverse of
    /// `count`.
    func second(of count: Double) -> Double {
        guard count > 0 else { return 0 }
        let whole = self.count(until: seconds)
        guard count < whole else { return seconds + (count - whole) / to }
        let slope = (to - from) / seconds
        // The root in a form without a difference of nearly equal numbers; a falling ramp's
        // discriminant stays above `to` squared but for rounding.
        return 2 * count / (from + max(from * from + 2 * slope * count, 0).squareRoot())
    }

    /// The part of it that one of `count` generators offers.
    func divided(by count: Int) -> RateRamp {
        RateRamp(from: from / Double(count), to: to / Double(count), seconds: seconds)
    }
}

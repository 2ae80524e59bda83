// SPDX-License-Identifier: Apache-2.0
/// How many requests may come in how many seconds: a token bucket of so many, which fills up again
/// in that time.
public struct RequestRate: Sendable, Hashable, CustomStringConvertible {
    /// A million in a second is more than a machine answers.
    public static let requestsRange = 1...1_000_000
    /// A day: a budget for longer would be a quota, which restarts must not forget.
    public static let secondsRange = 1...86_400
    /// The allowed texts, for messages and documentation.
    public static let form = """
        N/SECONDS with N from \(requestsRange.lowerBound) to \(requestsRange.upperBound) and \
        SECONDS from \(secondsRange.lowerBound) to \(secondsRange.upperBound)
        """

    /// The requests that a full bucket has.
    public let requests: UInt32
    /// The seconds in which an empty bucket becomes full.
    public let seconds: UInt32

    /// A rate within the ranges; nil for any other.
    public init?(requests: Int, seconds: Int) {
        guard Self.requestsRange.contains(requests), Self.secondsRange.contains(seconds) else {
            return nil
        }
        self.requests = UInt32(requests)
        self.seconds = UInt32(seconds)
    }

    /// Reads `N/SECONDS`: two decimal numbers within the ranges, without sign, space or leading
    /// zero; nil for any other text.
    public init?(_ text: String) {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, let requests = Self.number(parts[0]),
            let seconds = Self.number(parts[1])
        else { return nil }
        self.init(requests: requests, seconds: seconds)
    }

    private static func number(_ digits: Substring.UTF8View) -> Int? {
        // Seven digits are one million.
        guard (1...7).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }

    /// `N/SECONDS`.
    public var description: String { "\(requests)/\(seconds)" }

    // MARK: buckets

    /// The result of asking a bucket for one request.
    package enum Spending: Sendable, Equatable {
        /// There was one; the bucket will be full again at this moment.
        case allowed(fullAt: UInt64)
        /// There was none, and will be one in so many nanoseconds; `fullAt` is another moment than
        /// before where the bucket was spent at a slower rate.
        case refused(wait: UInt64, fullAt: UInt64)
    }

    /// Takes one request out of a bucket that will be full at `fullAt`; in nanoseconds of the
    /// monotonic clock, 0 for a full one.
    ///
    /// The generic cell rate algorithm (ITU-T I.371): one moment is all that a bucket has to keep.
    /// A refused request takes nothing. A bucket that was spent at another rate counts as empty at
    /// most.
    package func spend(fullAt: UInt64, now: UInt64) -> Spending {
        let (each, capacity) = (interval, interval * UInt64(requests))
        let settled = min(fullAt, now + capacity)
        let next = max(now, settled) + each
        guard next <= now + capacity else {
            return .refused(wait: next - (now + capacity), fullAt: settled)
        }
        return .allowed(fullAt: next)
    }

    /// Nanoseconds for each request; rounded up, so that never more come than are allowed.
    private var interval: UInt64 {
        (UInt64(seconds) * 1_000_000_000 + UInt64(requests) - 1) / UInt64(requests)
    }

    /// Whole seconds for Retry-After (RFC 9110 §10.2.3), 1 at least.
    package static func retrySeconds(_ nanoseconds: UInt64) -> Int {
        max(1, Int((nanoseconds + 999_999_999) / 1_000_000_000))
    }
}

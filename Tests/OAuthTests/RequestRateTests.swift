// SPDX-License-Identifier: Apache-2.0
import OAuthTesting
import Testing

@testable import OAuth

/// Rates as texts, and the buckets that they are.
struct RequestRateTests {
    private static let second: UInt64 = 1_000_000_000

    private func rate(_ text: String) throws -> RequestRate { try #require(RequestRate(text)) }

    // MARK: texts

    @Test(arguments: ["1/1", "100/60", "1000000/1", "1/86400", "1000000/86400", "999999/86399"])
    func `a rate within the ranges is read, and written the same`(text: String) throws {
        let rate = try rate(text)
        #expect(rate.description == text)
        #expect(RequestRate(requests: Int(rate.requests), seconds: Int(rate.seconds)) == rate)
    }

    @Test(arguments: [
        "", "/", "1", "1/", "/1", "0/1", "1/0", "1000001/1", "1/86401", "9999999/1", "10000000/1",
        "1/1/1", "1//1", "01/1", "1/01", "+1/1", "-1/1", "1/-1", " 1/1", "1/1 ", "1 /1", "1.0/1",
        "1e3/1", "0x1/1", "١/1", "1/１", "1/1\n", "1/1\0", "none", "99999999999999999999/1",
    ])
    func `any other text is none`(text: String) {
        #expect(RequestRate(text) == nil)
    }

    @Test func `numbers out of the ranges are none`() {
        for (requests, seconds) in [
            (0, 1), (1, 0), (-1, 1), (1, -1), (1_000_001, 1), (1, 86_401), (.max, 1), (1, .min),
        ] { #expect(RequestRate(requests: requests, seconds: seconds) == nil) }
    }

    // MARK: buckets

    /// How many of `tries` requests at one moment a bucket gives.
    private func taken(
        _ rate: RequestRate,
        _ fullAt: inout UInt64,
        tries: Int,
        now: UInt64
    ) -> Int {
        var count = 0
        for _ in 0..<tries {
            switch rate.spend(fullAt: fullAt, now: now) {
            case .allowed(let next): (fullAt, count) = (next, count + 1)
            case .refused(_, let settled): fullAt = settled
            }
        }
        return count
    }

    @Test(arguments: ["1/1", "3/60", "7/3", "100/60", "999/7", "1000/1"])
    func `a full bucket has N requests, and one more with each N-th part of the time`(
        text: String
    ) throws {
        let rate = try rate(text)
        let (count, span) = (Int(rate.requests), UInt64(rate.seconds) * Self.second)
        var (fullAt, now) = (UInt64(0), 50 * Self.second)
        #expect(taken(rate, &fullAt, tries: count + 10, now: now) == count)
        // A nanosecond for each rounding.
        let part = span / UInt64(count) + 1
        #expect(taken(rate, &fullAt, tries: 5, now: now + part - 2) == 0)
        now += part
        #expect(taken(rate, &fullAt, tries: 5, now: now) == 1)
        now += 2 * span
        #expect(taken(rate, &fullAt, tries: count + 10, now: now) == count)
    }

    @Test func `in no time more come than the bucket and the time allow`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let rate = try #require(
                RequestRate(
                    requests: .random(in: 1...1_000, using: &random),
                    seconds: .random(in: 1...100, using: &random)
                )
            )
            let start = UInt64.random(in: 0...1 << 50, using: &random)
            var (fullAt, now, count) = (UInt64(0), start, 0)
            for _ in 0..<500 {
                now += UInt64.random(in: 0...Self.second / 20, using: &random)
                count += taken(rate, &fullAt, tries: 3, now: now)
                let elapsed = Double(now - start) / Double(Self.second)
                let allowed = Double(rate.requests) * (1 + elapsed / Double(rate.seconds))
                #expect(Double(count) <= allowed + 0.001, "\(rate) \(elapsed)")
            }
        }
    }

    @Test func `what is refused takes nothing, and says when to come again`() throws {
        let rate = try rate("2/60")
        var fullAt: UInt64 = 0
        let now = 5 * Self.second
        #expect(taken(rate, &fullAt, tries: 2, now: now) == 2)
        for _ in 0..<100 {
            let refused = RequestRate.Spending.refused(wait: 30 * Self.second, fullAt: fullAt)
            #expect(rate.spend(fullAt: fullAt, now: now) == refused)
        }
        let later = now + 30 * Self.second
        #expect(rate.spend(fullAt: fullAt, now: later - 1) == .refused(wait: 1, fullAt: fullAt))
        #expect(taken(rate, &fullAt, tries: 2, now: later) == 1)
    }

    @Test func `a bucket that was spent at a slower rate is empty at most`() throws {
        var fullAt: UInt64 = 0
        let now = Self.second
        #expect(taken(try rate("1/86400"), &fullAt, tries: 2, now: now) == 1)
        let fast = try rate("10/10")
        let empty = RequestRate.Spending.refused(wait: Self.second, fullAt: now + 10 * Self.second)
        #expect(fast.spend(fullAt: fullAt, now: now) == empty)
        #expect(taken(fast, &fullAt, tries: 2, now: now) == 0)
        #expect(taken(fast, &fullAt, tries: 2, now: now + Self.second) == 1)
    }

    @Test func `Retry-After is in whole seconds, and one at least`() {
        let seconds: [(UInt64, Int)] = [
            (0, 1), (1, 1), (999_999_999, 1), (1_000_000_000, 1), (1_000_000_001, 2),
            (86_400_000_000_000, 86_400),
        ]
        for (wait, retry) in seconds { #expect(RequestRate.retrySeconds(wait) == retry) }
    }
}

// SPDX-License-Identifier: Apache-2.0
@testable import OAuth

/// The input is a rate, and behind a line feed the moments at which requests come.
///
/// Promises: a text that is taken is the one that is written, and no other; a bucket gives no more
/// requests than it has and time brings, refuses none that it has, and says when there is one
/// again.
enum RateTarget {
    static func test(_ input: [UInt8]) {
        let parts = lines(input, countMax: 2)
        guard let text = String(validating: parts[0], as: UTF8.self) else { return }
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let rate = RequestRate(text) else {
            guard numbers.count == 2, let requests = Int(numbers[0]), let seconds = Int(numbers[1])
            else { return }
            let isPlain = "\(requests)/\(seconds)" == text
            claim(
                !isPlain || RequestRate(requests: requests, seconds: seconds) == nil,
                "numbers within the ranges are taken"
            )
            return
        }
        claim(rate.description == text, "it is written as it was read")
        claim(RequestRate(rate.description) == rate, "it is read again the same")
        spend(rate, parts.count == 2 ? parts[1] : [])
    }

    /// Asks at moments that are so many 256ths of the rate's time apart.
    private static func spend(_ rate: RequestRate, _ gaps: [UInt8]) {
        let span = UInt64(rate.seconds) * 1_000_000_000
        var (fullAt, now, count) = (UInt64(0), span, UInt64(0))
        for gap in gaps {
            now += span / 256 * UInt64(gap)
            switch rate.spend(fullAt: fullAt, now: now) {
            case .allowed(let next):
                claim(next > now && next >= fullAt, "a request takes something")
                (fullAt, count) = (next, count + 1)
            case .refused(let wait, let settled):
                claim(settled == fullAt, "what is refused takes nothing")
                claim(count >= UInt64(rate.requests), "a full bucket is not empty")
                claim(wait > 0 && wait <= span / UInt64(rate.requests) + 1, "soon there is one")
                if case .refused = rate.spend(fullAt: fullAt, now: now + wait) {
                    claim(false, "there is one then")
                }
            }
            let (product, overflows) = (now - span).multipliedReportingOverflow(
                by: UInt64(rate.requests)
            )
            guard !overflows else { continue }
            claim(count <= UInt64(rate.requests) + product / span + 1, "no more than time brings")
        }
    }
}

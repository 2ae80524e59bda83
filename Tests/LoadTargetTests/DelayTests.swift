// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LoadTarget

/// The lengths of delays.
struct DelayTests {
    private func lengths(_ delay: Delay, count: Int = 100_000) -> [Int] {
        (1...count).map { number in
            var stream = CallStream(ruleKey: 7, clientHash: 11, number: UInt64(number))
            return delay.milliseconds(&stream)
        }
    }

    private func moments(_ values: [Int]) -> (mean: Double, deviation: Double) {
        let mean = Double(values.reduce(0, +)) / Double(values.count)
        let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (mean, (squares / Double(values.count)).squareRoot())
    }

    @Test func `a fixed delay is the same each time`() {
        #expect(Set(lengths(Delay(milliseconds: 200), count: 100)) == [200])
    }

    @Test func `a normal one has its mean and its deviation, and is symmetrical`() {
        let values = lengths(Delay(milliseconds: 2000, deviation: 50, shape: .normal))
        let found = moments(values)
        #expect((found.mean - 2000).magnitude < 1 && (found.deviation - 50).magnitude < 1)
        let above = values.count { $0 > 2000 }
        #expect((above - 50_000).magnitude < 1500)
        // 68 % within one deviation, 99.7 % within three.
        let within = (1...3).map { width in values.count { ($0 - 2000).magnitude <= 50 * width } }
        #expect((within[0] - 68_900).magnitude < 1500 && within[2] > 99_500 && within[2] < 100_000)
    }

    @Test func `a long tail has its mean and its deviation, and most below the mean`() {
        let values = lengths(Delay(milliseconds: 200, deviation: 200, shape: .longTail))
        let found = moments(values)
        #expect((found.mean - 200).magnitude < 4 && (found.deviation - 200).magnitude < 15)
        let sorted = values.sorted()
        // The median of a log-normal distribution with these two is 200 / √2.
        #expect((sorted[50_000] - 141).magnitude < 4)
        #expect(sorted[99_900] > 1500 && sorted[0] > 0)
    }

    @Test(
        arguments: [
            Delay(milliseconds: 1, deviation: 600_000, shape: .normal),
            Delay(milliseconds: 600_000, deviation: 600_000, shape: .normal),
            Delay(milliseconds: 1, deviation: 600_000, shape: .longTail),
            Delay(milliseconds: 600_000, deviation: 1, shape: .longTail),
        ]
    )
    func `no delay is below zero or longer than one may be`(delay: Delay) {
        #expect(lengths(delay, count: 20_000).allSatisfy { (0...600_000).contains($0) })
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A histogram of times with sixteen steps for each doubling: a percentile is right to 6 %.
///
/// One writer; anybody reads. Six kilobytes.
package final class ServiceTimes: Sendable {
    private static let bitsPerDoubling = 4
    private static let stepsPerDoubling = 1 << bitsPerDoubling
    /// 2⁴⁸ ns are three days: longer than any answer is held.
    private static let doublings = 48
    /// `doublings` times `stepsPerDoubling`.
    private let counts: InlineArray<768, Atomic<Int>>

    /// No times yet.
    package init() {
        counts = InlineArray { _ in Atomic(0) }
    }

    /// Records one time.
    package func record(nanoseconds: Int) {
        let index = Self.index(of: UInt64(max(nanoseconds, 1)))
        counts[index].wrappingAdd(1, ordering: .relaxed)
    }

    /// Sets all counts to zero.
    package func reset() {
        for index in counts.indices { counts[index].store(0, ordering: .relaxed) }
    }

    /// The times in microseconds below which these shares of all lie; nil without any time.
    package static func percentiles(
        _ shares: [Double],
        of histograms: [ServiceTimes]
    ) -> [Double]? {
        var sums = [Int](repeating: 0, count: doublings * stepsPerDoubling)
        for histogram in histograms {
            for index in sums.indices {
                sums[index] += histogram.counts[index].load(ordering: .relaxed)
            }
        }
        let total = sums.reduce(0, +)
        guard total > 0 else { return nil }
        return shares.map { share in
            let rank = max(1, Int((Double(total) * share).rounded(.up)))
            var seen = 0
            for (index, count) in sums.enumerated() {
                seen += count
                if seen >= rank { return Double(upperBound(of: index)) / 1000 }
            }
            return 0
        }
    }

    private static func index(of nanoseconds: UInt64) -> Int {
        let doubling = 63 - nanoseconds.leadingZeroBitCount
        let shift = doubling - bitsPerDoubling
        let step = shift >= 0 ? nanoseconds >> UInt64(shift) : nanoseconds << UInt64(-shift)
        let index = doubling << bitsPerDoubling | Int(step) & (stepsPerDoubling - 1)
        return min(index, doublings * stepsPerDoubling - 1)
    }

    private static func upperBound(of index: Int) -> UInt64 {
        let doubling = UInt64(index >> bitsPerDoubling)
        let step = UInt64(index & (stepsPerDoubling - 1)) + UInt64(stepsPerDoubling) + 1
        return (step << doubling) >> UInt64(bitsPerDoubling)
    }
}

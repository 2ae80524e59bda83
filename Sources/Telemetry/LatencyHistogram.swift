// SPDX-License-Identifier: Apache-2.0
package import Synchronization

/// The endpoints with a latency metric of their own.
package enum MeasuredEndpoint: String, CaseIterable {
    case token
    case introspection
    case other

    /// The position among all cases.
    package var index: Int {
        switch self {
        case .token: 0
        case .introspection: 1
        case .other: 2
        }
    }
}

/// A histogram of latencies; one writer.
package final class LatencyHistogram: Sendable {
    /// Upper bounds in nanoseconds: from the least that a request costs to the longest that one may
    /// take.
    package static let bounds = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        10_000_000_000,
    ]

    /// One count for each bound, and one beyond all; not cumulative.
    package let counts: InlineArray<17, Atomic<Int>>
    /// The sum of all, in nanoseconds.
    package let sum = Atomic<Int>(0)

    package init() {
        counts = InlineArray { _ in Atomic(0) }
    }

    /// Records the latency of one request.
    package func record(nanoseconds: Int) {
        var index = 0
        // Few steps: most requests take less than a millisecond.
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        counts[index].add(1)
        sum.add(nanoseconds)
    }
}

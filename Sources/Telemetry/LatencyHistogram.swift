// SPDX-License-Identifier: Apache-2.0
package import Synchronization

/// The endpoints whose latency is told apart.
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

/// How often a time was within each bound; one writer.
package final class LatencyHistogram: Sendable {
    /// Nanoseconds: from what a request costs at least to the longest that one may take.
    package static let bounds = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        10_000_000_000,
    ]

    /// One for each bound, and one for what is beyond all; not cumulative.
    package let counts: InlineArray<17, Atomic<Int>>
    /// Nanoseconds of all together.
    package let sum = Atomic<Int>(0)

    package init() {
        counts = InlineArray { _ in Atomic(0) }
    }

    /// Takes note of one request's time.
    package func record(nanoseconds: Int) {
        var index = 0
        // Few steps: most requests take less than a millisecond.
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        counts[index].add(1)
        sum.add(nanoseconds)
    }
}

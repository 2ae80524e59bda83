// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A length of time that may differ from call to call, to the millisecond.
package struct Delay: Sendable, Equatable {
    /// The distribution of its lengths.
    package enum Shape: String, Sendable, CaseIterable {
        /// The same for all.
        case fixed
        /// Normal: `milliseconds` is the mean, `deviation` the standard deviation.
        case normal
        /// Log-normal, with that mean and standard deviation: most calls are faster than the mean,
        /// and a few take many times as long.
        case longTail = "long_tail"
    }

    /// The mean.
    package let milliseconds: Int
    /// The standard deviation; zero where all are the same.
    package let deviation: Int
    /// The distribution.
    package let shape: Shape

    /// A delay from its parts, which the reader of rules has found within their bounds.
    init(milliseconds: Int, deviation: Int = 0, shape: Shape = .fixed) {
        self.milliseconds = milliseconds
        self.deviation = shape == .fixed ? 0 : deviation
        self.shape = shape
    }

    /// The length for one call, from 0 to the longest delay there is; `stream` is that call's own.
    func milliseconds(_ stream: inout CallStream) -> Int {
        guard deviation > 0 else { return milliseconds }
        let (mean, deviation) = (Double(milliseconds), Double(deviation))
        let length: Double
        switch shape {
        case .fixed: length = mean
        case .normal: length = mean + deviation * Self.standardNormal(&stream)
        case .longTail:
            let variance = log(1 + deviation * deviation / (mean * mean))
            length = exp(
                log(mean) - variance / 2 + variance.squareRoot() * Self.standardNormal(&stream)
            )
        }
        let longest = Double(FaultBounds.milliseconds.upperBound)
        return Int(min(max(length, 0), longest).rounded())
    }

    /// Box and Muller's transform.
    private static func standardNormal(_ stream: inout CallStream) -> Double {
        // From 1 down to just above 0, of which a logarithm exists.
        let radius = (-2 * log(1 - stream.nextFraction())).squareRoot()
        return radius * cos(2 * Double.pi * stream.nextFraction())
    }
}

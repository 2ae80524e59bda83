// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// The latest samples, taken while somebody looks: each look takes one when it is time for it.
///
/// Without looks nothing is asked of the server, and after a pause the charts begin anew.
final class LiveSamples: Sendable {
    /// The least time between two samples; looks between them see the last one again.
    static let stepMilliseconds: UInt64 = 1_900
    /// The time without a look after which earlier samples are no part of a curve any more.
    static let pauseMilliseconds: UInt64 = 30_000
    /// Five minutes of a look every two seconds.
    static let countMax = 150

    private let samples = Lock([LiveSample]())

    /// The samples up to `now`, oldest first, with a new one of `read` when it is due.
    func look(
        now: UInt64,
        _ read: () throws(ServerAPIError) -> MetricsReading
    ) throws(ServerAPIError) -> [LiveSample] {
        let known = samples.withLock { samples in
            if let last = samples.last, now >= last.at + Self.pauseMilliseconds { samples = [] }
            return samples
        }
        if let last = known.last, now < last.at + Self.stepMilliseconds { return known }
        let sample = LiveSample(try read(), at: now)
        return samples.withLock { samples in
            // Another look may have been quicker.
            if let last = samples.last {
                if sample.startedAt != last.startedAt { samples = [] }
                if sample.at < last.at + Self.stepMilliseconds, !samples.isEmpty { return samples }
            }
            samples.append(sample)
            if samples.count > Self.countMax { samples.removeFirst() }
            return samples
        }
    }
}

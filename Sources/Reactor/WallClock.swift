// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Synchronization

/// The time of day: for tokens, certificates, revocation lists and logs.
///
/// A process makes one and hands it to all that need the time, so that no decision compares times
/// of two clocks. Deadlines go by `Clock`, which cannot be set.
public final class WallClock: Sendable {
    /// Seconds that this clock is ahead of the machine's.
    private let lead = Atomic<Int64>(0)

    /// The machine's own time, until it is turned.
    public init() {}

    /// Seconds since 1970.
    public var seconds: Int64 { handfast_wall_seconds() &+ lead.load(ordering: .relaxed) }

    /// Milliseconds since 1970: for logs.
    public var milliseconds: Int64 {
        handfast_wall_milliseconds() &+ lead.load(ordering: .relaxed) &* 1000
    }

    /// Seconds that it was turned ahead of the machine's.
    public var offsetSeconds: Int64 { lead.load(ordering: .relaxed) }

    /// Turns this clock, forwards or backwards, for all that have it; the machine's stays.
    ///
    /// For tests and measurements, to which certificates end and keys retire at once.
    public func turn(seconds: Int64) {
        lead.wrappingAdd(seconds, ordering: .relaxed)
    }
}

// SPDX-License-Identifier: Apache-2.0
/// The slower of the wall clock and the monotonic clock, for the removal of what has ended.
///
/// A wall clock that jumps ahead and comes back must remove nothing; one that was behind at the
/// start, or while the machine was suspended, and stays ahead of that for an hour, is believed.
struct SlowerClock: Sendable {
    /// How long a wall clock must be ahead, without a break, in seconds.
    static let doubtSeconds: Int64 = 3600
    /// Both clocks drift against each other by less than this between two looks.
    private static let driftSeconds: Int64 = 5

    /// Wall clock less monotonic clock, as it is believed.
    private var boot: Int64
    /// Since when the wall clock is ahead, by the monotonic clock; nil where it is not.
    private var aheadSince: Int64?

    /// Believes the wall clock of this moment; both in seconds.
    init(wall: Int64, steady: Int64) {
        boot = wall - steady
    }

    /// The moment in seconds since 1970 up to which rows that have ended may go.
    mutating func now(wall: Int64, steady: Int64) -> Int64 {
        let believed = boot + steady
        guard wall - believed > Self.driftSeconds else {
            aheadSince = nil
            return min(wall, believed)
        }
        let since = aheadSince ?? steady
        aheadSince = since
        guard steady - since >= Self.doubtSeconds else { return believed }
        boot = wall - steady
        aheadSince = nil
        return wall
    }
}

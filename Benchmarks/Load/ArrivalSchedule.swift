// SPDX-License-Identifier: Apache-2.0
/// The intended start of each operation of an open loop: evenly spaced, whether or not the server
/// keeps up.
///
/// Latency is counted from these instants, so a stall of the server shows in every operation that
/// it held up and not only in the few that were under way (the correction for coordinated
/// omission).
struct ArrivalSchedule: Equatable, Sendable {
    /// Nanoseconds of the monotonic clock.
    let start: UInt64
    /// Nanoseconds between two arrivals.
    let interval: Double
    private(set) var issued = 0

    /// `rate` is in operations per second and positive.
    init(start: UInt64, rate: Double) {
        precondition(rate > 0)
        self.start = start
        interval = 1e9 / rate
    }

    /// When the next operation should start.
    var next: UInt64 { intended(issued) }

    /// Takes the next operation when its time has come.
    mutating func take(at now: UInt64) -> UInt64? {
        let intended = next
        guard intended <= now else { return nil }
        issued += 1
        return intended
    }

    /// The intended starts before `end` that nobody has taken: what the server's slowness kept from
    /// even starting.
    mutating func takeAll(before end: UInt64) -> [UInt64] {
        var missed: [UInt64] = []
        while next < end {
            missed.append(next)
            issued += 1
        }
        return missed
    }

    // From the index each time: adding the interval up would let the rounding drift.
    private func intended(_ index: Int) -> UInt64 {
        start + UInt64(Double(index) * interval)
    }
}

// SPDX-License-Identifier: Apache-2.0
/// The intended start of each operation of an open loop: spaced by the rate alone, whether or not
/// the server keeps up.
///
/// Latency is counted from these instants, so a stall of the server shows in every operation that
/// it held up and not only in the few that were under way (the correction for coordinated
/// omission).
struct ArrivalSchedule: Equatable, Sendable {
    /// Nanoseconds of the monotonic clock.
    let start: UInt64
    /// Seconds at the ramp's first rate, before it begins.
    let warmUp: Double
    let ramp: RateRamp
    private(set) var issued = 0
    /// When the next operation should start.
    private(set) var next: UInt64

    init(start: UInt64, warmUp: Double, ramp: RateRamp) {
        self.start = start
        self.warmUp = warmUp
        self.ramp = ramp
        next = start
        next = intended(0)
    }

    /// `rate` is in operations per second and positive.
    init(start: UInt64, rate: Double) {
        self.init(start: start, warmUp: 0, ramp: RateRamp(constant: rate))
    }

    /// Takes the next operation when its time has come.
    mutating func take(at now: UInt64) -> UInt64? {
        let intended = next
        guard intended <= now else { return nil }
        advance()
        return intended
    }

    /// The intended starts before `end` that nobody has taken: what the server's slowness kept from
    /// even starting.
    mutating func takeAll(before end: UInt64) -> [UInt64] {
        var missed: [UInt64] = []
        while next < end {
            missed.append(next)
            advance()
        }
        return missed
    }

    private mutating func advance() {
        issued += 1
        next = intended(issued)
    }

    // From the index each time: adding intervals up would let the rounding drift.
    private func intended(_ index: Int) -> UInt64 {
        let warmed = ramp.from * warmUp
        let second =
            Double(index) < warmed
            ? Double(index) / ramp.from : warmUp + ramp.second(of: Double(index) - warmed)
        // A rate of nearly nothing has its next arrival beyond any clock.
        return start + UInt64(min((second * 1e9).rounded(), 9e18))
    }
}

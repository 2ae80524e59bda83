// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing

@testable import Telemetry

/// Reactors that take their pulses, and others.
struct ReactorPulsesTests {
    private typealias Pulse = ReactorPulses.Pulse

    /// The pulses that were posted to each of two reactors.
    private final class Posted: Sendable {
        let pulses = Lock<[[Pulse]]>([[], []])

        var watched: ReactorPulses {
            ReactorPulses(
                (0..<2).map { index in
                    { pulse in self.pulses.withLock { $0[index].append(pulse) } }
                }
            )
        }

        func take(_ index: Int) {
            pulses.withLock { all in for pulse in all[index] { pulse.take() } }
        }

        func count(_ index: Int) -> Int { pulses.withLock { $0[index].count } }
    }

    @Test func `reactors that take their pulses are not stuck, however long they idle`() {
        let posted = Posted()
        let pulses = posted.watched
        for second in 1...20 {
            let now = UInt64(second) * 1_000
            #expect(pulses.beat(now: now).isEmpty)
            posted.take(0)
            posted.take(1)
            #expect(pulses.stuck(now: now + 999) == 0)
        }
        #expect(posted.count(0) == 20)
    }

    @Test func `one that does not is told once after five seconds, and again when it goes on`() {
        let posted = Posted()
        let pulses = posted.watched
        var changes: [ReactorPulses.Change] = []
        for second in 1...20 {
            let now = UInt64(second) * 1_000
            let told = pulses.beat(now: now)
            posted.take(0)
            if second == 15 { posted.take(1) }
            #expect(pulses.stuck(now: now) == ((6..<15).contains(second) ? 1 : 0), "\(second)")
            if second > 15 { posted.take(1) }
            changes += told
        }
        #expect(
            changes == [.init(reactor: 1, isStuck: true), .init(reactor: 1, isStuck: false)]
        )
        // A stuck reactor's mailbox has one pulse.
        #expect(posted.count(1) == 6)
    }

    @Test func `time in which nothing was watched does not count`() {
        let posted = Posted()
        let pulses = posted.watched
        _ = pulses.beat(now: 1_000)
        // The process was stopped for an hour.
        #expect(pulses.stuck(now: 3_601_000) == 0)
        #expect(pulses.beat(now: 3_601_000).isEmpty)
        #expect(pulses.stuck(now: 3_602_000) == 0)
        for second: UInt64 in 3_602...3_604 { _ = pulses.beat(now: second * 1_000) }
        #expect(pulses.stuck(now: 3_604_000) == 2)
    }

    @Test func `two threads that beat post no more than one does`() {
        let posted = Posted()
        let pulses = posted.watched
        for half in 2...20 {
            _ = pulses.beat(now: UInt64(half) * 500)
            posted.take(0)
            posted.take(1)
        }
        #expect(posted.count(0) == 10)
    }
}

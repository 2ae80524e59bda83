// SPDX-License-Identifier: Apache-2.0
import Reactor
import Telemetry
import Testing

@testable import Serving
@testable import TLS

/// The timer of a connection, and how long one lingers.
struct TransportPartsTests {
    @Test func `an earlier deadline has to be told to the timers, and a later one has not`() {
        var timer = ConnectionTimer(deadline: 1_000, firstCheck: 5_000)
        #expect(timer.nextCheck == 1_000)
        let isEarlier = timer.move(to: 3_000)
        #expect(!isEarlier && timer.deadline == 3_000 && timer.nextCheck == 1_000)
        let isLater = timer.move(to: 500)
        #expect(isLater && timer.nextCheck == 500)
    }

    @Test func `the next look comes within the timers' reach, and no later than the deadline`() {
        var timer = ConnectionTimer(deadline: 100_000, firstCheck: 50_000)
        #expect(timer.nextCheck == 50_000)
        timer.rearm(at: 100_001)
        #expect(timer.nextCheck == 100_000)
        timer.rearm(noLaterThan: 99_000)
        #expect(timer.nextCheck == 99_000)
        timer.rearm(noLaterThan: 99_500)
        #expect(timer.nextCheck == 99_000)
    }

    @Test func `a peer that goes on sending is read for thirty seconds, and a silent one for five`()
    {
        let lingering = Lingering(now: 1_000)
        #expect(lingering.deadline(now: 1_000) == 6_000)
        #expect(lingering.deadline(now: 20_000) == 25_000)
        #expect(lingering.deadline(now: 29_000) == 31_000)
    }

    @Test func `so much is thrown away in a turn, and so much at all`() {
        var lingering = Lingering(now: 0)
        var turns = 0
        while lingering.room > 0 {
            #expect(lingering.room <= 256 * 1024)
            lingering.discard(lingering.room)
            turns += 1
        }
        #expect(turns == 256)
    }

    @Test func `each group of the key exchange has a counter of its own`() {
        let positions = TLSGroup.allCases.map(\.position)
        #expect(positions == Array(TLSGroup.allCases.indices))
        #expect(positions.count <= ListenerCounters.groupsMax)
    }

    @Test func `postponed answers leave in their order, and sixteen at most wait`() {
        var postponed = PostponedSends()
        for token in 1...16 as ClosedRange<Token> {
            #expect(!postponed.isFull)
            postponed.add(token, Postponed(start: Int(token), end: Int(token) + 1))
        }
        #expect(postponed.isFull)
        let all = postponed.takeAll()
        #expect(all.map(\.token) == Array(1...16))
        #expect(postponed.isEmpty && postponed.takeAll().isEmpty)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing

@testable import Serving

/// The work that a turn serves besides the ready connections.
struct TurnScheduleTests {
    private let schedule = TurnSchedule()

    private func wait(_ token: Token, for work: TurnBudget.Work) {
        schedule.add(token, for: work) { _ in true }
    }

    /// Serves all that is allowed; the tokens in their order.
    private func serveAll() -> [Token] {
        var served: [Token] = []
        while let (work, token) = schedule.next() {
            served.append(token)
            _ = schedule.charge(work)
        }
        return served
    }

    @Test func `a turn in which nothing waits has nothing to do`() {
        #expect(!schedule.beginWaiting(turnBegan: Clock.nanoseconds))
        #expect(schedule.isEmpty && schedule.acceptsNow)
    }

    @Test func `handshakes that are further come first, and pipelined requests last`() {
        wait(1, for: .pipelined)
        wait(2, for: .beginning)
        wait(3, for: .finishing)
        wait(4, for: .finishing)
        let isAny = schedule.beginWaiting(turnBegan: Clock.nanoseconds)
        #expect(isAny && serveAll() == [3, 4, 2, 1])
        #expect(schedule.isEmpty)
    }

    @Test func `a turn that was taken by ready connections leaves the others their shares`() {
        // A handshake's whole bucket is spent by one that takes long.
        wait(1, for: .beginning)
        wait(2, for: .beginning)
        let began = Clock.nanoseconds
        schedule.noteReady()
        while Clock.nanoseconds < began + 1_000_000 {}
        schedule.chargeReady(since: began)
        _ = schedule.beginWaiting(turnBegan: began)
        let first = schedule.next()
        #expect(first?.token == 1)
        let start = Clock.nanoseconds
        while Clock.nanoseconds < start + 5_000_000 {}
        let spent = schedule.charge(.beginning)
        #expect(spent.nanoseconds >= 5_000_000)
        #expect(schedule.next() == nil && !schedule.isEmpty)
        // The twin: a turn without ready connections is all theirs.
        _ = schedule.beginWaiting(turnBegan: Clock.nanoseconds)
        #expect(schedule.next()?.token == 2)
    }
}

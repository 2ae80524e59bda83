// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Schedules a reactor's turn between the ready connections and the work that waits behind them:
/// handshakes, and requests beyond a connection's slice.
final class TurnSchedule {
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var waiting = WaitingConnections()
    #if !DEBUG
        @safe @exclusivity(unchecked)
    #endif
    private var budget = TurnBudget()
    /// Whether this turn has served ready connections, for how long, and until when.
    private var hasServed = false
    private var servedNanoseconds: UInt64 = 0
    private var servedUntil: UInt64 = 0
    /// Whether this turn has accepted connections, or ended abandoned ones.
    private var hasAccepted = false
    /// When the current piece of waiting work began.
    private var mark: UInt64 = 0

    /// Whether this turn has time for new connections.
    var acceptsNow: Bool { servedNanoseconds == 0 || budget.allows(.accepting) }
    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// Notes that this turn serves a ready connection, or a message of another thread.
    func noteReady() {
        hasServed = true
    }

    /// Notes that this turn accepts a connection, or ends an abandoned one.
    func noteAccept() {
        hasAccepted = true
    }

    /// Queues a connection, which must not be queued already; `isOpen` says of a token whether its
    /// connection is still there.
    func add(_ token: Token, for work: TurnBudget.Work, isOpen: (Token) -> Bool) {
        waiting.add(token, for: work, isOpen: isOpen)
    }

    /// Charges the time of the ready connections, which were served in a turn that began then.
    func chargeReady(since turnBegan: UInt64) {
        guard hasServed else { return }
        hasServed = false
        servedUntil = Clock.nanoseconds
        servedNanoseconds = servedUntil - turnBegan
    }

    /// Begins the waiting work of the turn; false where there is none.
    func beginWaiting(turnBegan: UInt64) -> Bool {
        defer { servedNanoseconds = 0 }
        // Also where nothing waits: accepting may, in the kernel's queue.
        budget.turn(served: servedNanoseconds, now: turnBegan)
        guard hasAccepted || !waiting.isEmpty else { return false }
        mark = Clock.nanoseconds
        if hasAccepted, servedNanoseconds > 0 { budget.spent(mark - servedUntil, on: .accepting) }
        hasAccepted = false
        return true
    }

    /// Takes the next piece of waiting work within the shares; the token may be stale.
    func next() -> (work: TurnBudget.Work, token: Token)? {
        waiting.next { budget.allows($0) }
    }

    /// Charges the time of one piece of waiting work; returns it, and the moment, in monotonic
    /// nanoseconds.
    func charge(_ work: TurnBudget.Work) -> (nanoseconds: UInt64, now: UInt64) {
        let now = Clock.nanoseconds
        let spent = now - mark
        budget.spent(spent, on: work)
        mark = now
        return (spent, now)
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Reactor

/// A running load target as its reactors and administrators share it.
package final class LoadTargetState: Sendable {
    /// The calls of each client.
    package let clients = ClientCallsTable()
    /// Counters, one for each reactor.
    package let counters: [LoadCounters]
    /// The latest calls, a segment for each reactor.
    package let ring: CallRing
    /// The rules by which calls meet faults.
    package let rules: FaultRules
    /// The clock of tokens, certificates and the list of calls.
    package let clock: WallClock
    /// The monotonic milliseconds from which rules count.
    package let startedAt: UInt64

    /// No calls and no rules yet; `changed` hands each new plan to the reactors.
    package init(
        reactors: Int,
        clock: WallClock,
        changed: @escaping @Sendable (FaultPlan) -> Void
    ) {
        counters = (0..<reactors).map { _ in LoadCounters() }
        ring = CallRing(segments: reactors)
        rules = FaultRules(changed: changed)
        self.clock = clock
        startedAt = Clock.milliseconds
    }

    /// The sum of all reactors' counters.
    package var totals: LoadTotals { LoadTotals(counters) }

    /// Sets counters, numbers of calls and the list of calls to their beginning; rules and clock
    /// stay.
    package func reset() {
        for counters in counters { counters.reset() }
        clients.reset()
        ring.reset()
    }
}

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
    /// Times of work, one for each reactor.
    package let work: [ReactorWork]
    /// The rules by which calls meet faults.
    package let rules: FaultRules
    /// The clock of tokens, certificates and the list of calls.
    package let clock: WallClock
    /// The monotonic milliseconds from which rules count.
    private let startedAt: UInt64
    private let processors: Int
    private let progress = Lock(Progress())

    /// No calls and no rules yet; `changed` hands each new plan to the reactors.
    package init(
        reactors: Int,
        clock: WallClock,
        changed: @escaping @Sendable (FaultPlan) -> Void
    ) {
        counters = (0..<reactors).map { _ in LoadCounters() }
        work = (0..<reactors).map { _ in ReactorWork() }
        processors = min(reactors, max(1, ProcessSettings.processors))
        ring = CallRing(segments: reactors)
        rules = FaultRules(changed: changed)
        self.clock = clock
        startedAt = Clock.milliseconds
    }

    /// This moment, by both clocks that rules go by.
    package var moment: FaultMoment {
        FaultMoment(
            sinceStart: Int64(Clock.milliseconds - startedAt),
            time: clock.milliseconds
        )
    }

    /// The sum of all reactors' counters.
    package var totals: LoadTotals { LoadTotals(counters) }

    /// Sets counters, numbers of calls and the list of calls to their beginning; rules and clock
    /// stay.
    package func reset() {
        for counters in counters { counters.reset() }
        for work in work { work.reset() }
        progress.withLock { $0 = Progress() }
        clients.reset()
        ring.reset()
    }

    // MARK: the bill

    /// The beginning of what is billed, and the samples since.
    private struct Progress {
        let began = Sample()
        var last = Sample()
        var busiest: BusiestSecond?
    }

    private struct Sample {
        var nanoseconds = Clock.nanoseconds
        var cpu = Clock.processCPUNanoseconds
        var tokens = 0
    }

    /// Takes a sample, for the busiest second; called about once a second.
    package func sample() {
        var now = Sample()
        now.tokens = totals[.tokens]
        progress.withLock { progress in
            let wall = now.nanoseconds &- progress.last.nanoseconds
            // A shorter time says nothing about a second.
            guard wall >= 500_000_000 else { return }
            let cpu = Double(now.cpu &- progress.last.cpu)
            let share = min(1, cpu / (Double(wall) * Double(processors)))
            if share > progress.busiest?.share ?? -1 {
                let tokens = Double(max(0, now.tokens - progress.last.tokens))
                progress.busiest = BusiestSecond(
                    tokens: Int(tokens * 1_000_000_000 / Double(wall)),
                    share: share
                )
            }
            progress.last = now
        }
    }

    /// The bill since the start, or since the last reset.
    package var summary: LoadSummary {
        sample()
        let (began, busiest) = progress.withLock { ($0.began, $0.busiest) }
        let now = Sample()
        let totals = totals
        func perOperation(_ nanoseconds: UInt64, _ count: Int) -> Double? {
            count > 0 ? Double(nanoseconds) / 1000 / Double(count) : nil
        }
        let full = work.reduce(0) { $0 + $1.handshakes.full }
        let resumed = work.reduce(0) { $0 + $1.handshakes.resumed }
        let cpu = now.cpu &- began.cpu
        return LoadSummary(
            totals: totals,
            seconds: Double(now.nanoseconds &- began.nanoseconds) / 1_000_000_000,
            serviceTimes: ServiceTimes.percentiles(
                [0.5, 0.9, 0.99, 0.999],
                of: work.map(\.serviceTimes)
            ),
            fullHandshake: perOperation(full, totals[.handshakesFull]),
            resumedHandshake: perOperation(resumed, totals[.handshakesResumed]),
            keptRequest: perOperation(
                cpu - min(cpu, full + resumed),
                totals[.requestsKeptAlive]
            ),
            busiest: busiest
        )
    }
}

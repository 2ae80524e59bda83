// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Serving

struct TurnBudgetTests {
    typealias Work = TurnBudget.Work

    /// Turns of `served` nanoseconds each in which as much waits of `kinds` as there is time for;
    /// how long each kind had.
    private func run(
        turns: Int,
        served: UInt64,
        waiting kinds: [(Work, step: UInt64)]
    ) -> [Work: UInt64] {
        var budget = TurnBudget()
        var had: [Work: UInt64] = [:]
        for turn in 0..<turns {
            budget.turn(served: served, now: UInt64(turn) * served)
            for (work, step) in kinds {
                while budget.allows(work) {
                    budget.spent(step, on: work)
                    had[work, default: 0] += step
                }
            }
        }
        return had
    }

    private func share(_ nanoseconds: UInt64?, of served: UInt64) -> Double {
        Double(nanoseconds ?? 0) / Double(served + (nanoseconds ?? 0))
    }

    @Test(arguments: [40_000, 1_000_000] as [UInt64])
    func `handshakes that begin take a sixteenth of a busy reactor, and no more`(served: UInt64) {
        let had = run(turns: 10_000, served: served, waiting: [(.beginning, 250_000)])
        #expect((0.058...0.068).contains(share(had[.beginning], of: served * 10_000)))
    }

    @Test func `a source over its share takes a sixteenth, whatever its handshakes are at`() {
        let had = run(
            turns: 10_000,
            served: 200_000,
            waiting: [(.finishingOverShare, 250_000), (.beginningOverShare, 250_000)]
        )
        let both = had.values.reduce(0, +)
        #expect((0.058...0.068).contains(share(both, of: 200_000 * 10_000)))
    }

    @Test func `all handshakes together take half, whatever waits`() {
        let kinds = Work.allCases.filter { $0 != .pipelined && $0 != .accepting }
        let had = run(turns: 10_000, served: 200_000, waiting: kinds.map { ($0, 250_000) })
        #expect((0.49...0.51).contains(share(had.values.reduce(0, +), of: 200_000 * 10_000)))
    }

    @Test func `pipelined requests take a sixteenth, and accepting a thirteenth`() {
        let had = run(
            turns: 10_000,
            served: 200_000,
            waiting: [(.pipelined, 100_000), (.accepting, 300_000)]
        )
        #expect((0.058...0.068).contains(share(had[.pipelined], of: 200_000 * 10_000)))
        #expect((0.07...0.085).contains(share(had[.accepting], of: 200_000 * 10_000)))
    }

    @Test(arguments: Work.allCases)
    func `every kind has its time in the end, however dear its step`(work: Work) {
        let had = run(turns: 1000, served: 40_000, waiting: [(work, 3_000_000)])
        #expect(had[work, default: 0] >= 3_000_000)
    }

    @Test func `a turn without ready connections gives a little to each kind, for nothing`() {
        var budget = TurnBudget()
        budget.turn(served: 1_000_000, now: 0)
        budget.spent(100_000_000, on: .beginningOverShare)
        #expect(!budget.allows(.beginning) && !budget.allows(.finishing))
        for _ in 0..<1000 {
            budget.turn(served: 0, now: 1_000_000)
            for work in Work.allCases { #expect(budget.allows(work)) }
            budget.spent(200_000, on: .beginningOverShare)
            #expect(budget.allows(.beginning))
            budget.spent(200_000, on: .beginning)
            #expect(!budget.allows(.finishing) && budget.allows(.pipelined))
            budget.spent(300_000, on: .pipelined)
            #expect(!budget.allows(.pipelined))
        }
        // The debt is still there: 100 ms of handshakes for as much of what was served.
        budget.turn(served: 50_000_000, now: 2_000_000)
        #expect(!budget.allows(.finishing))
    }

    @Test func `where no kept-alive connection comes, a turn takes eight handshakes`() {
        var budget = TurnBudget()
        let moments: [(UInt64, hurried: Bool)] = [
            (1_000_000, true), (50_000_000, true), (50_000_001, false), (1_000_000_000, false),
        ]
        budget.turn(served: 1_000_000, now: 0)
        for (now, isHurried) in moments {
            budget.turn(served: 0, now: now)
            budget.spent(300_000, on: .beginning)
            #expect(budget.allows(.beginning) != isHurried)
            budget.spent(1_700_000, on: .beginning)
            #expect(!budget.allows(.beginning))
        }
        budget.turn(served: 1_000_000, now: 1_000_000_001)
        budget.turn(served: 0, now: 1_000_000_002)
        budget.spent(300_000, on: .beginning)
        #expect(!budget.allows(.beginning))
    }

    @Test func `what is saved up while nothing waits is bounded`() {
        var budget = TurnBudget()
        for turn in 0..<1000 as Range<UInt64> {
            budget.turn(served: 1_000_000_000, now: turn * 1_000_000_000)
        }
        for work in Work.allCases { #expect(budget.allows(work)) }
        budget.spent(600_000, on: .beginning)
        #expect(!budget.allows(.beginning) && !budget.allows(.finishing))
    }

    @Test func `a clock that stands still or jumps is no mistake`() {
        var budget = TurnBudget()
        budget.turn(served: .max, now: 0)
        budget.spent(0, on: .finishing)
        #expect(budget.allows(.finishing))
        budget.spent(.max, on: .finishing)
        #expect(!budget.allows(.finishing))
    }
}

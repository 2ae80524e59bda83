// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Telemetry

struct LineBudgetTests {
    @Test func `so many lines a second, and a count of the rest`() {
        let budget = LineBudget(perSecond: 3)
        let admitted = (0..<10).filter { budget.admits(now: 5_000 + UInt64($0) * 10) }
        #expect(admitted == [0, 1, 2])
        // While the second lasts, more may come.
        #expect(budget.takeWithheld(now: 5_999) == 0)
        #expect(budget.takeWithheld(now: 6_000) == 7)
        #expect(budget.takeWithheld(now: 6_000) == 0)
    }

    @Test func `each second has its own, and what was withheld is not lost`() {
        let budget = LineBudget(perSecond: 1)
        #expect(budget.admits(now: 999) && !budget.admits(now: 999))
        #expect(budget.admits(now: 1_000) && !budget.admits(now: 1_500))
        #expect(budget.takeWithheld(now: 1_999) == 0)
        #expect(budget.takeWithheld(now: 2_000) == 2)
        #expect(budget.admits(now: 2_000))
        #expect(budget.takeWithheld(now: 9_000) == 0)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing
import Text

@testable import LoadTarget

/// Rules that change while reactors ask for them.
struct FaultRulesTests {
    private let plans = Lock([FaultPlan]())

    private func made() -> FaultRules {
        let plans = plans
        return FaultRules { plan in plans.withLock { $0.append(plan) } }
    }

    @Test func `ids count up and are never given again`() throws {
        let rules = made()
        let reset = try rule(#"{"fault":"reset"}"#)
        let silence = try rule(#"{"fault":"silence","every":2}"#)
        #expect(rules.add(reset) == 1 && rules.add(silence) == 2)
        #expect(rules.remove(1) && !rules.remove(1) && !rules.remove(7))
        #expect(rules.add(reset) == 3)
        #expect(rules.list.map(\.id) == [2, 3] && rules.list.map(\.rule) == [silence, reset])
        #expect(rules.replaceAll(with: [reset]))
        #expect(rules.list.map(\.id) == [4])
        #expect(rules.replaceAll(with: []) && rules.list.isEmpty)
        #expect(plans.withLock { $0.map(\.rules.count) } == [1, 2, 1, 2, 1, 0])
        #expect(plans.withLock { $0.last }?.isEmpty == true)
    }

    @Test func `the list as JSON has ids, and rules that can be read again`() throws {
        let rules = made()
        #expect(rules.json == .object(["rules": .array([])]))
        _ = rules.add(try rule(#"{"percent":2.5,"seed":4,"fault":"wrong_kid"}"#))
        guard case .array(let listed)? = rules.json["rules"], case .object(var members) = listed[0]
        else {
            Issue.record("there is no list")
            return
        }
        #expect(members.removeValue(forKey: "id") == .integer(1))
        #expect(try FaultRule(.object(members)) == rules.list[0].rule)
    }

    @Test func `a thousand rules are taken, and no more`() throws {
        let rules = made()
        let reset = try rule(#"{"fault":"reset"}"#)
        let thousand = Array(repeating: reset, count: FaultPlan.rulesMax)
        #expect(rules.replaceAll(with: thousand))
        #expect(rules.add(reset) == nil && !rules.replaceAll(with: thousand + [reset]))
        #expect(rules.list.count == FaultPlan.rulesMax && plans.withLock { $0.count } == 1)
        #expect(rules.remove(5) && rules.add(reset) == FaultPlan.rulesMax + 1)
    }

    @Test func `threads that change rules leave one order, and the last plan is the list`()
        async throws
    {
        let rules = made()
        let reset = try rule(#"{"fault":"reset"}"#)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for turn in 0..<200 {
                        guard let id = rules.add(reset), turn % 2 == 0 else { continue }
                        #expect(rules.remove(id))
                    }
                }
            }
        }
        let last = try #require(plans.withLock { $0.last })
        #expect(last.rules.map(\.id) == rules.list.map(\.id))
        #expect(rules.list.count == 400)
        #expect(
            plans.withLock { $0.map(\.generation) }
                == plans.withLock { $0.map(\.generation).sorted() }
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Text

/// The rules of a running load target, which administrators change; for any thread.
package final class FaultRules: Sendable {
    private struct State {
        var rules: [(id: Int, rule: FaultRule)] = []
        /// Counts up for the life of the process, so that an id never comes to mean another rule.
        var lastID = 0
    }

    private let state = Lock(State())
    private let changed: @Sendable (FaultPlan) -> Void

    /// No rules; `changed` is handed each new plan, in the order of the changes.
    ///
    /// `changed` runs under the lock: it must neither wait nor call back.
    package init(changed: @escaping @Sendable (FaultPlan) -> Void) {
        self.changed = changed
    }

    /// Adds a rule behind all others and returns its id; nil where there are as many as may be.
    package func add(_ rule: FaultRule) -> Int? {
        state.withLock { state in
            guard state.rules.count < FaultPlan.rulesMax else { return nil }
            append(rule, to: &state)
            changed(FaultPlan(state.rules))
            return state.lastID
        }
    }

    /// Removes a rule; false where none has this id.
    package func remove(_ id: Int) -> Bool {
        state.withLock { state in
            guard let index = state.rules.firstIndex(where: { $0.id == id }) else { return false }
            state.rules.remove(at: index)
            changed(FaultPlan(state.rules))
            return true
        }
    }

    /// Puts these rules in place of all; false, and nothing is changed, where they are too many.
    package func replaceAll(with rules: [FaultRule]) -> Bool {
        state.withLock { state in
            guard rules.count <= FaultPlan.rulesMax else { return false }
            state.rules = []
            for rule in rules { append(rule, to: &state) }
            changed(FaultPlan(state.rules))
            return true
        }
    }

    private func append(_ rule: FaultRule, to state: inout State) {
        state.lastID += 1
        state.rules.append((state.lastID, rule))
    }

    /// The rules with their ids, in their order.
    package var list: [(id: Int, rule: FaultRule)] { state.withLock { $0.rules } }

    /// `{"rules": [{"id": 1, …}, …]}`, in their order.
    package var json: JSONValue {
        let rules = list.map { id, rule in
            var members = rule.members
            members["id"] = .integer(Int64(id))
            return JSONValue.object(members)
        }
        return .object(["rules": .array(rules)])
    }
}

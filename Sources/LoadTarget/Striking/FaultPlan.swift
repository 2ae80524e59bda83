// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The rules of a moment, immutable, as reactors ask them.
///
/// Delays that strike add up, and go along with any other fault. Of the other faults the first
/// that strikes is the one, in the order of the rules and whatever its stage; later ones are not
/// asked, and a `rate_limit` does not count a request that an earlier rule took.
package final class FaultPlan: Sendable {
    /// More than anybody writes by hand; a client's matching rules are looked at for each call.
    package static let rulesMax = 1000
    /// The plan without rules.
    package static let empty = FaultPlan([])

    /// A rule with its id, and what is derived from it once.
    struct Planned: Sendable {
        let id: Int
        let rule: FaultRule
        let key: UInt64
    }

    /// The numbers by which clients know whether their matching rules are still those of the plan.
    private static let made = Atomic<UInt64>(0)

    let generation: UInt64
    let rules: [Planned]
    /// Whether there are rules for handshakes, and for requests: asked before anything else.
    package let hasHandshakeFaults: Bool
    package let hasRequestFaults: Bool

    init(_ rules: [(id: Int, rule: FaultRule)]) {
        generation = Self.made.wrappingAdd(1, ordering: .relaxed).newValue
        self.rules = rules.map { Planned(id: $0.id, rule: $0.rule, key: $0.rule.key) }
        hasHandshakeFaults = rules.contains { $0.rule.fault.stage == .handshake }
        hasRequestFaults = rules.contains { $0.rule.fault.stage != .handshake }
    }

    /// Whether there are no rules.
    package var isEmpty: Bool { !hasRequestFaults && !hasHandshakeFaults }

    /// The faults that a handshake meets; nil where there are none, and nothing is allocated then
    /// but once for each client and plan.
    package func strike(
        handshake: NumberedHandshake,
        of client: ClientCalls,
        at moment: FaultMoment
    ) -> Strike? {
        guard hasHandshakeFaults else { return nil }
        let matching = client.matching(self).handshake
        guard !matching.isEmpty else { return nil }
        return strike(matching, client, handshake.number, moment, handshake.connections)
    }

    /// The faults that a request meets, at whatever stage; nil where there are none, and nothing is
    /// allocated then but once for each client and plan.
    package func strike(
        request number: UInt64,
        of client: ClientCalls,
        at moment: FaultMoment
    ) -> Strike? {
        guard hasRequestFaults else { return nil }
        let matching = client.matching(self).request
        guard !matching.isEmpty else { return nil }
        return strike(matching, client, number, moment, 0)
    }

    private func strike(
        _ matching: [Int],
        _ client: ClientCalls,
        _ number: UInt64,
        _ moment: FaultMoment,
        _ connections: Int
    ) -> Strike? {
        var strike = Strike()
        for index in matching {
            let onlySlows = rules[index].rule.fault.kind.onlySlows
            guard onlySlows || strike.fault == nil, rules[index].rule.window.contains(moment) else {
                continue
            }
            var stream = CallStream(
                ruleKey: rules[index].key,
                clientHash: client.hash,
                number: number
            )
            guard rules[index].rule.selection.selects(number, &stream) else { continue }
            switch rules[index].rule.fault {
            case .delay(let delay): strike.delay(delay.milliseconds(&stream), .delay)
            case .slowHandshake(let milliseconds): strike.delay(milliseconds, .slowHandshake)
            case .connectionLimit(let limit):
                if connections > limit { strike.fault = rules[index].rule.fault }
            case .rateLimit(let requests, let seconds):
                let wait = client.wait(
                    forOneOf: requests,
                    in: seconds,
                    rule: rules[index].id,
                    now: moment.sinceStart
                )
                if let wait {
                    strike.fault = rules[index].rule.fault
                    strike.retryAfterSeconds = wait
                }
            default: strike.fault = rules[index].rule.fault
            }
        }
        return strike.isNothing ? nil : strike
    }
}

/// A client's handshake as it began.
package struct NumberedHandshake: Sendable, Equatable {
    /// Its number among the client's handshakes, from 1.
    package let number: UInt64
    /// The client's open connections, this one included.
    package let connections: Int
}

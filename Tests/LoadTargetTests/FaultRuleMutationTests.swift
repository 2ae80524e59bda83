// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import Text

@testable import LoadTarget

/// Random rules: each is read, or refused with a reason, and what is read is written the same.
struct FaultRuleMutationTests {
    private static let names = [
        "client", "percent", "seed", "every", "once_at", "from", "until", "milliseconds",
        "deviation", "shape", "status", "retry_after", "error", "bytes_per_second", "requests",
        "seconds", "connections", "other",
    ]
    private static let values = [
        "0", "1", "-1", "5", "10", "100", "200", "503", "600000", "0.5", "33.3333333", "1e3",
        "1796047200", "9223372036854775807", "99999999999999999999", #""""#, #""load-*""#,
        #""fixed""#, #""normal""#, #""long_tail""#, #""invalid_grant""#,
        #""2026-11-30T14:00:00Z""#, "null", "true", "[1]", "{}",
    ]

    private func text(_ random: inout SeededRandom) -> String {
        let kind = FaultKind.allCases.randomElement(using: &random) ?? .reset
        var members = [#""fault":"\#(kind.name)""#]
        for name in Self.names.shuffled(using: &random).prefix(.random(in: 0...5, using: &random)) {
            let value = Self.values.randomElement(using: &random) ?? "1"
            members.append(#""\#(name)":\#(value)"#)
        }
        return "{\(members.shuffled(using: &random).joined(separator: ","))}"
    }

    @Test func `what is read is written the same, and what is refused has its reasons`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the random rules: \(seed)")
        var random = SeededRandom(seed: seed)
        var taken = 0
        for _ in 0..<20_000 {
            let text = text(&random)
            let value = try json(text)
            do throws(FaultRuleError) {
                let rule = try FaultRule(value)
                taken += 1
                if try FaultRule(rule.json) != rule { Issue.record("changed: \(text)") }
                // YAML, of which JSON is a part, says the same.
                if try rules(yaml: "[\(text)]") != [rule] { Issue.record("other: \(text)") }
            } catch {
                let members = error.findings.map(\.member)
                if Set(members).count != members.count || error.findings.contains(where: \.isMute) {
                    Issue.record("\(text): \(error)")
                }
            }
        }
        // Few texts are rules, but some are.
        #expect(taken > 200)
    }
}

extension FaultRuleFinding {
    fileprivate var isMute: Bool { problem.isEmpty || remedy.isEmpty }
}

// SPDX-License-Identifier: Apache-2.0
package import Text

/// One thing that is wrong with a rule, or with a list of rules.
package struct FaultRuleFinding: Sendable, Equatable, CustomStringConvertible {
    /// The rule's position in its list, from 1; nil where there is one rule alone.
    package var rule: Int?
    /// The line of a file; nil where there is none.
    package let line: Int?
    /// The member; nil where it is the rule, or the list, as a whole.
    package let member: String?
    /// The problem, as a sentence.
    package let problem: String
    /// The remedy, as a sentence.
    package let remedy: String

    package init(_ member: String?, line: Int? = nil, _ problem: String, _ remedy: String) {
        self.member = member
        self.line = line
        self.problem = problem
        self.remedy = remedy
    }

    /// One line for people: where, what, and what to do.
    package var description: String {
        var parts: [String] = []
        if let line { parts.append("line \(line)") }
        if let rule { parts.append("rule \(rule)") }
        if let member { parts.append(member) }
        return (parts.isEmpty ? "" : parts.joined(separator: ", ") + ": ") + "\(problem) \(remedy)"
    }

    /// An object with the members that are known.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "problem": .string(problem), "remedy": .string(remedy),
        ]
        members["rule"] = rule.map { .integer(Int64($0)) }
        members["line"] = line.map { .integer(Int64($0)) }
        members["member"] = member.map { .string($0) }
        return .object(members)
    }
}

/// Why a rule, or a list of rules, was refused: everything that is wrong with it.
package struct FaultRuleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty; in the order of rules, lines and names.
    package let findings: [FaultRuleFinding]

    init(_ findings: [FaultRuleFinding]) {
        precondition(!findings.isEmpty)
        self.findings = findings
    }

    package init(_ finding: FaultRuleFinding) {
        findings = [finding]
    }

    /// One line per finding.
    package var description: String { findings.map(\.description).joined(separator: "\n") }

    /// `{"findings": […]}`.
    package var json: JSONValue { .object(["findings": .array(findings.map(\.json))]) }
}

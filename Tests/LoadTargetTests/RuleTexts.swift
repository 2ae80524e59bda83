// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import LoadTarget

/// The value of a JSON text.
func json(_ text: String) throws -> JSONValue {
    let value = JSONValue(Array(text.utf8).span)
    return try #require(value, "\(text) is no JSON")
}

/// A rule from JSON text.
func rule(_ text: String) throws -> FaultRule {
    try FaultRule(json(text))
}

/// Rules from YAML text.
func rules(yaml text: String) throws(FaultRuleError) -> [FaultRule] {
    try FaultRule.list(yaml: Array(text.utf8).span)
}

/// The findings about a rule in JSON text, as `member: problem`.
func findings(_ text: String) throws -> [String] {
    let value = try json(text)
    do {
        _ = try FaultRule(value)
        return []
    } catch {
        return error.findings.map { "\($0.member ?? "-"): \($0.problem)" }
    }
}

/// A plan of rules in JSON text, with ids from 1.
func plan(_ texts: String...) throws -> FaultPlan {
    try FaultPlan(texts.enumerated().map { ($0 + 1, try rule($1)) })
}

/// A client that has not called yet.
func client(_ id: String) -> ClientCalls {
    ClientCalls(id, hash: CallStream.hash(Array(id.utf8)))
}

extension FaultMoment {
    /// A moment so many milliseconds after the start, in 2026.
    static func after(_ milliseconds: Int64) -> FaultMoment {
        FaultMoment(sinceStart: milliseconds, time: 1_796_047_200_000 + milliseconds)
    }
}

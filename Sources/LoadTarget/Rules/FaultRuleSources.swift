// SPDX-License-Identifier: Apache-2.0
package import Text
internal import YAML

/// The two texts in which rules come: one in JSON at run time, a list in YAML at the start.
///
/// In a file of its own: the rule itself knows neither.
extension FaultRule {
    /// Reads one rule from a JSON object.
    package init(_ json: JSONValue) throws(FaultRuleError) {
        guard case .object(let members) = json else { throw FaultRuleError(Self.noRule(line: nil)) }
        self = try FaultRuleReader.read(
            members.mapValues { RuleMember(value: .json($0), line: nil) }
        )
    }

    /// Reads a list of rules from a YAML document, and so from a JSON text too; an empty document
    /// has none.
    ///
    /// Findings of all rules are told at once, with their lines.
    package static func list(yaml text: Span<UInt8>) throws(FaultRuleError) -> [FaultRule] {
        let document: YAMLNode?
        do throws(YAMLError) {
            document = try YAMLNode.document(text)
        } catch {
            throw FaultRuleError(
                FaultRuleFinding(
                    nil,
                    line: error.position.line,
                    "The text is not YAML: \(error.reason).",
                    "Put it right there."
                )
            )
        }
        guard let document else { return [] }
        guard case .list(let nodes) = document.content else {
            throw FaultRuleError(
                FaultRuleFinding(
                    nil,
                    line: document.position.line,
                    "The document is no list of rules.",
                    "Begin each rule with a hyphen."
                )
            )
        }
        guard nodes.count <= FaultPlan.rulesMax else {
            throw FaultRuleError(
                FaultRuleFinding(
                    nil,
                    line: nodes[FaultPlan.rulesMax].position.line,
                    "The list has more than \(FaultPlan.rulesMax) rules.",
                    "Join some of them by patterns."
                )
            )
        }
        return try list(nodes)
    }

    private static func list(_ nodes: [YAMLNode]) throws(FaultRuleError) -> [FaultRule] {
        var rules: [FaultRule] = []
        var findings: [FaultRuleFinding] = []
        for (index, node) in nodes.enumerated() {
            do throws(FaultRuleError) {
                rules.append(try rule(node))
            } catch {
                findings += error.findings.map { finding in
                    var finding = finding
                    finding.rule = index + 1
                    return finding
                }
            }
        }
        guard findings.isEmpty else { throw FaultRuleError(findings) }
        return rules
    }

    private static func rule(_ node: YAMLNode) throws(FaultRuleError) -> FaultRule {
        guard case .map(let members) = node.content else {
            throw FaultRuleError(noRule(line: node.position.line))
        }
        var read: [String: RuleMember] = [:]
        for member in members {
            // YAML's texts for no value (YAML 1.2 §10.3.2, and an empty one).
            var value = RuleMember.Value.other
            if case .scalar(let text) = member.value.content, !["", "~", "null"].contains(text) {
                value = .untyped(text)
            }
            read[member.name] = RuleMember(value: value, line: member.position.line)
        }
        return try FaultRuleReader.read(read, line: node.position.line)
    }

    private static func noRule(line: Int?) -> FaultRuleFinding {
        FaultRuleFinding(
            nil,
            line: line,
            "A rule is an object with members.",
            #"Write one such as {"percent": 10, "fault": "status", "status": 503}."#
        )
    }
}

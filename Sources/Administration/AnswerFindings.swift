// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Text

/// The findings of an administrative listener's answer, for commands that ask it.
package enum AnswerFindings {
    /// A line for each of the `errors` of problem details (RFC 9457); none for any other content.
    package static func lines(_ content: [UInt8]) -> [String] {
        guard case .array(let findings)? = JSONValue(content.span)?["errors"] else { return [] }
        return findings.compactMap { finding -> String? in
            guard let problem = finding["problem"]?.text else { return nil }
            let member = finding["member"]?.text.map { "\($0): " } ?? ""
            let remedy = finding["remedy"]?.text.map { " \($0)" } ?? ""
            return PrintableText.escaped("\(member)\(problem)\(remedy)")
        }
    }
}

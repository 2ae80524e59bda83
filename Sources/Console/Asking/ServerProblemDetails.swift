// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Problem details of the server (RFC 9457).
package struct ServerProblemDetails: Sendable, Equatable {
    /// One value that is wrong.
    package struct Finding: Sendable, Equatable {
        /// The member; nil for the whole.
        package let member: String?
        /// The problem and its remedy, in sentences.
        package let text: String
    }

    package let status: Int
    /// The problem in a sentence.
    package let detail: String
    package let findings: [Finding]

    /// A problem that is known here.
    package init(status: Int, detail: String, findings: [Finding] = []) {
        (self.status, self.detail, self.findings) = (status, detail, findings)
    }

    /// The problem that an answer describes; without its words where it describes none.
    init(status: Int, _ content: [UInt8]) {
        let value = JSONValue(content.span)
        self.status = status
        detail =
            value?["detail"]?.text ?? value?["title"]?.text
            ?? "The server has answered with status \(status)."
        guard case .array(let errors)? = value?["errors"] else {
            findings = []
            return
        }
        findings = errors.compactMap { error in
            guard let problem = error["problem"]?.text else { return nil }
            let remedy = error["remedy"]?.text ?? ""
            // For programs alone: people have the pages, and the problem is the detail already.
            let isForPrograms = remedy.hasPrefix("See GET /")
            if isForPrograms, problem == value?["detail"]?.text { return nil }
            let isShown = !remedy.isEmpty && !isForPrograms
            return Finding(
                member: error["member"]?.text,
                text: isShown ? "\(problem) \(remedy)" : problem
            )
        }
    }

    /// The texts about one of these members.
    package func texts(_ members: String...) -> [String] {
        findings.filter { $0.member.map(members.contains) ?? false }.map(\.text)
    }

    /// The texts about no member of `members`.
    package func texts(besides members: [String]) -> [String] {
        findings.filter { !($0.member.map(members.contains) ?? false) }
            .map { finding in finding.member.map { "\($0): \(finding.text)" } ?? finding.text }
    }
}

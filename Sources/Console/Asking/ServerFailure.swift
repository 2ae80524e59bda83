// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Why the server has not done what a page needs.
package enum ServerFailure: Error, Sendable, Equatable {
    /// No server was there, so that nothing was asked of one; the text says where, in sentences.
    case absent(String)
    /// No answer came to a question; the text says why, in sentences.
    case unreachable(String)
    /// No answer came to a change, which may be carried out; the text says why, in sentences.
    case unanswered(String)
    /// The server does not take the token of the data directory.
    case tokenRefused
    /// The server has answered with a problem.
    case problem(ServerProblem)
    /// The answer is none that this program understands.
    case unreadable

    /// Whether nothing was changed for certain, so that the same may be asked for again.
    package var changedNothing: Bool {
        switch self {
        case .absent, .tokenRefused: true
        // 503: the change may have begun.
        case .problem(let problem): problem.status != 503
        case .unreachable, .unanswered, .unreadable: false
        }
    }

    /// The problem, if there is one of this status.
    package func problem(_ status: Int) -> ServerProblem? {
        if case .problem(let problem) = self, problem.status == status { problem } else { nil }
    }
}

/// Problem details of the server (RFC 9457).
package struct ServerProblem: Sendable, Equatable {
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
            let remedy = error["remedy"]?.text.map { " \($0)" } ?? ""
            return Finding(member: error["member"]?.text, text: problem + remedy)
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

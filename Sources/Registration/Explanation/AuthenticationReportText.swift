// SPDX-License-Identifier: Apache-2.0
package import Text

extension AuthenticationReport {
    /// For programs.
    package var value: JSONValue {
        get throws { try JSONValue(encoding: self) }
    }

    /// For people: client and certificate, a line for each check, and the conclusion.
    package var text: String {
        let lines = checks.map { check in
            let result = check.result == .failed ? "FAILED" : check.result.rawValue
            guard let detail = check.detail else { return Self.padded(result, 13) + check.check }
            return Self.padded(result, 13) + Self.padded(check.check, 18)
                + PrintableText.escaped(detail)
        }
        return ([FactLines.text(facts), ""] + lines + [""] + end).joined(separator: "\n")
    }

    private var facts: [(String, String)] {
        var facts = [("certificate", subject), ("x5t#S256", thumbprint)]
        if let clientID {
            let names = [clientID, clientName].compactMap { $0 }.joined(separator: "  ")
            facts.insert(("client", names), at: 0)
        }
        if let trustSet {
            facts.append(("trust set", trustSet.name))
            facts.append(("revocation", trustSet.revocation))
            facts += trustSet.unreadable.map { ("unreadable", PrintableText.escaped($0)) }
            facts += (trustSet.notCounting ?? []).map { ("does not count", $0) }
        }
        return facts
    }

    private var end: [String] {
        if let decidedBy, let log, let remedy {
            return [
                "result: the client would not be authenticated",
                "decided by: \(decidedBy); the server's log names it \(log)",
                "what to do: \(PrintableText.escaped(remedy))",
            ]
        }
        let limit = acceptedOnlyUntil.map { ", until the end of \($0) only (UTC)" } ?? ""
        return ["result: the client would be authenticated\(limit)"]
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.utf8.count))
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Takes the members of a small request out of its object, and gathers what is wrong with them.
///
/// A member that is null counts as left out.
struct MemberReader {
    private let members: [String: JSONValue]
    private var known: Set<String> = []
    private var findings: [ProblemDetails.Finding] = []

    init(_ members: [String: JSONValue]) {
        self.members = members
    }

    mutating func text(_ name: String) -> String? {
        value(name) {
            $0.text
        } orElse: {
            ("It is no string.", "Send a string.")
        }
    }

    mutating func number(_ name: String) -> Int64? {
        value(name) {
            if case .integer(let number) = $0 { number } else { nil }
        } orElse: {
            ("It is no whole number.", "Send digits without quotation marks.")
        }
    }

    mutating func boolean(_ name: String) -> Bool? {
        value(name) {
            if case .boolean(let value) = $0 { value } else { nil }
        } orElse: {
            ("It is neither true nor false.", "Send one of them, without quotation marks.")
        }
    }

    mutating func object(_ name: String) -> JSONValue? {
        value(name) {
            if case .object = $0 { $0 } else { nil }
        } orElse: {
            ("It is no object.", "Send a JSON object.")
        }
    }

    /// The text of a member that has to be there; empty where it is not, which `finish` says.
    mutating func required(_ name: String) -> String {
        let text = text(name)
        if text == nil, members[name] == nil || members[name] == .null {
            refuse(name, "It is missing.", "Send it.")
        }
        return text ?? ""
    }

    mutating func refuse(_ name: String?, _ problem: String, _ remedy: String) {
        findings.append(
            ProblemDetails.Finding(member: name, problem: problem, remedy: remedy)
        )
    }

    /// Throws everything that was wrong, members that nothing asked for included.
    mutating func finish() throws(ProblemDetails) {
        for name in members.keys.sorted() where !known.contains(name) {
            let names = known.sorted().joined(separator: ", ")
            refuse(String(name.prefix(64)), "There is no such member here.", "Send \(names) only.")
        }
        guard findings.isEmpty else {
            throw ProblemDetails(400, "The content cannot be used.", findings)
        }
    }

    private mutating func value<Value>(
        _ name: String,
        _ read: (JSONValue) -> Value?,
        orElse words: () -> (problem: String, remedy: String)
    ) -> Value? {
        known.insert(name)
        guard let member = members[name], member != .null else { return nil }
        if let value = read(member) { return value }
        let (problem, remedy) = words()
        refuse(name, problem, remedy)
        return nil
    }
}

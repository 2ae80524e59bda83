// SPDX-License-Identifier: Apache-2.0
package import Text

// Not in Text, which reads and writes JSON: documents of registrations alone are patched.
extension JSONValue {
    /// The value after a JSON Merge Patch (RFC 7396 §2).
    package func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [String: JSONValue] = [:]
        if case .object(let own) = self { members = own }
        for (name, change) in changes {
            members[name] = change == .null ? nil : (members[name] ?? .null).merged(with: change)
        }
        return .object(members)
    }
}

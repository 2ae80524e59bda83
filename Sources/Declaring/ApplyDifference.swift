// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Storage
package import Text

/// The effect of a declaration on one client, user or trust set.
package struct ApplyDifference: Sendable, Equatable {
    /// The sort of difference.
    package enum Action: String, Sendable {
        case create
        case change
        case remove
    }

    /// A member that changes; nil for one that is left to its default.
    package struct Member: Sendable, Equatable {
        package let name: String
        package let before: JSONValue?
        package let after: JSONValue?
    }

    package let action: Action
    let kind: DeclaredKind
    /// The `client_id`, or the name.
    package let id: String
    /// The name by which people call it.
    package let name: String
    /// Members that change; none of those that are created or removed whole.
    package let members: [Member]

    /// The members that differ between two documents as they are printed.
    static func members(_ old: JSONValue, _ new: JSONValue, besides hidden: [String]) -> [Member] {
        guard case .object(let before) = old, case .object(let after) = new else { return [] }
        return Set(before.keys).union(after.keys).subtracting(hidden).sorted().compactMap { name in
            guard before[name] != after[name] else { return nil }
            return Member(
                name: name,
                before: before[name].map(short),
                after: after[name].map(short)
            )
        }
    }

    /// Keys that carry certificates are their thumbprints.
    private static func short(_ value: JSONValue) -> JSONValue {
        guard case .array(let keys) = value["keys"] else { return value }
        let thumbprints = keys.compactMap { $0["x5t#S256"] }
        return thumbprints.count == keys.count ? .array(thumbprints) : value
    }

    /// Lines for people: a mark and the name, and each member before and after.
    package var lines: [String] {
        let mark =
            switch action {
            case .create: "+"
            case .change: "~"
            case .remove: "-"
            }
        let identity = id == name ? "" : " (\(PrintableText.escaped(id)))"
        return ["\(mark) \(kind.noun) \(PrintableText.escaped(name))\(identity)"]
            + members.map { "    \($0.name): \(Self.text($0.before)) -> \(Self.text($0.after))" }
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, value != .null else { return "(default)" }
        if let text = value.text { return PrintableText.escaped(text.isEmpty ? "\"\"" : text) }
        if case .array = value, let texts = value.texts {
            return texts.isEmpty
                ? "(none)" : texts.map(PrintableText.escaped).joined(separator: ", ")
        }
        var out: [UInt8] = []
        JSONText.append(value, to: &out)
        return PrintableText.escaped(String(decoding: out, as: UTF8.self))
    }

    /// The difference for programs.
    package var value: JSONValue {
        var fields: [String: JSONValue] = [
            "action": .string(action.rawValue),
            "kind": .string(kind.noun),
            "id": .string(id),
            "name": .string(name),
        ]
        if action == .change {
            fields["members"] = .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { member in
                        (
                            member.name,
                            .object([
                                "before": member.before ?? .null, "after": member.after ?? .null,
                            ])
                        )
                    }
                )
            )
        }
        return .object(fields)
    }
}

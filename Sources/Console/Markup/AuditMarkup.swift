// SPDX-License-Identifier: Apache-2.0
package import Text

/// Entries of the audit: who changed what, and when.
package enum AuditMarkup {
    /// The entries in a table, in their order.
    package static func table(_ entries: [JSONValue], _ caption: String) -> HTML {
        guard !entries.isEmpty else {
            return EmptyState.markup("Nothing was changed yet", "Each change is written down here.")
        }
        let columns = ["When", "Who", "What", "Change"].map { Table.Column($0) }
        return Table(caption, columns, entries.map(row)).markup
    }

    private static func row(_ entry: JSONValue) -> [HTML] {
        [
            TimeMarkup.moment(entry["time"]?.number ?? 0),
            "<bdi>\(entry["author"]?.text ?? "")</bdi>",
            "\(words(entry["action"]?.text ?? ""))",
            changes(entry["before"] ?? .null, entry["after"] ?? .null),
        ]
    }

    /// The name of an action or of a kind, as words.
    package static func words(_ name: String) -> String {
        name.split(separator: "_").joined(separator: " ")
    }

    /// The members that differ, before and after.
    package static func changes(_ before: JSONValue, _ after: JSONValue) -> HTML {
        let (old, new) = (before.members, after.members)
        let names = Set(old.map(\.name)).union(new.map(\.name)).sorted()
        let parts = names.compactMap { name -> HTML? in
            let (was, becomes) = (before[name], after[name])
            guard was != becomes else { return nil }
            let texts = [was, becomes].compactMap { value in value.map(shown) }
            return "<div><strong>\(name)</strong> \(texts.joined(" → "))</div>"
        }
        // All members of a record that was just made would bury the other entries.
        guard parts.count > openMax else { return parts.joined() }
        return "<details><summary>Show \(parts.count) values</summary><div>\(parts)</div></details>"
    }

    /// The members that are shown without being asked for.
    private static let openMax = 5
    /// Long texts, such as keys, are cut.
    private static let charactersMax = 200

    private static func shown(_ value: JSONValue) -> HTML {
        let text = value.text ?? value.json
        let cut = text.count > charactersMax ? String(text.prefix(charactersMax)) + "…" : text
        return cut.isEmpty ? "<span class=\"soft\">nothing</span>" : "<code>\(cut)</code>"
    }
}

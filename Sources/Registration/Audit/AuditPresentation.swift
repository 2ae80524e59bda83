// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
internal import Text

// Texts for people are not in Storage, which has the audit for programs alone.
extension AuditEntry {
    /// The entry for people: a line of who did it, when and to which record, and one for each
    /// member that differs; no text of the entry acts on a terminal.
    package var text: String {
        let heading = [
            "\(sequence)", CertificateTime.text(time), author,
            Self.words(action), Self.words(kind), id,
        ]
        return ([heading.map(PrintableText.escaped).joined(separator: "  ")] + memberLines)
            .joined(separator: "\n")
    }

    private var memberLines: [String] {
        let (old, new) = (Self.members(before), Self.members(after))
        return Set(old.keys).union(new.keys).sorted().map { name in
            let states = [old[name], new[name]].compactMap { $0 }.joined(separator: " -> ")
            return "      " + PrintableText.escaped("\(name): \(states)")
        }
    }

    private static func words(_ name: String) -> String {
        String(name.map { $0 == "_" ? " " : $0 })
    }

    /// The members' texts by their names; a text that is no object stands under no name.
    private static func members(_ text: String?) -> [String: String] {
        guard let text else { return [:] }
        guard case .object(let members) = JSONValue(text.utf8Span.span) else { return ["": text] }
        return members.mapValues { value in
            var bytes: [UInt8] = []
            JSONText.append(value, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

// As above: Storage has no texts for people.
extension AuditReport {
    /// The outcome for people, where nothing is wrong.
    package var text: String {
        var lines = ["whole: \(checked) \(checked == 1 ? "row" : "rows")"]
        if earlier > 0 {
            lines.append("not checked: \(earlier) before them, which are of an earlier key")
        }
        if let newest { lines.append("head: \(newest.text)") }
        return lines.joined(separator: "\n")
    }
}

// As above: Storage has no texts for people.
extension AuditFinding {
    /// The problem in a sentence, with the number of the first row that it is about.
    package var sentence: String {
        switch self {
        case .noKey:
            "The key of the audit, audit.key in the data directory, is missing: nothing can be"
                + " checked. Put it back from a backup."
        case .noHead: "The head of the audit was removed: the rows that it vouched for may be gone."
        case .foreignHead:
            "The head of the audit was changed, or audit.key is not the key under which it was"
                + " written."
        case .changed(let row): "Row \(row) was changed: it is not what was written there."
        case .moved(let row, let from):
            "Row \(row) is in another row's place: it was written as row \(from)."
        case .inserted(let row): "Row \(row) was inserted: it was not written there."
        case .removed(let first, let last):
            Self.rows(first, last, "missing: removed from the midst of the others.")
        case .cutOff(let first, let last):
            Self.rows(first, last, "missing: the end of the audit was cut off.")
        case .behind(let kept, let newest):
            "The audit ends with row \(newest), and the head that was kept is of row \(kept): it"
                + " was cut off with its head, or replaced by an older copy."
        case .otherRow(let row):
            "Row \(row) is not the one of the head that was kept: the audit was written anew."
        }
    }

    private static func rows(_ first: Int64, _ last: Int64, _ state: String) -> String {
        first == last ? "Row \(first) is \(state)" : "Rows \(first) to \(last) are \(state)"
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Labels as they stand in a row: a JSON object of strings, or NULL for none.
enum StoredLabels {
    /// The object in one line, in the order of names; nil for none.
    static func text(_ labels: [String: String]) -> String? {
        guard !labels.isEmpty else { return nil }
        var text: [UInt8] = []
        JSONText.append(.object(labels.mapValues { .string($0) }), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The labels; none where `text` is no such object: no decision depends on them.
    static func labels(_ text: String?) -> [String: String] {
        guard let text, case .object(let members) = JSONValue(text.utf8Span.span) else {
            return [:]
        }
        return members.compactMapValues(\.text)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The lists of a trust set or of a grant as they stand in its row: JSON arrays of strings
/// (RFC 8259), with bytes in Base64 (RFC 4648 §4).
enum StoredList {
    /// The array in one line; `/` and characters beyond ASCII stand for themselves.
    static func text(_ list: [String]) -> String {
        var text: [UInt8] = []
        JSONText.appendArray(list, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same of bytes.
    static func text(_ list: [[UInt8]]) -> String {
        text(list.map { String(decoding: Base64.encode($0.span), as: UTF8.self) })
    }

    /// The entries; nil where `text` is anything but an array of strings.
    static func texts(_ text: String) -> [String]? {
        guard let value = JSONValue(text.utf8Span.span), case .array = value else { return nil }
        return value.texts
    }

    /// The bytes of the entries; nil where one of them is no Base64.
    static func bytes(_ text: String) -> [[UInt8]]? {
        guard let texts = texts(text) else { return nil }
        let list = texts.compactMap { Base64.decode($0.utf8Span.span) }
        return list.count == texts.count ? list : nil
    }
}

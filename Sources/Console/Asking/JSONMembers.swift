// SPDX-License-Identifier: Apache-2.0
package import Text

/// Members of the server's answers, of the kinds that pages show.
///
/// Not in Text: a member of another kind counts as missing, since a page shows what there is; other
/// readers of JSON must refuse it.
extension JSONValue {
    /// The elements of an array; none of anything else.
    package var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }

    /// The members of an object in the order of their names; none of anything else.
    package var members: [(name: String, value: JSONValue)] {
        guard case .object(let members) = self else { return [] }
        return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A whole number.
    package var number: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// Whether it is true; false for anything else.
    package var isTrue: Bool { self == .boolean(true) }

    /// The texts of an array.
    package var list: [String] { elements.compactMap(\.text) }

    /// An array of texts.
    package static func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    /// The value as JSON.
    package var json: String {
        var bytes: [UInt8] = []
        JSONText.append(self, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

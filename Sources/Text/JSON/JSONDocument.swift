// SPDX-License-Identifier: Apache-2.0
/// A JSON text that a person wrote: its value, and where each name stands.
package struct JSONDocument: Sendable {
    /// What the text says.
    package let value: JSONValue
    private let text: [UInt8]
    private let offsets: [[String]: Int]

    /// Reads a whole text as strictly as `JSONValue` does, and tells what is wrong with it.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes.span, notesNames: true)
        value = try reader.document()
        text = bytes
        offsets = reader.nameOffsets
    }

    /// Where the name of a member stands, by the names on the way to it; nil where there is none.
    ///
    /// Linear in the text before it.
    package func position(of path: [String]) -> TextPosition? {
        offsets[path].map { TextPosition(of: $0, in: text) }
    }
}

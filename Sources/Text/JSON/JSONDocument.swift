// SPDX-License-Identifier: Apache-2.0
/// A JSON text that a person wrote: its value, and the position of each name.
package struct JSONDocument: Sendable {
    /// The parsed value.
    package let value: JSONValue
    private let text: [UInt8]
    private let offsets: [[String]: Int]

    /// Reads a whole text as strictly as `JSONValue` does; an error names the position and the
    /// problem.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes.span, notesNames: true)
        value = try reader.document()
        text = bytes
        offsets = reader.nameOffsets
    }

    /// The position of a member's name, by the names on the way to it; nil where there is none.
    ///
    /// Linear in the text before it.
    package func position(of path: [String]) -> TextPosition? {
        offsets[path].map { TextPosition(of: $0, in: text) }
    }
}

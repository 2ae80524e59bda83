// SPDX-License-Identifier: Apache-2.0
/// A position in a text, as editors count: lines and columns from 1.
package struct TextPosition: Sendable, Hashable, CustomStringConvertible {
    /// The line, from 1.
    package let line: Int
    /// The character in its line, from 1.
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The position of a byte of UTF-8; of the end, where the text is shorter.
    ///
    /// Linear in the bytes before it.
    package init(of offset: Int, in text: [UInt8]) {
        var (line, column) = (1, 1)
        for byte in text.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                // The first byte of a character.
                column += 1
            }
        }
        self.init(line: line, column: column)
    }

    /// `line:column`.
    package var description: String { "\(line):\(column)" }
}

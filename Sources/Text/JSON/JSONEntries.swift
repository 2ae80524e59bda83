// SPDX-License-Identifier: Apache-2.0
/// A JSON text that is an object of arrays, read entry by entry: for texts that are too long to be
/// kept as one value.
package struct JSONEntries {
    private let text: [UInt8]

    /// Entries of this text, which is kept as it is.
    package init(_ text: [UInt8]) {
        self.text = text
    }

    /// Hands each array's name to `list`, then each of its entries to `body`, with the byte at
    /// which either begins; throws a `JSONError`, and what the two throw.
    package func forEach(
        list: (_ name: String, _ offset: Int) throws -> Void,
        _ body: (_ list: String, _ entry: JSONValue, _ offset: Int) throws -> Void
    ) throws {
        var reader = JSONReader(bytes: text)
        try reader.entries(list, body)
    }

    /// The position of the entry that begins at `offset`, or of its member.
    ///
    /// Linear in the text before it.
    package func position(of member: String?, at offset: Int) -> TextPosition {
        let start = TextPosition(of: offset, in: text)
        guard let member else { return start }
        var reader = JSONReader(bytes: text, notesNames: true)
        return reader.nameOffset(member, ofValueAt: offset).map { TextPosition(of: $0, in: text) }
            ?? start
    }
}

extension JSONReader {
    /// Hands each array of the text's one object to `list`, and each of its entries to `body`.
    fileprivate mutating func entries(
        _ list: (String, Int) throws -> Void,
        _ body: (String, JSONValue, Int) throws -> Void
    ) throws {
        try requireUTF8()
        skipSpace()
        guard take("{") else { throw error("an object of arrays belongs here") }
        skipSpace()
        var names: Set<String> = []
        if !take("}") {
            repeat {
                let (name, start) = try memberName()
                guard names.insert(name).inserted else { throw repeated(name, at: start) }
                try list(name, start)
                skipSpace()
                // One that was left empty.
                if try !isNull() {
                    guard take("[") else { throw error("an array belongs here") }
                    try array(name, body)
                }
                skipSpace()
            } while take(",")
            guard take("}") else { throw error("a comma or } belongs behind a member") }
        }
        try requireEnd()
    }

    private mutating func array(
        _ name: String,
        _ body: (String, JSONValue, Int) throws -> Void
    ) throws {
        skipSpace()
        if take("]") { return }
        repeat {
            skipSpace()
            let start = offset
            try body(name, value(), start)
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("a comma or ] belongs behind a value") }
    }
}

// SPDX-License-Identifier: Apache-2.0
/// JSON for people: a line for each value, two spaces a level, members in order of their names.
///
/// Byte for byte the format of Foundation's JSONEncoder, so that stored output of earlier versions
/// compares equal: ` : ` behind a name, an empty line in an empty array or object.
struct IndentedJSON {
    private(set) var out: [UInt8] = []

    mutating func append(_ value: JSONValue, level: Int = 0) {
        switch value {
        case .null: out += "null".utf8
        case .boolean(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .number(let digits): out += digits.utf8
        case .string(let text): JSONText.appendString(text, to: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                startLine(level + 1, isFirst: index == 0)
                append(value, level: level + 1)
            }
            end("]", level, isEmpty: values.isEmpty)
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            // Sorted by UTF-8 bytes: String's own order compares decomposed scalars.
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, (name, value)) in sorted.enumerated() {
                startLine(level + 1, isFirst: index == 0)
                JSONText.appendString(name, to: &out)
                out += " : ".utf8
                append(value, level: level + 1)
            }
            end("}", level, isEmpty: members.isEmpty)
        }
    }

    private mutating func startLine(_ level: Int, isFirst: Bool) {
        if !isFirst { out.append(UInt8(ascii: ",")) }
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
    }

    private mutating func end(_ bracket: Unicode.Scalar, _ level: Int, isEmpty: Bool) {
        if isEmpty { out.append(UInt8(ascii: "\n")) }
        startLine(level, isFirst: true)
        out.append(UInt8(ascii: bracket))
    }
}

extension JSONValue {
    /// The value for people: indented, members in order of their names; no line break at the end.
    package var indentedText: String {
        var text = IndentedJSON()
        text.append(self)
        return String(decoding: text.out, as: UTF8.self)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Text

/// JSON values as a text of YAML that reads as the same values.
struct YAMLText {
    private(set) var out: [UInt8] = []

    /// A member of a map at this depth, in a line or several.
    mutating func append(_ name: String, _ value: JSONValue, depth: Int) {
        indent(depth)
        appendKey(name)
        append(value, depth: depth)
    }

    /// The first member of a map that is an entry of a list.
    mutating func appendFirst(_ name: String, _ value: JSONValue, depth: Int) {
        indent(depth - 1)
        out += "- ".utf8
        appendKey(name)
        append(value, depth: depth)
    }

    /// Names that other readers take for values (YAML 1.1).
    private static let words: Set<String> = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null",
    ]

    private mutating func appendKey(_ name: String) {
        let isPlain =
            name.utf8.first.map { 0x61...0x7a ~= $0 } == true
            && name.utf8.allSatisfy { 0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5f }
            && !Self.words.contains(name)
        if isPlain { out += name.utf8 } else { appendQuoted(name) }
        out.append(UInt8(ascii: ":"))
    }

    /// The value behind its key's colon, or behind the hyphen of a list's entry.
    private mutating func append(_ value: JSONValue, depth: Int) {
        switch value {
        case .array(let values) where !values.isEmpty:
            out.append(UInt8(ascii: "\n"))
            for value in values { appendEntry(value, depth: depth + 1) }
        case .object(let members) where !members.isEmpty:
            out.append(UInt8(ascii: "\n"))
            for (name, value) in Self.sorted(members) { append(name, value, depth: depth + 1) }
        case .string(let text) where Self.isPEM(text):
            appendBlock(text, depth: depth + 1)
        default:
            out.append(UInt8(ascii: " "))
            appendScalar(value)
        }
    }

    private mutating func appendEntry(_ value: JSONValue, depth: Int) {
        if case .object(let members) = value, !members.isEmpty {
            var isFirst = true
            for (name, value) in Self.sorted(members) {
                if isFirst {
                    appendFirst(name, value, depth: depth + 1)
                } else {
                    append(name, value, depth: depth + 1)
                }
                isFirst = false
            }
            return
        }
        indent(depth)
        out.append(UInt8(ascii: "-"))
        append(value, depth: depth)
    }

    /// Whether the text is one of plain lines, which a literal block gives back as they are.
    private static func isPEM(_ text: String) -> Bool {
        let bytes = text.utf8
        return text.hasPrefix("-----BEGIN ")
            && bytes.allSatisfy { 0x20...0x7e ~= $0 || $0 == UInt8(ascii: "\n") }
            && bytes.last == UInt8(ascii: "\n") && !text.contains("\n\n")
    }

    /// A text of lines as it is, in a literal block.
    private mutating func appendBlock(_ text: String, depth: Int) {
        out += " |\n".utf8
        for line in text.split(separator: "\n") {
            indent(depth)
            out += line.utf8
            out.append(UInt8(ascii: "\n"))
        }
    }

    private mutating func appendScalar(_ value: JSONValue) {
        if case .string(let text) = value {
            appendQuoted(text)
        } else {
            // As JSON has them: numbers, words, and empty lists and maps.
            JSONText.append(value, to: &out)
        }
        out.append(UInt8(ascii: "\n"))
    }

    /// In quotation marks; what is not printable stands there by its number, as YAML has it.
    private mutating func appendQuoted(_ text: String) {
        out.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: scalar.value)]
            case "\n": out += "\\n".utf8
            case _ where PrintableText.isPrintable(scalar): out += Character(scalar).utf8
            default:
                let digits = String(scalar.value, radix: 16)
                let zeros = String(repeating: "0", count: 8 - digits.utf8.count)
                out += "\\U\(zeros)\(digits)".utf8
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private mutating func indent(_ depth: Int) {
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private static func sorted(_ members: [String: JSONValue]) -> [(String, JSONValue)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

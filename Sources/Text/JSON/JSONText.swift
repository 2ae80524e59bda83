// SPDX-License-Identifier: Apache-2.0
/// JSON text (RFC 8259), appended piece by piece.
package enum JSONText {
    /// Appends UTF-8 as a string with its quotation marks, and with what §7 requires escaped.
    ///
    /// The text must be well-formed UTF-8; it is not checked again.
    package static func appendString(_ text: Span<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<0x20: appendControl(byte, to: &out)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a control character by its short name where §7 has one, else by its number.
    private static func appendControl(_ byte: UInt8, to out: inout [UInt8]) {
        let name: Unicode.Scalar
        switch byte {
        case 0x08: name = "b"
        case 0x09: name = "t"
        case 0x0A: name = "n"
        case 0x0C: name = "f"
        case 0x0D: name = "r"
        default: return appendEscape(UInt32(byte), to: &out)
        }
        out.append(UInt8(ascii: "\\"))
        out.append(UInt8(ascii: name))
    }

    /// Appends a string with its quotation marks, and with what §7 requires escaped.
    package static func appendString(_ text: String, to out: inout [UInt8]) {
        appendString(text.utf8Span.span, to: &out)
    }

    /// Appends `"text"` for a text that is known to need no escapes, such as a client's id.
    package static func appendPlain(_ text: [UInt8], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: text)
        out.append(UInt8(ascii: "\""))
    }

    /// Appends the escape of a scalar by its number: `\u` and four digits, or two such halves above
    /// U+FFFF (§7).
    package static func appendEscape(_ scalar: UInt32, to out: inout [UInt8]) {
        guard scalar <= 0xFFFF else {
            let offset = scalar - 0x10000
            appendEscape(0xD800 + offset >> 10, to: &out)
            appendEscape(0xDC00 + offset & 0x3FF, to: &out)
            return
        }
        out.append(UInt8(ascii: "\\"))
        out.append(UInt8(ascii: "u"))
        for shift in stride(from: 12, through: 0, by: -4) {
            out.append(Hexadecimal.digit(UInt8(scalar >> UInt32(shift) & 0xF)))
        }
    }

    /// Appends one string, or an array of them: the two forms of `aud` (RFC 7519 §4.1.3).
    package static func appendAudience(_ audiences: [String], to out: inout [UInt8]) {
        if audiences.count == 1 { return appendString(audiences[0], to: &out) }
        appendArray(audiences, to: &out)
    }

    /// Appends an array of strings.
    package static func appendArray(_ texts: [String], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            appendString(text, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// Appends a value without spaces, members in the order of their names: one value, one text.
    package static func append(_ value: JSONValue, to out: inout [UInt8]) {
        switch value {
        case .null: out.append(contentsOf: "null".utf8)
        case .boolean(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: "\(value)".utf8)
        case .number(let digits): out.append(contentsOf: digits.utf8)
        case .string(let text): appendString(text, to: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                append(value, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                appendString(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                append(member.value, to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a number that is not negative in decimal digits.
    package static func appendNumber(_ number: Int64, to out: inout [UInt8]) {
        precondition(number >= 0)
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var at = 20
        var rest = number
        repeat {
            at -= 1
            digits[at] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        for index in at..<20 { out.append(digits[index]) }
    }
}

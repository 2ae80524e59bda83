/// Numbers and strings in answers.
extension ResponseWriter {
    /// Appends a number in decimal digits; a negative one counts as zero.
    public static func appendNumber(_ number: Int, to out: inout [UInt8]) {
        guard number > 0 else { return out.append(UInt8(ascii: "0")) }
        if number >= 10 { appendNumber(number / 10, to: &out) }
        out.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// Appends UTF-8 text as a JSON string with its quotation marks (RFC 8259 §7).
    ///
    /// The text must be well-formed, as all that `FormFields` decodes is; it is not checked again.
    public static func appendJSONString(_ text: Span<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<0x20:
                out.append(contentsOf: "\\u00".utf8)
                out.append(hexadecimalDigit(byte >> 4))
                out.append(hexadecimalDigit(byte & 15))
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a quoted-string (RFC 9110 §5.6.4).
    ///
    /// A control character might end the line, so it is left out.
    static func appendQuoted(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 where Characters.isText(byte) {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                out.append(UInt8(ascii: "\\"))
            }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

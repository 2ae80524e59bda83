// SPDX-License-Identifier: Apache-2.0
/// Numbers and quoted strings in answers.
extension ResponseWriter {
    /// Appends a number in decimal digits; a negative one counts as zero.
    public static func appendNumber(_ number: Int, to out: inout [UInt8]) {
        guard number > 0 else { return out.append(UInt8(ascii: "0")) }
        if number >= 10 { appendNumber(number / 10, to: &out) }
        out.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// Appends a quoted-string (RFC 9110 §5.6.4).
    ///
    /// Control characters are removed, against response splitting.
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
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Percent-encoding (RFC 3986 §2.1), whose escapes are decoded strictly.
public enum PercentEncoding {
    /// Encodes all but unreserved characters (§2.3): the text fits into a path and into a query.
    public static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { out, byte in
            if isUnreserved(byte) {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%" + Hexadecimal.text([byte]).uppercased()
            }
        }
    }

    /// Decodes `text`; nil for an escape that is cut short or has other digits, and for a character
    /// that should have been escaped.
    ///
    /// Only unreserved characters (§2.3) and those of `safe` stand for themselves. A plus sign is
    /// never a space, and is refused where it is not safe: form decoders would read another text.
    public static func decode(_ text: Span<UInt8>, safe: String = "") -> [UInt8]? {
        decode(text) { isUnreserved($0) || safe.utf8.contains($0) ? $0 : nil }
    }

    /// Decodes `text` as a form value (RFC 6749 appendix B); nil for an escape that is cut short or
    /// has other digits.
    ///
    /// A plus sign is a space; any other unescaped byte stands for itself.
    public static func decodeForm(_ text: Span<UInt8>) -> [UInt8]? {
        decode(text) { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
    }

    /// `meaning` decodes a byte outside escapes; nil where the byte is not allowed.
    private static func decode(
        _ text: Span<UInt8>,
        _ meaning: (UInt8) -> UInt8?
    ) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.count,
                    let high = Hexadecimal.value(of: text[index + 1]),
                    let low = Hexadecimal.value(of: text[index + 2])
                else { return nil }
                out.append(high << 4 | low)
                index += 3
            } else {
                guard let meant = meaning(byte) else { return nil }
                out.append(meant)
                index += 1
            }
        }
        return out
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

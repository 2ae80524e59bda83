// SPDX-License-Identifier: Apache-2.0
/// ASCII comparison without making strings.
public enum ASCII {
    /// Whether these bytes are exactly `text`.
    public static func equals(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ text: String
    ) -> Bool {
        equals(bytes.extracting(range), text.utf8Span.span, ignoresCase: false)
    }

    /// Whether these bytes are `text`, ignoring case; `text` must be in lower case.
    public static func equalsIgnoringCase(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ text: String
    ) -> Bool {
        equals(bytes.extracting(range), text.utf8Span.span, ignoresCase: true)
    }

    /// Whether the bytes are those of `wanted`.
    private static func equals(
        _ bytes: Span<UInt8>,
        _ wanted: Span<UInt8>,
        ignoresCase: Bool
    ) -> Bool {
        guard bytes.count == wanted.count else { return false }
        for index in bytes.indices where bytes[index] != wanted[index] {
            guard ignoresCase, lowered(bytes[index]) == wanted[index] else { return false }
        }
        return true
    }

    static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// Without the optional white space (RFC 9110 §5.6.3) at both ends.
    static func trimmed(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, Characters.isWhiteSpace(bytes[start]) { start += 1 }
        while end > start, Characters.isWhiteSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }
}

/// Classes of characters.
public enum Characters {
    /// RFC 9110 §5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The bytes of a field value: anything but control characters, and the tab.
    static func isText(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 9
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == 9
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    /// The characters of a registered name (RFC 3986 §3.2.2) in practice: no sub-delimiters.
    static func isHostName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}

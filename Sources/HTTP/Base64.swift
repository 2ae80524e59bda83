/// Base64 with the standard alphabet and padding (RFC 4648 §4), decoded strictly.
public enum Base64 {
    /// The bytes that `text` stands for; nil unless it is spelled as an encoder spells them.
    ///
    /// White space, foreign characters, missing padding and bits left over are refused: they would
    /// give one value several spellings.
    public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = padding(of: text)
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var bits = 0
        for index in 0..<text.count - padding {
            guard let value = value(of: text[index]) else { return nil }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        return group == 0 ? out : nil
    }

    /// 0, 1 or 2; a third sign of equality is a foreign character to the loop.
    private static func padding(of text: Span<UInt8>) -> Int {
        let sign = UInt8(ascii: "=")
        guard text.count > 0, text[text.count - 1] == sign else { return 0 }
        return text[text.count - 2] == sign ? 2 : 1
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

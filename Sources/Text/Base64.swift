// SPDX-License-Identifier: Apache-2.0
/// Base64 with the standard alphabet and padding (RFC 4648 §4).
package enum Base64 {
    /// The characters of `bytes` as ASCII, padded to a multiple of four unless `isPadded` is false.
    package static func encode(_ bytes: Span<UInt8>, isPadded: Bool = true) -> [UInt8] {
        var out: [UInt8] = []
        Base64Alphabet.standard.append(bytes, to: &out)
        while isPadded, !out.count.isMultiple(of: 4) { out.append(UInt8(ascii: "=")) }
        return out
    }

    /// The bytes that `text` stands for; nil unless it is spelled as an encoder spells them.
    ///
    /// White space, foreign characters, missing padding and bits left over are refused: they would
    /// give one value several spellings.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        return Base64Alphabet.standard.decode(
            text.extracting(first: text.count - padding(of: text))
        )
    }

    /// 0, 1 or 2; a third sign of equality is a foreign character to the loop.
    private static func padding(of text: Span<UInt8>) -> Int {
        let sign = UInt8(ascii: "=")
        guard text.count > 0, text[text.count - 1] == sign else { return 0 }
        return text[text.count - 2] == sign ? 2 : 1
    }
}

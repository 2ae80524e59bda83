// SPDX-License-Identifier: Apache-2.0
/// The 64 characters of RFC 4648, by their last two, and the loops that both encodings share.
enum Base64Alphabet {
    /// `+` and `/` (RFC 4648 §4).
    case standard
    /// `-` and `_` (RFC 4648 §5).
    case url

    // Static text needs no set-up at its first use and no copy at the others.
    private static let standardCharacters: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let urlCharacters: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    private var characters: StaticString {
        self == .url ? Self.urlCharacters : Self.standardCharacters
    }

    private func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): self == .standard ? 62 : nil
        case UInt8(ascii: "/"): self == .standard ? 63 : nil
        case UInt8(ascii: "-"): self == .url ? 62 : nil
        case UInt8(ascii: "_"): self == .url ? 63 : nil
        default: nil
        }
    }

    /// How many characters `byteCount` bytes become, without padding.
    static func encodedCount(_ byteCount: Int) -> Int {
        (byteCount * 4 + 2) / 3
    }

    /// Appends the characters of `bytes` without padding.
    func append(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
        // With nothing to add, `append(addingCapacity:)` writes to the empty array that all threads
        // share.
        guard bytes.count > 0 else { return }
        let count = Self.encodedCount(bytes.count)
        out.append(addingCapacity: count) { room in
            // SAFETY: exactly `count` characters are written into room for so many; the source is
            // read inside its bounds. Checked accesses would cost four times as much, for every
            // token.
            unsafe room.withUnsafeMutableBufferPointer { target, written in
                unsafe bytes.withUnsafeBufferPointer { unsafe encode($0, into: target) }
                written = count
            }
        }
    }

    private func encode(
        _ source: UnsafeBufferPointer<UInt8>,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        // SAFETY: 64 characters, and no index is above 63.
        let table = unsafe characters.utf8Start
        var at = 0
        var index = 0
        let whole = source.count - source.count % 3
        while index < whole {
            let group =
                unsafe UInt32(source[index]) << 16 | UInt32(source[index + 1]) << 8
                | UInt32(source[index + 2])
            unsafe target[at] = table[Int(group >> 18)]
            unsafe target[at + 1] = table[Int(group >> 12 & 63)]
            unsafe target[at + 2] = table[Int(group >> 6 & 63)]
            unsafe target[at + 3] = table[Int(group & 63)]
            index += 3
            at += 4
        }
        guard index < source.count else { return }
        var group = unsafe UInt32(source[index]) << 16
        if source.count - index == 2 { group |= unsafe UInt32(source[index + 1]) << 8 }
        unsafe target[at] = table[Int(group >> 18)]
        unsafe target[at + 1] = table[Int(group >> 12 & 63)]
        if source.count - index == 2 { unsafe target[at + 2] = table[Int(group >> 6 & 63)] }
    }

    /// The bytes that `text`, which has no padding, stands for; nil for foreign characters, an
    /// impossible length or bits left over.
    func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for index in text.indices {
            guard let value = value(of: text[index]) else { return nil }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        // Bits left over would give one value several spellings.
        return group == 0 ? out : nil
    }
}

// SPDX-License-Identifier: Apache-2.0
/// The textual forms of addresses (RFC 4291 §2.2), read strictly.
extension InternetAddress {
    /// Reads an address in any of its textual forms; nil for any other text.
    ///
    /// Zones, brackets and prefix lengths are refused, and so are leading zeros in IPv4 numbers:
    /// some parsers read them as octal (RFC 6943 §3.1.1).
    package init?(_ text: String) {
        let bytes = text.utf8Span.span
        if let address = Self.version4(0..<bytes.count, bytes) {
            self = .version4(address)
        } else if let address = Self.version6(0..<bytes.count, bytes) {
            self = .version6(address)
        } else {
            return nil
        }
    }

    /// Four decimal numbers and nothing else; nil for any other text.
    package static func version4(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var index = range.lowerBound
        for part in 0..<4 {
            if part > 0 {
                guard index < range.upperBound, bytes[index] == UInt8(ascii: ".") else {
                    return nil
                }
                index += 1
            }
            guard let number = number(&index, range.upperBound, bytes, max: 255) else { return nil }
            address = address << 8 | UInt32(number)
        }
        return index == range.upperBound ? address : nil
    }

    /// Reads a decimal number up to `max`, as in addresses and ports, and moves `index` behind it;
    /// nil if there is none.
    ///
    /// Signs and leading zeros are refused: some parsers read the latter as octal.
    package static func number(
        _ index: inout Int,
        _ end: Int,
        _ bytes: Span<UInt8>,
        max: Int
    ) -> Int? {
        let start = index
        var number = 0
        while index < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
            number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            guard number <= max else { return nil }
            index += 1
        }
        let hasLeadingZero = index - start > 1 && bytes[start] == UInt8(ascii: "0")
        return index > start && !hasLeadingZero ? number : nil
    }

    /// Eight groups, or fewer around `::`, the last two maybe as an IPv4 address; nil for any other
    /// text, zones included.
    package static func version6(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt128? {
        let colon = UInt8(ascii: ":")
        let end = range.upperBound
        var groups: [UInt16] = []
        var gap: Int?
        var index = range.lowerBound
        if range.count >= 2, bytes[index] == colon, bytes[index + 1] == colon {
            gap = 0
            index += 2
        }
        while index < end {
            let start = index
            while index < end, hexadecimalValue(bytes[index]) != nil { index += 1 }
            if index < end, bytes[index] == UInt8(ascii: ".") {
                guard let last = version4(start..<end, bytes) else { return nil }
                groups += [UInt16(last >> 16), UInt16(last & 0xffff)]
                break
            }
            guard (1...4).contains(index - start), groups.count < 8 else { return nil }
            groups.append(group(start..<index, bytes))
            guard index < end else { break }
            guard bytes[index] == colon, index + 1 < end else { return nil }
            index += 1
            if bytes[index] == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        return address(groups, gap)
    }

    private static func group(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt16 {
        range.reduce(0) { $0 << 4 | (hexadecimalValue(bytes[$1]) ?? 0) }
    }

    private static func address(_ groups: [UInt16], _ gap: Int?) -> UInt128? {
        // `::` stands for at least one group.
        guard gap == nil ? groups.count == 8 : groups.count <= 7 else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - groups.count)
        let at = gap ?? 0
        return (groups[..<at] + zeros + groups[at...]).reduce(0) { $0 << 16 | UInt128($1) }
    }

    // A copy of Text's function: Text is a module of the same floor.
    private static func hexadecimalValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

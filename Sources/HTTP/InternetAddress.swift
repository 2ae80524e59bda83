internal import Text

/// An Internet address, as numbers.
public enum InternetAddress: Sendable, Hashable, CustomStringConvertible {
    /// The four octets, the first in the highest bits.
    case version4(UInt32)
    /// The sixteen octets, the first in the highest bits.
    case version6(UInt128)

    /// Reads the usual text; nil for any other, zones included.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        if let address = Self.version4(0..<bytes.count, bytes.span) {
            self = .version4(address)
        } else if let address = Self.version6(0..<bytes.count, bytes.span) {
            self = .version6(address)
        } else {
            return nil
        }
    }

    /// The address as one number, version 4 mapped into version 6 (RFC 4291 §2.5.5.2).
    public var number: UInt128 {
        switch self {
        case .version4(let address): 0xffff_0000_0000 | UInt128(address)
        case .version6(let address): address
        }
    }

    /// The usual text, that of version 6 as RFC 5952 wants it.
    public var description: String {
        switch self {
        case .version4(let address):
            return (0..<4).map { String(address >> (24 - 8 * $0) & 0xff) }.joined(separator: ".")
        case .version6(let address):
            let groups = (0..<8).map { UInt16(truncatingIfNeeded: address >> (112 - 16 * $0)) }
            return Self.text(groups)
        }
    }

    private static func text(_ groups: [UInt16]) -> String {
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let hidden = longestZeros(groups)
        guard !hidden.isEmpty else { return joined(groups[...]) }
        return joined(groups[..<hidden.lowerBound]) + "::" + joined(groups[hidden.upperBound...])
    }

    // RFC 5952 §4.2: the longest run, the first of equals, and never a single group.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(best.count, 1) { best = start..<index }
            start = index + 1
        }
        return best
    }

    /// Four decimal numbers and nothing else; nil for any other text.
    static func version4(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt32? {
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

    /// A decimal number up to `max` that `index` is moved behind; nil if there is none.
    ///
    /// No sign, and no leading zero, which some would read as octal.
    static func number(
        _ index: inout Int,
        _ end: Int,
        _ bytes: Span<UInt8>,
        max: Int
    ) -> Int? {
        let start = index
        var number = 0
        while index < end, Characters.isDigit(bytes[index]) {
            number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            guard number <= max else { return nil }
            index += 1
        }
        let hasLeadingZero = index - start > 1 && bytes[start] == UInt8(ascii: "0")
        return index > start && !hasLeadingZero ? number : nil
    }

    /// Eight groups, or fewer around `::`, the last two maybe as an address of version 4 (RFC 4291
    /// §2.2); nil for any other text, zones included.
    static func version6(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt128? {
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
            while index < end, Hexadecimal.value(of: bytes[index]) != nil { index += 1 }
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
        range.reduce(0) { $0 << 4 | UInt16(Hexadecimal.value(of: bytes[$1]) ?? 0) }
    }

    private static func address(_ groups: [UInt16], _ gap: Int?) -> UInt128? {
        // `::` stands for at least one group.
        guard gap == nil ? groups.count == 8 : groups.count <= 7 else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - groups.count)
        let at = gap ?? 0
        return (groups[..<at] + zeros + groups[at...]).reduce(0) { $0 << 16 | UInt128($1) }
    }
}

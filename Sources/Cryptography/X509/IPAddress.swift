internal import Text

/// Internet addresses between text and the octets that certificates hold.
enum IPAddress {
    /// The 4 or 16 octets of an address in any of its textual forms; nil if it is none.
    ///
    /// No zone, no brackets, no prefix length; IPv4 numbers have no leading zero, which some
    /// would read as octal (RFC 4291 §2.2, RFC 6943 §3.1.1).
    static func parse(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return bytes.contains(UInt8(ascii: ":")) ? version6(bytes[...]) : version4(bytes[...])
    }

    /// The text of 4 or 16 octets, the latter as RFC 5952 wants it; other counts in hexadecimal.
    static func text(_ octets: [UInt8]) -> String {
        if octets.count == 4 { return octets.map(String.init).joined(separator: ".") }
        guard octets.count == 16 else { return Hexadecimal.text(octets) }
        let groups = (0..<8).map { UInt16(octets[$0 * 2]) << 8 | UInt16(octets[$0 * 2 + 1]) }
        let hidden = longestZeros(groups)
        let head = groups[..<hidden.lowerBound].map { String($0, radix: 16) }
        let tail = groups[hidden.upperBound...].map { String($0, radix: 16) }
        let separator = hidden.isEmpty ? ":" : "::"
        return hidden.isEmpty
            ? groups.map { String($0, radix: 16) }.joined(separator: ":")
            : head.joined(separator: ":") + separator + tail.joined(separator: ":")
    }

    private static func version4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != UInt8(ascii: "0"),
                let octet = UInt8(Substring(part))
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    private static func version6(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let gap = firstGap(text) else {
            guard let octets = groups(text), octets.count == 16 else { return nil }
            return octets
        }
        let before = text[..<gap]
        let after = text[(gap + 2)...]
        guard let head = before.isEmpty ? [] : groups(before),
            !before.contains(UInt8(ascii: ".")),
            let tail = after.isEmpty ? [] : groups(after),
            // `::` stands for at least one group.
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Octets of groups between single colons, the last of which may be in IPv4 form.
    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var octets: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let embedded = version4(part) else { return nil }
                return octets + embedded
            }
            guard (1...4).contains(part.count),
                part.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
                let group = UInt16(Substring(part), radix: 16)
            else { return nil }
            octets += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return octets
    }

    private static func firstGap(_ text: ArraySlice<UInt8>) -> Int? {
        let colon = UInt8(ascii: ":")
        return text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            // RFC 5952 §4.2.2: a single group of zeros is not shortened.
            if index - start > max(best.count, 1) { best = start..<index }
            start = index + 1
        }
        return best
    }
}

extension Substring {
    /// Text of bytes that are known to be ASCII.
    init(_ ascii: ArraySlice<UInt8>) {
        self = String(decoding: ascii, as: UTF8.self)[...]
    }
}

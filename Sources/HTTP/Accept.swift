// SPDX-License-Identifier: Apache-2.0
/// The Accept fields of a request (RFC 9110 §12.5.1).
public enum Accept {
    /// Whether the request names the media type `named` itself, and likes it no less than `other`,
    /// for which a range may stand too.
    ///
    /// Fields that are no list of media ranges count as none: the answer is then the usual one. An
    /// element with parameters besides `q` is about another representation.
    public static func prefers(
        _ named: String,
        to other: String,
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> Bool {
        guard request.accept != nil else { return false }
        let group = other.prefix { $0 != "/" } + "/*"
        // Thousandths; -1 where nothing is said.
        var (weight, exact, grouped, any) = (-1, -1, -1, -1)
        for field in request.fields
        where ASCII.equalsIgnoringCase(bytes, field.name, "accept") {
            var reader = MediaRangeReader(field.value)
            while reader.skipToElement(bytes) {
                guard let range = reader.next(bytes) else { return false }
                guard !range.hasParameters else { continue }
                func isNamed(_ text: String) -> Bool {
                    ASCII.equalsIgnoringCase(bytes, range.name, text)
                }
                if isNamed(named) { weight = max(weight, range.weight) }
                if isNamed(other) { exact = max(exact, range.weight) }
                if isNamed(String(group)) { grouped = max(grouped, range.weight) }
                if isNamed("*/*") { any = max(any, range.weight) }
            }
        }
        // §12.5.1: the most specific range decides.
        let rival = [exact, grouped, any].first { $0 >= 0 } ?? 0
        return weight > 0 && weight >= rival
    }
}

/// Takes media ranges from the front of a field's value; the bytes are passed to each call.
private struct MediaRangeReader {
    struct MediaRange {
        /// `type/subtype`, either of which may be a star.
        let name: Range<Int>
        /// `q` in thousandths.
        let weight: Int
        /// Whether it has parameters besides.
        let hasParameters: Bool
    }

    private var index: Int
    private let end: Int

    init(_ value: Range<Int>) {
        index = value.lowerBound
        end = value.upperBound
    }

    /// Skips empty elements (RFC 9110 §5.6.1.2); false at the end.
    mutating func skipToElement(_ bytes: Span<UInt8>) -> Bool {
        while index < end,
            bytes[index] == UInt8(ascii: ",") || Characters.isWhiteSpace(bytes[index])
        {
            index += 1
        }
        return index < end
    }

    /// The next element, with what separates it from the one after; nil where it is malformed.
    mutating func next(_ bytes: Span<UInt8>) -> MediaRange? {
        guard let type = token(bytes), take("/", bytes), let subtype = token(bytes) else {
            return nil
        }
        var (weight, hasParameters) = (1_000, false)
        skipWhiteSpace(bytes)
        while take(";", bytes) {
            skipWhiteSpace(bytes)
            guard let name = token(bytes), take("=", bytes), let value = value(bytes) else {
                return nil
            }
            if ASCII.equalsIgnoringCase(bytes, name, "q") {
                guard let thousandths = Self.weight(value, bytes) else { return nil }
                weight = thousandths
            } else {
                hasParameters = true
            }
            skipWhiteSpace(bytes)
        }
        guard index == end || bytes[index] == UInt8(ascii: ",") else { return nil }
        return MediaRange(
            name: type.lowerBound..<subtype.upperBound,
            weight: weight,
            hasParameters: hasParameters
        )
    }

    private mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
        while index < end, Characters.isWhiteSpace(bytes[index]) { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
        guard index < end, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func token(_ bytes: Span<UInt8>) -> Range<Int>? {
        let start = index
        while index < end, Characters.isToken(bytes[index]) { index += 1 }
        return index > start ? start..<index : nil
    }

    /// A token, or a quoted string with its quotation marks.
    private mutating func value(_ bytes: Span<UInt8>) -> Range<Int>? {
        let start = index
        guard take("\"", bytes) else { return token(bytes) }
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return start..<index }
            if byte == UInt8(ascii: "\\") { index += 1 }
        }
        return nil
    }

    /// A weight in thousandths (RFC 9110 §12.4.2); nil for what is none.
    private static func weight(_ value: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        guard value.count <= 5, let first = value.first,
            bytes[first] == UInt8(ascii: "0") || bytes[first] == UInt8(ascii: "1")
        else { return nil }
        var weight = Int(bytes[first] - UInt8(ascii: "0")) * 1_000
        guard value.count > 1 else { return weight }
        guard bytes[first + 1] == UInt8(ascii: ".") else { return nil }
        var scale = 100
        for index in value.dropFirst(2) {
            guard Characters.isDigit(bytes[index]) else { return nil }
            weight += Int(bytes[index] - UInt8(ascii: "0")) * scale
            scale /= 10
        }
        return weight <= 1_000 ? weight : nil
    }
}

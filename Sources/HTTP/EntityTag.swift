// SPDX-License-Identifier: Apache-2.0
/// Entity tags of documents (RFC 9110 §8.8.3), and the conditions of a request on them.
public enum EntityTag {
    /// Whether If-None-Match holds `tag`, a strong one with its quotation marks, so that 304 is the
    /// answer (RFC 9110 §13.1.2).
    ///
    /// Weak comparison: `W/` is ignored. A field that is no list of tags counts as none.
    public static func noneMatches(
        _ tag: [UInt8],
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) -> Bool {
        // Fast path: the usual request has no such field.
        guard request.ifNoneMatch != nil else { return false }
        return request.fields.contains { field in
            ASCII.equalsIgnoringCase(bytes, field.name, "if-none-match")
                && lists(bytes, field.value, tag)
        }
    }

    /// Whether `*`, or a list with `tag` in it, stands in `value`.
    ///
    /// `isStrong`: a weak tag in the list is not the strong one that looks like it (RFC 9110
    /// §8.8.3.2).
    static func lists(
        _ bytes: Span<UInt8>,
        _ value: Range<Int>,
        _ tag: [UInt8],
        isStrong: Bool = false
    ) -> Bool {
        if ASCII.equals(bytes, value, "*") { return true }
        var isListed = false
        var index = value.lowerBound
        while index < value.upperBound {
            // RFC 9110 §5.6.1.2: empty elements are ignored.
            if bytes[index] == UInt8(ascii: ",") || Characters.isWhiteSpace(bytes[index]) {
                index += 1
                continue
            }
            guard let element = element(bytes, index..<value.upperBound) else { return false }
            let isWeak = element.lowerBound > index
            isListed = isListed || equal(bytes, element, tag) && !(isStrong && isWeak)
            index = element.upperBound
            while index < value.upperBound, Characters.isWhiteSpace(bytes[index]) { index += 1 }
            guard index == value.upperBound || bytes[index] == UInt8(ascii: ",") else {
                return false
            }
        }
        return isListed
    }

    /// The opaque tag, with its quotation marks, at the front of `range`; nil where there is none.
    ///
    /// A comma may be part of it.
    private static func element(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        if range.count > 2, bytes[start] == UInt8(ascii: "W"),
            bytes[start + 1] == UInt8(ascii: "/")
        {
            start += 2
        }
        guard start < range.upperBound, bytes[start] == UInt8(ascii: "\"") else { return nil }
        var end = start + 1
        while end < range.upperBound, bytes[end] != UInt8(ascii: "\"") {
            // etagc: visible characters and obs-text.
            guard bytes[end] > 0x20, bytes[end] != 0x7f else { return nil }
            end += 1
        }
        return end < range.upperBound ? start..<end + 1 : nil
    }

    private static func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ tag: [UInt8]) -> Bool {
        range.count == tag.count
            && tag.indices.allSatisfy { bytes[range.lowerBound + $0] == tag[$0] }
    }
}

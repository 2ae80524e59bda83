// SPDX-License-Identifier: Apache-2.0
/// The state of a response, by the bytes received so far.
enum ScannedResponse: Equatable {
    /// More bytes must come.
    case incomplete
    /// A whole response; `body` is where its content stands, chunk sizes included when it is
    /// chunked.
    case complete(status: Int, body: Range<Int>, closes: Bool)
    /// Not HTTP/1.x at all.
    case malformed
}

/// Finds the end of one HTTP/1.1 response: status, Content-Length or chunks.
///
/// Trusts the server under test as far as a benchmark may: a response in another form is malformed,
/// and the operation fails.
enum ResponseScanner {
    /// `ended` says that the server has closed its side, which completes a response that gives no
    /// length.
    static func scan(_ bytes: Span<UInt8>, ended: Bool = false) -> ScannedResponse {
        guard bytes.count >= 12 else { return ended ? .malformed : .incomplete }
        guard startsWithHTTP(bytes), let status = number(bytes, 9..<12) else { return .malformed }
        guard let head = endOfHead(bytes) else { return ended ? .malformed : .incomplete }
        var length: Int?
        var chunked = false
        var closes = bytes[7] == UInt8(ascii: "0")
        var line = endOfLine(bytes, from: 0) + 2
        while line < head - 2 {
            let end = endOfLine(bytes, from: line)
            if let value = value(bytes, line..<end, of: "content-length") {
                guard let parsed = number(bytes, value) else { return .malformed }
                length = parsed
            } else if let value = value(bytes, line..<end, of: "transfer-encoding") {
                chunked = matches(bytes, value, "chunked")
            } else if let value = value(bytes, line..<end, of: "connection") {
                closes = closes || matches(bytes, value, "close")
            }
            line = end + 2
        }
        if status == 204 || status == 304 {
            return .complete(status: status, body: head..<head, closes: closes)
        }
        if chunked { return chunks(bytes, from: head, status: status, closes: closes) }
        if let length {
            guard bytes.count - head >= length else { return ended ? .malformed : .incomplete }
            return .complete(status: status, body: head..<(head + length), closes: closes)
        }
        return ended
            ? .complete(status: status, body: head..<bytes.count, closes: true) : .incomplete
    }

    /// Whether `needle` stands somewhere in `range`.
    static func contains(_ bytes: Span<UInt8>, _ range: Range<Int>, _ needle: [UInt8]) -> Bool {
        guard let first = needle.first else { return true }
        guard range.count >= needle.count else { return false }
        for start in range.lowerBound...(range.upperBound - needle.count)
        where bytes[start] == first {
            var place = 1
            while place < needle.count, bytes[start + place] == needle[place] { place += 1 }
            if place == needle.count { return true }
        }
        return false
    }

    private static func startsWithHTTP(_ bytes: Span<UInt8>) -> Bool {
        bytes[0] == UInt8(ascii: "H") && bytes[1] == UInt8(ascii: "T")
            && bytes[2] == UInt8(ascii: "T") && bytes[3] == UInt8(ascii: "P")
            && bytes[4] == UInt8(ascii: "/") && bytes[5] == UInt8(ascii: "1")
            && bytes[8] == UInt8(ascii: " ")
    }

    /// The index behind the empty line that ends the header section.
    private static func endOfHead(_ bytes: Span<UInt8>) -> Int? {
        var place = 0
        while place + 3 < bytes.count {
            if bytes[place + 3] > 13 {
                place += 4
            } else if bytes[place] == 13, bytes[place + 1] == 10, bytes[place + 2] == 13,
                bytes[place + 3] == 10
            {
                return place + 4
            } else {
                place += 1
            }
        }
        return nil
    }

    private static func endOfLine(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == 13, bytes[place + 1] == 10 { return place }
            place += 1
        }
        return bytes.count
    }

    /// The value of a field line when its name is `name` (lower case), without the blanks around
    /// it.
    private static func value(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>,
        of name: StaticString
    ) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        guard line.count > length, bytes[line.lowerBound + length] == UInt8(ascii: ":"),
            matches(bytes, line.lowerBound..<(line.lowerBound + length), name)
        else { return nil }
        var start = line.lowerBound + length + 1
        var end = line.upperBound
        while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        while start < end, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return start..<end
    }

    private static func matches(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        _ lowercased: StaticString
    ) -> Bool {
        guard range.count == lowercased.utf8CodeUnitCount else { return false }
        // SAFETY: the string is ASCII, so it has `utf8CodeUnitCount` bytes behind `utf8Start`.
        let text = unsafe UnsafeBufferPointer(start: lowercased.utf8Start, count: range.count)
        for place in 0..<range.count {
            // SAFETY: `place` is below the buffer's count.
            let wanted = unsafe text[place]
            let byte = bytes[range.lowerBound + place]
            let lower = byte >= 65 && byte <= 90 ? byte | 32 : byte
            if lower != wanted { return false }
        }
        return true
    }

    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 12 else { return nil }
        var value = 0
        for place in range {
            guard bytes[place] >= 48, bytes[place] <= 57 else { return nil }
            value = value * 10 + Int(bytes[place] - 48)
        }
        return value
    }

    /// Walks the chunks (RFC 9112 §7.1) to the last one and the end of the trailer section.
    private static func chunks(
        _ bytes: Span<UInt8>,
        from head: Int,
        status: Int,
        closes: Bool
    ) -> ScannedResponse {
        var place = head
        while true {
            let end = endOfLine(bytes, from: place)
            guard end < bytes.count else { return .incomplete }
            var size = 0
            var digits = 0
            for index in place..<end {
                guard let digit = hexadecimal(bytes[index]) else { break }
                digits += 1
                guard digits <= 7 else { return .malformed }
                size = size * 16 + digit
            }
            guard digits > 0 else { return .malformed }
            place = end + 2
            if size == 0 {
                return trailer(bytes, from: place, head: head, status: status, closes: closes)
            }
            place += size + 2
            guard place <= bytes.count else { return .incomplete }
        }
    }

    private static func trailer(
        _ bytes: Span<UInt8>,
        from start: Int,
        head: Int,
        status: Int,
        closes: Bool
    ) -> ScannedResponse {
        var place = start
        while true {
            let end = endOfLine(bytes, from: place)
            guard end < bytes.count else { return .incomplete }
            if end == place {
                return .complete(status: status, body: head..<(end + 2), closes: closes)
            }
            place = end + 2
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case 48...57: Int(byte - 48)
        case 65...70: Int(byte - 55)
        case 97...102: Int(byte - 87)
        default: nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// An incremental parser of the chunked transfer coding (RFC 9112 §7.1).
struct ChunkedBody: Sendable {
    private enum Expecting {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailer
    }

    /// The content's bytes that chunk sizes have announced so far.
    private(set) var length = 0

    private var expecting = Expecting.size
    private var position: Int?
    private var overhead = 0
    /// How far an incomplete line has been scanned.
    private var scanned = 0

    #if DEBUG
        private(set) var looks = 0
    #endif

    /// Sizes, extensions and trailer fields of one content together: no legitimate client sends
    /// more.
    private static let overheadMax = 8192
    /// One chunk size with its extensions, or one trailer field.
    private static let lineBytesMax = 512

    /// Continues where it stopped; the end of the content, or nil when more bytes are needed.
    mutating func advance(
        _ bytes: Span<UInt8>,
        from start: Int,
        limits: HTTPLimits,
        pieces: inout [Range<Int>]
    ) throws(HTTPError) -> Int? {
        var at = position ?? start
        defer { position = at }
        while true {
            switch expecting {
            case .data(let remaining):
                let available = min(remaining, bytes.count - at)
                if available > 0 { Self.extend(&pieces, by: at..<at + available) }
                at += available
                guard available == remaining else {
                    expecting = .data(remaining: remaining - available)
                    return nil
                }
                expecting = .dataEnd
            case .dataEnd:
                guard bytes.count >= at + 1 else { return nil }
                guard bytes[at] == UInt8(ascii: "\r") else { throw .malformed("chunk end") }
                guard bytes.count >= at + 2 else { return nil }
                guard bytes[at + 1] == UInt8(ascii: "\n") else { throw .malformed("chunk end") }
                at += 2
                expecting = .size
            case .size:
                guard let line = try line(bytes, at) else { return nil }
                let size = try Self.size(line, bytes)
                at = line.upperBound + 2
                length += size
                guard length <= limits.bodyBytesMax else {
                    throw HTTPError(413, "content too large")
                }
                expecting = size == 0 ? .trailer : .data(remaining: size)
            case .trailer:
                guard let line = try line(bytes, at) else { return nil }
                at = line.upperBound + 2
                if line.isEmpty { return at }
                _ = try HeaderField.parse(line, bytes)
            }
        }
    }

    // Chunks that arrive in parts stay one piece.
    private static func extend(_ pieces: inout [Range<Int>], by range: Range<Int>) {
        if let last = pieces.last, last.upperBound == range.lowerBound {
            pieces[pieces.count - 1] = last.lowerBound..<range.upperBound
        } else {
            pieces.append(range)
        }
    }

    /// The line that begins at `start`, without its end; nil when it is not complete.
    private mutating func line(
        _ bytes: Span<UInt8>,
        _ start: Int
    ) throws(HTTPError) -> Range<Int>? {
        let bound = min(bytes.count, start + Self.lineBytesMax + 1)
        let from = max(start, scanned)
        var index = from
        while index < bound, Characters.isText(bytes[index]) { index += 1 }
        #if DEBUG
            looks += index - from + 1
        #endif
        scanned = index
        guard index - start <= Self.lineBytesMax else {
            throw HTTPError(431, "chunk line too long")
        }
        guard index < bound else { return nil }
        guard bytes[index] == UInt8(ascii: "\r") else {
            throw .malformed("control character or bare line feed")
        }
        guard index + 1 < bytes.count else { return nil }
        guard bytes[index + 1] == UInt8(ascii: "\n") else {
            throw .malformed("bare carriage return")
        }
        overhead += index + 2 - start
        guard overhead <= Self.overheadMax else {
            throw HTTPError(431, "chunk overhead too large")
        }
        return start..<index
    }

    // Digits alone, then nothing or an extension; eight of them cannot overflow.
    private static func size(
        _ line: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(HTTPError) -> Int {
        var size = 0
        var digits = 0
        var index = line.lowerBound
        while index < line.upperBound, let value = Hexadecimal.value(of: bytes[index]) {
            size = size << 4 | Int(value)
            digits += 1
            guard digits <= 8 else { throw .malformed("chunk size") }
            index += 1
        }
        guard digits > 0, index == line.upperBound || bytes[index] == UInt8(ascii: ";") else {
            throw .malformed("chunk size")
        }
        return size
    }
}

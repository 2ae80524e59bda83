/// The method of a request (RFC 9110 §9).
public enum HTTPMethod: Sendable {
    case get, head, post, put, delete, patch, options, trace, connect, other
}

/// A header field as ranges into the request's bytes; the value without the white space around it.
public struct HeaderField: Sendable, Equatable {
    public let name: Range<Int>
    public let value: Range<Int>
}

/// A request as ranges into the bytes it was parsed from.
public struct Request: Sendable {
    public internal(set) var method = HTTPMethod.other
    /// Path and query as they were sent.
    public internal(set) var target = 0..<0
    public internal(set) var path = 0..<0
    /// What follows the question mark; empty when there is none.
    public internal(set) var query = 0..<0
    /// 0 or 1.
    public internal(set) var minorVersion = 1
    /// Whether the connection may carry another request after this one (RFC 9112 §9.3).
    public internal(set) var keepsAlive = true
    /// Every field, in order.
    public internal(set) var fields: [HeaderField] = []

    public internal(set) var host: Range<Int>?
    public internal(set) var contentType: Range<Int>?
    public internal(set) var authorization: Range<Int>?
    public internal(set) var authorizationCount = 0
    public internal(set) var ifNoneMatch: Range<Int>?
    public internal(set) var origin: Range<Int>?

    /// The content of a request with Content-Length.
    public internal(set) var body = 0..<0
    /// The pieces of a chunked content, in order; empty otherwise.
    public internal(set) var bodyPieces: [Range<Int>] = []

    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    var authority: Range<Int>?
    var sawClose = false
    var sawKeepAlive = false

    /// Whether the path is exactly `text`; paths are compared as they were sent, without decoding.
    public func pathEquals(_ text: String, in bytes: Span<UInt8>) -> Bool {
        ASCII.equals(bytes, path, text)
    }

    /// Whether the content is `application/x-www-form-urlencoded`, with or without parameters.
    public func hasFormContent(in bytes: Span<UInt8>) -> Bool {
        guard var range = contentType else { return false }
        if let semicolon = range.first(where: { bytes[$0] == UInt8(ascii: ";") }) {
            range = range.lowerBound..<semicolon
            while let last = range.last, bytes[last] == UInt8(ascii: " ") || bytes[last] == 9 {
                range = range.lowerBound..<last
            }
        }
        return ASCII.equalsIgnoringCase(bytes, range, "application/x-www-form-urlencoded")
    }

    mutating func reset() {
        let kept = (fields, bodyPieces)
        self = Request()
        (fields, bodyPieces) = kept
        fields.removeAll(keepingCapacity: true)
        bodyPieces.removeAll(keepingCapacity: true)
    }
}

/// Comparison with fixed texts, without making strings.
enum ASCII {
    static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: String) -> Bool {
        guard range.count == text.utf8.count else { return false }
        return compare(bytes, range, text) { $0 }
    }

    /// `text` must be in lower case.
    static func equalsIgnoringCase(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ text: String
    ) -> Bool {
        guard range.count == text.utf8.count else { return false }
        return compare(bytes, range, text, lowered)
    }

    @inline(__always)
    private static func compare(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ text: String, _ fold: (UInt8) -> UInt8
    ) -> Bool {
        var at = range.lowerBound
        for byte in text.utf8 {
            guard fold(bytes[at]) == byte else { return false }
            at += 1
        }
        return true
    }

    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

// SPDX-License-Identifier: Apache-2.0
/// The method of a request (RFC 9110 §9).
public enum HTTPMethod: Sendable {
    case get, head, post, put, delete, patch, options, trace, connect, other

    /// The method's name in a request line and in Allow; empty for an unknown one.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other: ""
        }
    }
}

/// A header field as ranges into the request's bytes.
public struct HeaderField: Sendable, Equatable {
    /// The name as it was sent.
    public let name: Range<Int>
    /// The value without the white space around it.
    public let value: Range<Int>
}

/// A request as ranges into the bytes it was parsed from.
///
/// Noncopyable: it has some forty words, and endpoints read it in its parser.
public struct Request: ~Copyable, Sendable {
    /// The request's method.
    public internal(set) var method = HTTPMethod.other
    /// The request target as it was sent.
    public internal(set) var target = 0..<0
    /// The target's path as it was sent, nothing decoded.
    public internal(set) var path = 0..<0
    /// The part behind the question mark; empty when there is none.
    public internal(set) var query = 0..<0
    /// 0 or 1.
    public internal(set) var minorVersion = 1
    /// Whether the connection may carry another request after this one (RFC 9112 §9.3).
    public internal(set) var keepsAlive = true
    /// Whether the answer must announce keep-alive: a peer of HTTP/1.0 else waits for the end.
    public var mustAnnounceKeepAlive: Bool { minorVersion == 0 && keepsAlive }
    /// Every field, in order.
    public internal(set) var fields: [HeaderField] = []

    /// Host; always there in HTTP/1.1.
    public internal(set) var host: Range<Int>?
    /// Whether the content has a coding, such as gzip (RFC 9110 §8.4).
    public internal(set) var hasContentCoding = false
    /// Content-Type; a second one is refused.
    public internal(set) var contentType: Range<Int>?
    /// Authorization, the last if there are several.
    public internal(set) var authorization: Range<Int>?
    /// How many Authorization fields there are; more than one is two ways to authenticate.
    public internal(set) var authorizationCount = 0
    /// Accept, the last if there are several.
    public internal(set) var accept: Range<Int>?
    /// If-None-Match, the last if there are several.
    public internal(set) var ifNoneMatch: Range<Int>?
    /// Origin, the last if there are several.
    public internal(set) var origin: Range<Int>?
    /// User-Agent, the last if there are several.
    public internal(set) var userAgent: Range<Int>?
    /// Whether the peer said `Expect: 100-continue` (RFC 9110 §10.1.1).
    public internal(set) var expectsContinue = false

    /// The content of a request with Content-Length.
    public internal(set) var body = 0..<0
    /// The pieces of a chunked content, in order; empty otherwise.
    public internal(set) var bodyPieces: [Range<Int>] = []
    /// The content's length in bytes, whichever way it is framed.
    public internal(set) var bodyLength = 0

    var contentLength: Int?
    var isChunked = false
    var authority: Range<Int>?
    var sawClose = false
    var sawKeepAlive = false

    /// Whether the answer has no content, but its length.
    public var isHead: Bool { method == .head }

    /// Whether the path is exactly `text`, byte for byte, without decoding.
    public func pathEquals(_ text: String, in bytes: Span<UInt8>) -> Bool {
        ASCII.equals(bytes, path, text)
    }

    /// Whether the path is exactly `path`, byte for byte.
    public func pathEquals(_ wanted: [UInt8], in bytes: Span<UInt8>) -> Bool {
        guard path.count == wanted.count else { return false }
        let start = path.lowerBound
        for index in wanted.indices where bytes[start + index] != wanted[index] { return false }
        return true
    }

    /// The value of a field that stands exactly once, or nil.
    ///
    /// `name` is in lower case. Linear in the fields; for those that few requests have.
    public func only(_ name: String, in bytes: Span<UInt8>) -> Range<Int>? {
        var found: Range<Int>?
        for field in fields where ASCII.equalsIgnoringCase(bytes, field.name, name) {
            guard found == nil else { return nil }
            found = field.value
        }
        return found
    }

    /// Whether the content is `application/x-www-form-urlencoded`, with or without parameters.
    public func hasFormContent(in bytes: Span<UInt8>) -> Bool {
        guard let range = contentType else { return false }
        let form = "application/x-www-form-urlencoded"
        // Most have no parameters.
        if ASCII.equalsIgnoringCase(bytes, range, form) { return true }
        guard let semicolon = range.first(where: { bytes[$0] == UInt8(ascii: ";") }) else {
            return false
        }
        let type = ASCII.trimmed(range.lowerBound..<semicolon, bytes)
        return ASCII.equalsIgnoringCase(bytes, type, form)
    }

    // Takes the arrays out and puts them back: with two owners they would be copied for every
    // request.
    mutating func reset() {
        var fresh = Request()
        swap(&fresh.fields, &fields)
        swap(&fresh.bodyPieces, &bodyPieces)
        fresh.fields.removeAll(keepingCapacity: true)
        fresh.bodyPieces.removeAll(keepingCapacity: true)
        self = fresh
    }
}

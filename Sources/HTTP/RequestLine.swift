/// The request line (RFC 9112 §3).
enum RequestLine {
    static func parse(
        _ line: Range<Int>, _ bytes: Span<UInt8>, _ limits: HTTPLimits, _ request: inout Request
    ) throws(HTTPError) {
        guard let first = line.first(where: { bytes[$0] == UInt8(ascii: " ") }) else {
            throw .malformed("request line")
        }
        let method = line.lowerBound..<first
        guard !method.isEmpty, method.allSatisfy({ Characters.isToken(bytes[$0]) }) else {
            throw .malformed("method")
        }
        request.method = self.method(method, bytes)
        let afterMethod = first + 1..<line.upperBound
        guard let second = afterMethod.first(where: { bytes[$0] == UInt8(ascii: " ") }) else {
            throw .malformed("request line")
        }
        let target = afterMethod.lowerBound..<second
        guard target.count <= limits.targetBytesMax else { throw HTTPError(414, "target too long") }
        try version(second + 1..<line.upperBound, bytes, &request)
        try self.target(target, bytes, &request)
    }

    private static func method(_ range: Range<Int>, _ bytes: Span<UInt8>) -> HTTPMethod {
        for (name, method) in methods where ASCII.equals(bytes, range, name) { return method }
        return .other
    }

    private static let methods: [(String, HTTPMethod)] = [
        ("POST", .post), ("GET", .get), ("HEAD", .head), ("PUT", .put), ("DELETE", .delete),
        ("PATCH", .patch), ("OPTIONS", .options), ("TRACE", .trace), ("CONNECT", .connect),
    ]

    private static func version(
        _ range: Range<Int>, _ bytes: Span<UInt8>, _ request: inout Request
    ) throws(HTTPError) {
        if ASCII.equals(bytes, range, "HTTP/1.1") { return }
        if ASCII.equals(bytes, range, "HTTP/1.0") {
            request.minorVersion = 0
            request.keepsAlive = false
            return
        }
        let start = range.lowerBound
        guard range.count == 8, ASCII.equals(bytes, start..<start + 5, "HTTP/"),
            Characters.isDigit(bytes[start + 5]), bytes[start + 6] == UInt8(ascii: "."),
            Characters.isDigit(bytes[start + 7])
        else { throw .malformed("HTTP version") }
        throw HTTPError(505, "HTTP version not supported")
    }

    private static func target(
        _ range: Range<Int>, _ bytes: Span<UInt8>, _ request: inout Request
    ) throws(HTTPError) {
        guard !range.isEmpty,
            range.allSatisfy({ bytes[$0] > 0x20 && bytes[$0] < 0x7f && bytes[$0] != 0x23 })
        else { throw .malformed("request target") }
        request.target = range
        var path = range
        if bytes[range.lowerBound] != UInt8(ascii: "/") {
            if request.method == .options, ASCII.equals(bytes, range, "*") {
                request.path = range
                return
            }
            path = try absolute(range, bytes, &request)
        }
        if let mark = path.first(where: { bytes[$0] == UInt8(ascii: "?") }) {
            request.path = path.lowerBound..<mark
            request.query = mark + 1..<path.upperBound
        } else {
            request.path = path
        }
    }

    // RFC 9112 §3.2.2: servers accept the absolute form; its authority must be the one that Host names.
    private static func absolute(
        _ range: Range<Int>, _ bytes: Span<UInt8>, _ request: inout Request
    ) throws(HTTPError) -> Range<Int> {
        let start = range.lowerBound
        let scheme = "https://"
        guard range.count > scheme.utf8.count,
            ASCII.equalsIgnoringCase(bytes, start..<start + scheme.utf8.count, scheme)
        else { throw .malformed("request target") }
        let rest = start + scheme.utf8.count..<range.upperBound
        let end =
            rest.first(where: { bytes[$0] == UInt8(ascii: "/") || bytes[$0] == UInt8(ascii: "?") })
            ?? rest.upperBound
        guard end > rest.lowerBound, end < rest.upperBound, bytes[end] == UInt8(ascii: "/") else {
            throw .malformed("request target")
        }
        request.authority = rest.lowerBound..<end
        return end..<rest.upperBound
    }
}

/// Classes of characters.
enum Characters {
    /// RFC 9110 §5.6.2.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    @inline(__always)
    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
/// The request line (RFC 9112 §3).
enum RequestLine {
    /// Reads method, target and version, with exactly one space between them.
    static func parse(
        _ line: Range<Int>,
        _ bytes: Span<UInt8>,
        _ limits: HTTPLimits,
        _ request: inout Request
    ) throws(HTTPError) {
        var space = line.lowerBound
        while space < line.upperBound, Characters.isToken(bytes[space]) { space += 1 }
        guard space > line.lowerBound, space < line.upperBound, bytes[space] == UInt8(ascii: " ")
        else { throw .malformed("method") }
        request.method = method(line.lowerBound..<space, bytes)
        let start = space + 1
        // Visible ASCII but the number sign: a target has no fragment.
        var end = start
        while end < line.upperBound, bytes[end] > 0x20, bytes[end] < 0x7f,
            bytes[end] != UInt8(ascii: "#")
        { end += 1 }
        guard end - start <= limits.targetBytesMax else { throw HTTPError(414, "target too long") }
        guard end > start, end < line.upperBound, bytes[end] == UInt8(ascii: " ") else {
            throw .malformed("request target")
        }
        try version(end + 1..<line.upperBound, bytes, &request)
        try target(start..<end, bytes, &request)
    }

    // Methods are case-sensitive (RFC 9110 §9.1).
    private static func method(_ range: Range<Int>, _ bytes: Span<UInt8>) -> HTTPMethod {
        func named(_ name: String) -> Bool { ASCII.equals(bytes, range, name) }
        switch range.count {
        case 3 where named("GET"): return .get
        case 3 where named("PUT"): return .put
        case 4 where named("POST"): return .post
        case 4 where named("HEAD"): return .head
        case 5 where named("PATCH"): return .patch
        case 5 where named("TRACE"): return .trace
        case 6 where named("DELETE"): return .delete
        case 7 where named("OPTIONS"): return .options
        case 7 where named("CONNECT"): return .connect
        default: return .other
        }
    }

    private static func version(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        _ request: inout Request
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
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        _ request: inout Request
    ) throws(HTTPError) {
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

    // RFC 9112 §3.2.2: servers accept the absolute form. `HeaderRules` checks that its authority
    // equals Host.
    private static func absolute(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>,
        _ request: inout Request
    ) throws(HTTPError) -> Range<Int> {
        let scheme = "https://"
        let start = range.lowerBound + scheme.utf8.count
        guard start < range.upperBound,
            ASCII.equalsIgnoringCase(bytes, range.lowerBound..<start, scheme),
            let slash = (start..<range.upperBound).first(where: {
                bytes[$0] == UInt8(ascii: "/") || bytes[$0] == UInt8(ascii: "?")
            }),
            slash > start, bytes[slash] == UInt8(ascii: "/")
        else { throw .malformed("request target") }
        request.authority = start..<slash
        return slash..<range.upperBound
    }
}

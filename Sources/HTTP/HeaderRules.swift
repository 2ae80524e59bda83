extension HeaderField {
    /// A field line (RFC 9112 §5): no white space before the colon, no folding, no control characters.
    static func parse(_ line: Range<Int>, _ bytes: Span<UInt8>) throws(HTTPError) -> HeaderField {
        let first = bytes[line.lowerBound]
        guard first != UInt8(ascii: " "), first != 9 else { throw .malformed("folded header field") }
        var colon = line.lowerBound
        while colon < line.upperBound, Characters.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":")
        else { throw .malformed("header field name") }
        var start = colon + 1
        var end = line.upperBound
        while start < end, bytes[start] == UInt8(ascii: " ") || bytes[start] == 9 { start += 1 }
        while end > start, bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == 9 { end -= 1 }
        for index in start..<end where bytes[index] == 0x7f { throw .malformed("control character") }
        return HeaderField(name: line.lowerBound..<colon, value: start..<end)
    }
}

/// What header fields mean for the request, and which combinations are refused.
enum HeaderRules {
    /// Notes a field that the server knows.
    static func note(
        _ field: HeaderField, _ bytes: Span<UInt8>, _ request: inout Request
    ) throws(HTTPError) {
        func named(_ name: String) -> Bool {
            ASCII.equalsIgnoringCase(bytes, field.name, name)
        }
        switch field.name.count {
        case 4 where named("host"):
            guard request.host == nil else { throw .malformed("Host repeated") }
            request.host = field.value
        case 6 where named("expect"):
            guard ASCII.equalsIgnoringCase(bytes, field.value, "100-continue") else {
                throw HTTPError(417, "unknown expectation")
            }
            // RFC 9110 §10.1.1: to be ignored from HTTP/1.0.
            request.expectsContinue = request.minorVersion == 1
        case 6 where named("origin"): request.origin = field.value
        case 10 where named("connection"): connection(field.value, bytes, &request)
        case 12 where named("content-type"):
            guard request.contentType == nil else { throw .malformed("Content-Type repeated") }
            request.contentType = field.value
        case 13 where named("authorization"):
            request.authorization = field.value
            request.authorizationCount += 1
        case 13 where named("if-none-match"): request.ifNoneMatch = field.value
        case 14 where named("content-length"):
            guard request.contentLength == nil else { throw .malformed("Content-Length repeated") }
            request.contentLength = try length(field.value, bytes)
        case 17 where named("transfer-encoding"): try coding(field.value, bytes, &request)
        default: break
        }
    }

    /// Checks the section as a whole.
    static func finish(
        _ request: inout Request, _ bytes: Span<UInt8>, _ limits: HTTPLimits
    ) throws(HTTPError) {
        // RFC 9112 §6.1, §6.3: two framings are an attempt to smuggle a request.
        if request.isChunked, request.contentLength != nil {
            throw .malformed("Content-Length and Transfer-Encoding")
        }
        if request.isChunked, request.minorVersion == 0 {
            throw .malformed("Transfer-Encoding in HTTP/1.0")
        }
        // RFC 9112 §3.2
        guard let host = request.host else {
            if request.minorVersion == 0 { return try checkLength(request, limits) }
            throw .malformed("Host missing")
        }
        guard !host.isEmpty, host.allSatisfy({ isHostCharacter(bytes[$0]) }) else {
            throw .malformed("Host")
        }
        if let authority = request.authority {
            guard authority.count == host.count,
                zip(authority, host).allSatisfy({
                    ASCII.lowered(bytes[$0]) == ASCII.lowered(bytes[$1])
                })
            else { throw .malformed("request target and Host differ") }
        }
        try checkLength(request, limits)
    }

    private static func checkLength(
        _ request: borrowing Request, _ limits: HTTPLimits
    ) throws(HTTPError) {
        if let length = request.contentLength, length > limits.bodyBytesMax {
            throw HTTPError(413, "content too large")
        }
    }

    // uri-host [":" port] (RFC 9110 §7.2); user information is not part of it.
    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func connection(
        _ value: Range<Int>, _ bytes: Span<UInt8>, _ request: inout Request
    ) {
        var start = value.lowerBound
        for index in value.lowerBound...value.upperBound {
            guard index == value.upperBound || bytes[index] == UInt8(ascii: ",") else { continue }
            var option = start..<index
            while let first = option.first, bytes[first] == UInt8(ascii: " ") || bytes[first] == 9 {
                option = first + 1..<option.upperBound
            }
            while let last = option.last, bytes[last] == UInt8(ascii: " ") || bytes[last] == 9 {
                option = option.lowerBound..<last
            }
            if ASCII.equalsIgnoringCase(bytes, option, "close") {
                request.sawClose = true
            } else if ASCII.equalsIgnoringCase(bytes, option, "keep-alive") {
                request.sawKeepAlive = true
            }
            start = index + 1
        }
        request.keepsAlive =
            !request.sawClose && (request.minorVersion == 1 || request.sawKeepAlive)
    }

    private static func length(
        _ value: Range<Int>, _ bytes: Span<UInt8>
    ) throws(HTTPError) -> Int {
        guard !value.isEmpty, value.allSatisfy({ Characters.isDigit(bytes[$0]) }) else {
            throw .malformed("Content-Length")
        }
        var length = 0
        for index in value {
            length = length * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            // Far beyond any bound, and far from overflow.
            guard length < 1 << 50 else { throw HTTPError(413, "content too large") }
        }
        return length
    }

    private static func coding(
        _ value: Range<Int>, _ bytes: Span<UInt8>, _ request: inout Request
    ) throws(HTTPError) {
        guard !request.isChunked else { throw .malformed("Transfer-Encoding repeated") }
        if ASCII.equalsIgnoringCase(bytes, value, "chunked") {
            request.isChunked = true
            return
        }
        // Only what ends in chunked can be framed at all (RFC 9112 §6.3); codings before it we do not have.
        let tail = ",chunked"
        let compact = value.filter { bytes[$0] != UInt8(ascii: " ") }
        guard compact.count > tail.utf8.count,
            zip(compact.suffix(tail.utf8.count), tail.utf8).allSatisfy({
                ASCII.lowered(bytes[$0]) == $1
            }),
            compact.allSatisfy({ Characters.isToken(bytes[$0]) || bytes[$0] == UInt8(ascii: ",") })
        else { throw .malformed("Transfer-Encoding") }
        throw HTTPError(501, "transfer coding not supported")
    }
}

// SPDX-License-Identifier: Apache-2.0
extension HeaderField {
    /// A field line (RFC 9112 §5) whose control characters have been refused before.
    ///
    /// Throws for white space before the colon, folding, and names that are no tokens.
    static func parse(_ line: Range<Int>, _ bytes: Span<UInt8>) throws(HTTPError) -> HeaderField {
        guard !Characters.isWhiteSpace(bytes[line.lowerBound]) else {
            throw .malformed("folded header field")
        }
        var colon = line.lowerBound
        while colon < line.upperBound, Characters.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":")
        else { throw .malformed("header field name") }
        return HeaderField(
            name: line.lowerBound..<colon,
            value: ASCII.trimmed(colon + 1..<line.upperBound, bytes)
        )
    }
}

/// Semantics of header fields for the request, and the combinations that are refused.
enum HeaderRules {
    /// Records a field that the server uses.
    static func note(
        _ field: HeaderField,
        _ bytes: Span<UInt8>,
        _ request: inout Request
    ) throws(HTTPError) {
        func named(_ name: String) -> Bool {
            ASCII.equalsIgnoringCase(bytes, field.name, name)
        }
        switch field.name.count {
        case 4 where named("host"):
            guard request.host == nil else { throw .malformed("Host repeated") }
            request.host = field.value
        case 6 where named("accept"): request.accept = field.value
        case 6 where named("origin"): request.origin = field.value
        case 6 where named("expect"): try expectation(field.value, bytes, &request)
        case 10 where named("user-agent"): request.userAgent = field.value
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
        case 16 where named("content-encoding"):
            // RFC 9110 §8.4: `identity` is no coding, though some clients send it.
            guard !field.value.isEmpty,
                !ASCII.equalsIgnoringCase(bytes, field.value, "identity")
            else { return }
            request.hasContentCoding = true
        case 17 where named("transfer-encoding"): try coding(field.value, bytes, &request)
        default: break
        }
    }

    /// Checks the section as a whole.
    static func finish(
        _ request: inout Request,
        _ bytes: Span<UInt8>,
        _ limits: HTTPLimits
    ) throws(HTTPError) {
        // RFC 9112 §6.1, §6.3: two framings are an attempt to smuggle a request.
        if request.isChunked, request.contentLength != nil {
            throw .malformed("Content-Length and Transfer-Encoding")
        }
        if request.isChunked, request.minorVersion == 0 {
            throw .malformed("Transfer-Encoding in HTTP/1.0")
        }
        try checkHost(request, bytes)
        // Refused before the content is read.
        if let length = request.contentLength, length > limits.bodyBytesMax {
            throw HTTPError(413, "content too large")
        }
    }

    // RFC 9112 §3.2
    private static func checkHost(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>
    ) throws(HTTPError) {
        if let host = request.host {
            guard isHost(host, bytes) else { throw .malformed("Host") }
        } else if request.minorVersion == 1 {
            throw .malformed("Host missing")
        }
        guard let authority = request.authority else { return }
        guard let host = request.host else {
            guard isHost(authority, bytes) else { throw .malformed("request target") }
            return
        }
        guard authority.count == host.count else { throw .malformed("target and Host differ") }
        let distance = host.lowerBound - authority.lowerBound
        for index in authority
        where ASCII.lowered(bytes[index]) != ASCII.lowered(bytes[index + distance]) {
            throw .malformed("target and Host differ")
        }
    }

    // uri-host [":" port] (RFC 9110 §7.2); user information is not part of it.
    private static func isHost(_ host: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard !host.isEmpty else { return false }
        var index = host.lowerBound
        if bytes[index] == UInt8(ascii: "[") {
            index += 1
            let address = index
            while index < host.upperBound,
                Characters.isHostName(bytes[index]) || bytes[index] == UInt8(ascii: ":")
            { index += 1 }
            guard index > address, index < host.upperBound, bytes[index] == UInt8(ascii: "]")
            else { return false }
            index += 1
        } else {
            while index < host.upperBound, Characters.isHostName(bytes[index]) { index += 1 }
            guard index > host.lowerBound else { return false }
        }
        guard index < host.upperBound else { return true }
        guard bytes[index] == UInt8(ascii: ":"), host.upperBound - index <= 6 else { return false }
        return (index + 1..<host.upperBound).allSatisfy { Characters.isDigit(bytes[$0]) }
    }

    // RFC 9110 §10.1.1: 100-continue is the only one there is, to be ignored from HTTP/1.0.
    private static func expectation(
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        _ request: inout Request
    ) throws(HTTPError) {
        guard ASCII.equalsIgnoringCase(bytes, value, "100-continue") else {
            throw HTTPError(417, "unknown expectation")
        }
        request.expectsContinue = request.minorVersion == 1
    }

    // A list of options (RFC 9110 §7.6.1), maybe over several fields; `close` wins.
    private static func connection(
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        _ request: inout Request
    ) {
        var start = value.lowerBound
        for index in value.lowerBound...value.upperBound {
            guard index == value.upperBound || bytes[index] == UInt8(ascii: ",") else { continue }
            let option = ASCII.trimmed(start..<index, bytes)
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
        _ value: Range<Int>,
        _ bytes: Span<UInt8>
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
        _ value: Range<Int>,
        _ bytes: Span<UInt8>,
        _ request: inout Request
    ) throws(HTTPError) {
        guard !request.isChunked else { throw .malformed("Transfer-Encoding repeated") }
        if ASCII.equalsIgnoringCase(bytes, value, "chunked") {
            request.isChunked = true
            return
        }
        // A list of codings that ends in chunked is well-formed, and 501 answers it; any other list
        // has no known end (RFC 9112 §6.3).
        let last = "chunked"
        guard value.count > last.utf8.count,
            value.allSatisfy({ isListCharacter(bytes[$0]) }),
            ASCII.equalsIgnoringCase(
                bytes,
                value.upperBound - last.utf8.count..<value.upperBound,
                last
            ),
            let before = value.dropLast(last.utf8.count).last(where: {
                bytes[$0] != UInt8(ascii: " ")
            }),
            before > value.lowerBound, bytes[before] == UInt8(ascii: ",")
        else { throw .malformed("Transfer-Encoding") }
        throw HTTPError(501, "transfer coding not supported")
    }

    private static func isListCharacter(_ byte: UInt8) -> Bool {
        Characters.isToken(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ")
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

struct FramingTests {
    static let line = "POST /a HTTP/1.1\r\nHost: a\r\n"

    static let conflicts: [(String, Int)] = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
        ("Content-Length: 5\r\nContent-Length: 6", 400),
        ("Content-Length: 5\r\nContent-Length: 5", 400), ("Content-Length: 5, 5", 400),
        ("Content-Length: 5,6", 400), ("Content-Length: -1", 400), ("Content-Length: +5", 400),
        ("Content-Length: 0x5", 400), ("Content-Length:", 400), ("Content-Length: 5a", 400),
        ("Content-Length: 1 5", 400), ("Content-Length: 5.0", 400), ("Content-Length: \u{b2}", 400),
        ("Content-Length: \"5\"", 400), ("Content-Length : 5", 400),
        ("Content-Length: \u{b}5", 400),
        ("Content-Length: 65537", 413), ("Content-Length: 99999999999999999999999", 413),
        ("Content-Length: 9223372036854775807", 413), ("Content-Length: 18446744073709551621", 413),
        ("Transfer-Encoding: xchunked", 400), ("Transfer-Encoding: chunkedx", 400),
        ("Transfer-Encoding: identity", 400), ("Transfer-Encoding: gzip", 400),
        ("Transfer-Encoding: chunked, identity", 400), ("Transfer-Encoding: chunked, gzip", 400),
        ("Transfer-Encoding: chunked,", 400), ("Transfer-Encoding: ,chunked", 400),
        ("Transfer-Encoding: , chunked", 400), ("Transfer-Encoding: xchunked, x chunked", 400),
        ("Transfer-Encoding: gzip chunked", 400), ("Transfer-Encoding:", 400),
        ("Transfer-Encoding: \"chunked\"", 400), ("Transfer-Encoding: chunked;q=1", 400),
        ("Transfer-Encoding: \u{b}chunked", 400), ("Transfer-Encoding: chunked\u{b}", 400),
        ("Transfer-Encoding: chunked\u{0}", 400), ("Transfer-Encoding: gzip,\tchunked", 400),
        ("Transfer-Encoding: 'chunked'", 400), ("Transfer-Encoding: \u{ff}chunked", 400),
        ("Transfer-Encoding : chunked", 400), ("Transfer-Encoding\u{b}: chunked", 400),
        ("X: y\r\n Transfer-Encoding: chunked", 400), ("Transfer-Encoding:\r\n chunked", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
        ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: gzip, chunked", 501), ("Transfer-Encoding: gzip,chunked", 501),
        ("Transfer-Encoding: deflate, gzip , CHUNKED", 501),
        ("Transfer-Encoding: chunked, chunked", 501),
    ]

    @Test(arguments: conflicts)
    func `framing that conflicts or is malformed is refused`(fields: String, status: Int) {
        let bytes = octets(Self.line + fields + "\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        let parseResult = resultHoweverDelivered(bytes)
        #expect(parseResult.status == status, "\(parseResult)")
    }

    static let chunks: [(String, String)] = [
        ("0\r\n\r\n", "[] pieces=0"), ("000\r\n\r\n", "[] pieces=0"),
        ("00000000\r\n\r\n", "[] pieces=0"), ("5\r\nhello\r\n0\r\n\r\n", "[hello] pieces=1"),
        ("00000005\r\nhello\r\n0\r\n\r\n", "[hello] pieces=1"),
        ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "[hello] pieces=2"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "[0123456789] pieces=1"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "[0123456789] pieces=1"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "[\r\n] pieces=1"),
        ("1;a\r\nx\r\n0;b=c\r\n\r\n", "[x] pieces=1"),
        ("1;a=\"\\\"\"\r\nx\r\n0\r\n\r\n", "[x] pieces=1"),
        ("1;\r\nx\r\n0\r\n\r\n", "[x] pieces=1"),
        ("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", "[x] pieces=1"),
        ("1\r\nx\r\n0\r\nContent-Length: 9\r\n\r\n", "[x] pieces=1"),
    ]

    @Test(arguments: chunks)
    func `chunks are put together`(body: String, facts: String) {
        for coding in ["chunked", "Chunked", "\tchunked \t"] {
            let head = Self.line + "Transfer-Encoding:\(coding)\r\n\r\n"
            let bytes = octets(head + body)
            let parseResult = resultHoweverDelivered(bytes)
            #expect(parseResult.facts?.hasSuffix(facts) == true, "\(parseResult)")
            // Later bytes belong to the next request, wherever the cut is.
            let more = resultHoweverDelivered(bytes + octets("GET /b"))
            #expect(more == parseResult)
        }
    }

    static let badChunks: [(String, Int)] = [
        ("\r\n", 400), ("0x5\r\nhello\r\n", 400), ("-5\r\nhello\r\n", 400),
        ("+5\r\nhello\r\n", 400),
        (" 5\r\nhello\r\n", 400), ("5 \r\nhello\r\n", 400), ("\t5\r\nhello\r\n", 400),
        ("5 ;a\r\nhello\r\n", 400), (";a\r\nhello\r\n", 400), ("5,\r\nhello\r\n", 400),
        ("g\r\nhello\r\n", 400), ("5h\r\nhello\r\n", 400), ("0_5\r\nhello\r\n", 400),
        ("5.\r\nhello\r\n", 400), ("000000000\r\n\r\n", 400), ("100000005\r\nhello\r\n", 400),
        ("fffffffffffffffff\r\n", 400), ("10000000000000005\r\nhello\r\n", 400),
        ("ffffffff\r\n", 413), ("10001\r\n", 413), ("5\nhello\r\n0\r\n\r\n", 400),
        ("5\rhello\r\n0\r\n\r\n", 400), ("5\r\nhello0\r\n\r\n", 400),
        ("5\r\nhello\n0\r\n\r\n", 400),
        ("5\r\nhello\r0\r\n\r\n", 400), ("3\r\nhello\r\n0\r\n\r\n", 400),
        ("5\r\nhel\r\n0\r\n\r\n\r\n\r\n", 400), ("5;a\rb\r\nhello\r\n", 400),
        ("5;a\nb\r\nhello\r\n", 400), ("5;\u{0}\r\nhello\r\n", 400), ("5\u{0}\r\nhello\r\n", 400),
        ("5;\u{7f}\r\nhello\r\n", 400), ("0\r\nno colon\r\n\r\n", 400), ("0\r\n A: b\r\n\r\n", 400),
        ("0\r\nA : b\r\n\r\n", 400), ("0\r\nA: b\r\n c\r\n\r\n", 400),
        ("0\r\nA: \u{0}\r\n\r\n", 400),
        ("0\r\n: b\r\n\r\n", 400), ("0\r\n\n", 400), ("0\r\n\r\r", 400), ("0\n\n", 400),
    ]

    @Test(arguments: badChunks)
    func `malformed chunks are refused`(body: String, status: Int) {
        let bytes = octets(Self.line + "Transfer-Encoding: chunked\r\n\r\n" + body)
        let parseResult = resultHoweverDelivered(bytes)
        #expect(parseResult.status == status, "\(parseResult)")
    }

    @Test func `a length takes exactly as many bytes`() {
        let bytes = octets(Self.line + "Content-Length: 5\r\n\r\nhelloGET /b")
        let parseResult = resultHoweverDelivered(bytes)
        #expect(parseResult.facts?.hasSuffix("[hello] pieces=0") == true)
        guard case .complete(let consumed, _) = parseResult else { return }
        #expect(consumed == bytes.count - 6)
        #expect(resultHoweverDelivered(Array(bytes.prefix(consumed - 1))) == .needsBody)
    }

    @Test func `no framing means no content, whatever the method`() {
        for method in ["GET", "HEAD", "POST", "PUT", "TRACE"] {
            let bytes = octets("\(method) /a HTTP/1.1\r\nHost: a\r\n\r\nrest")
            #expect(resultHoweverDelivered(bytes).facts?.hasSuffix("[] pieces=0") == true)
        }
    }
}

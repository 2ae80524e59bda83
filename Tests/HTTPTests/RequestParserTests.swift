// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct RequestParserTests {
    private static let get = octets("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")

    // MARK: bounds

    private func request(target: Int, fields: Int, bytes: Int) -> [UInt8] {
        var text = "GET /\(String(repeating: "t", count: target - 1)) HTTP/1.1\r\nHost: a\r\n"
        for index in 1..<fields { text += "X\(index):\r\n" }
        let rest = bytes - text.utf8.count - 2
        if rest > 0 {
            text = String(text.dropLast()) + String(repeating: "v", count: rest) + "\r\n"
        }
        return octets(text + "\r\n")
    }

    @Test func `a target is taken up to its bound`() {
        let limits = HTTPLimits(targetBytesMax: 100)
        let fits = request(target: 100, fields: 1, bytes: 0)
        let over = request(target: 101, fields: 1, bytes: 0)
        #expect(resultHoweverDelivered(fits, limits: limits).facts != nil)
        #expect(resultHoweverDelivered(over, limits: limits).status == 414)
    }

    @Test func `fields are taken up to their number`() {
        let limits = HTTPLimits(headerFieldsMax: 8)
        let fits = request(target: 2, fields: 8, bytes: 0)
        let over = request(target: 2, fields: 9, bytes: 0)
        #expect(resultHoweverDelivered(fits, limits: limits).facts != nil)
        #expect(resultHoweverDelivered(over, limits: limits).status == 431)
    }

    @Test func `a header is taken up to its bytes, to the byte`() {
        for field in ["X: ", "X: y\r\nY: "] {
            let start = "GET /a HTTP/1.1\r\nHost: a\r\n\(field)"
            for length in 195...205 {
                let filler = String(repeating: "v", count: length - start.utf8.count - 4)
                let bytes = octets(start + filler + "\r\n\r\n")
                let parseResult = resultHoweverDelivered(
                    bytes,
                    limits: HTTPLimits(headerBytesMax: 200)
                )
                #expect(bytes.count == length)
                #expect(
                    parseResult.status == (length <= 200 ? nil : 431),
                    "\(length): \(parseResult)"
                )
            }
        }
    }

    @Test func `a header without an end is refused at the bound`() {
        let limits = HTTPLimits(headerBytesMax: 100)
        let line = octets("GET /") + Array(repeating: UInt8(ascii: "t"), count: 95)
        #expect(resultHoweverDelivered(Array(line.dropLast()), limits: limits) == .needsHeader)
        #expect(resultHoweverDelivered(line, limits: limits).status == 414)
        let field = Array(Self.get.dropLast(2) + Array(repeating: UInt8(ascii: "x"), count: 100))
        #expect(resultHoweverDelivered(field, limits: limits).status == 431)
    }

    @Test func `a declared length over the bound is refused before content comes`() {
        let limits = HTTPLimits(bodyBytesMax: 10)
        func head(_ length: Int) -> [UInt8] {
            octets("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
        }
        #expect(resultHoweverDelivered(head(10), limits: limits) == .needsBody)
        for length in [11, 1 << 30, .max] {
            #expect(resultHoweverDelivered(head(length), limits: limits).status == 413)
        }
    }

    @Test func `chunks are bounded by their sum, refused when the size comes`() {
        let limits = HTTPLimits(bodyBytesMax: 10)
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let fits = octets(head + "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")
        #expect(resultHoweverDelivered(fits, limits: limits).facts != nil)
        let over = octets(head + "5\r\nhello\r\n6\r\n")
        #expect(resultHoweverDelivered(over, limits: limits).status == 413)
    }

    @Test func `what is around chunks is bounded`() {
        let head = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        func extended(_ count: Int) -> [UInt8] {
            octets(head + "1;" + String(repeating: "e", count: count) + "\r\nx\r\n0\r\n\r\n")
        }
        #expect(resultHoweverDelivered(extended(510)).facts != nil)
        #expect(resultHoweverDelivered(extended(511)).status == 431)
        func trailers(_ count: Int) -> [UInt8] {
            octets(head + "0\r\n" + String(repeating: "Ab: cd\r\n", count: count) + "\r\n")
        }
        #expect(parseResult(trailers(1000)).facts != nil)
        #expect(parseResult(trailers(1100)).status == 431)
        let tiny = octets(head + String(repeating: "1\r\nx\r\n", count: 3000))
        #expect(parseResult(tiny).status == 431)
    }

    // MARK: progress

    @Test func `a peer that waits is told to go on, once`() throws {
        let head = octets(
            "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        var parser = RequestParser(limits: HTTPLimits())
        #expect(parser.stage == .header)
        var progress = try parser.advance(head.span)
        #expect(progress == .needsBody(expectsContinue: true))
        #expect(parser.stage == .body && parser.request.method == .post)
        progress = try parser.advance(head.span)
        #expect(progress == .needsBody(expectsContinue: false))
        progress = try parser.advance((head + [1]).span)
        #expect(progress == .needsBody(expectsContinue: false))
        progress = try parser.advance((head + [1, 2]).span)
        #expect(progress == .complete(consumed: head.count + 2))
    }

    @Test func `a peer that does not wait is not told to go on`() throws {
        let length = "Content-Length: 2\r\n\r\n"
        let expect = "Host: a\r\nExpect: 100-continue\r\n"
        for head in [
            "POST /a HTTP/1.1\r\n\(expect)\(length)x", "POST /a HTTP/1.0\r\n\(expect)\(length)",
            "POST /a HTTP/1.1\r\nHost: a\r\n\(length)",
        ] {
            var parser = RequestParser(limits: HTTPLimits())
            let progress = try parser.advance(octets(head).span)
            #expect(progress == .needsBody(expectsContinue: false))
        }
    }

    @Test func `pipelined requests come out one by one, in order`() throws {
        let kinds = [
            "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            "HEAD /3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        ]
        let bytes = octets(String(repeating: kinds.joined(), count: 25))
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20 {
            var parser = RequestParser(limits: HTTPLimits())
            var start = 0
            var paths: [String] = []
            var arrived = 0
            while start < bytes.count {
                arrived = min(bytes.count, arrived + .random(in: 1...60, using: &generator))
                while case .complete(let consumed) = try parser.advance(
                    bytes.span.extracting(start..<arrived)
                ) {
                    let path = parser.request.path
                    paths.append(text(bytes[start + path.lowerBound..<start + path.upperBound]))
                    start += consumed
                    parser.reset()
                }
            }
            #expect(paths == (0..<100).map { "/\($0 % 4)" })
        }
    }

    @Test func `a parser that has served, or refused, is as good as a new one`() {
        let requests = [
            Self.get, octets("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
            octets("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"),
            octets("GET /a HTTP/1.0\r\nConnection: close\r\n\r\n"), octets("GET  /a"),
            octets("GET https://a/b?c HTTP/1.1\r\nHost: b\r\n\r\n"),
            octets(
                "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
            ),
        ]
        var parser = RequestParser(limits: HTTPLimits())
        for first in requests {
            for second in requests {
                _ = parseResult(first, cuts: [], parser: &parser)
                parser.reset()
                #expect(parseResult(second, cuts: [], parser: &parser) == parseResult(second))
                parser.reset()
            }
        }
    }

    @Test func `a buffer that grows by single bytes is moved seldom`() {
        var buffer: [UInt8] = []
        var capacities: Set<Int> = []
        for byte in 0..<16_384 {
            buffer.append(contentsOf: [UInt8(truncatingIfNeeded: byte)].span)
            capacities.insert(buffer.capacity)
        }
        #expect(capacities.count <= 20)
        #expect(buffer == (0..<16_384).map { UInt8(truncatingIfNeeded: $0) })
        #expect([UInt8](copying: buffer.span) == buffer)
        #expect([UInt8](copying: [UInt8]().span).isEmpty)
    }

    #if DEBUG
        @Test func `a client that sends single bytes costs linear time`() throws {
            let filler = String(repeating: "v", count: 400)
            let head = "POST /\(filler) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            let fields = (0..<30).map { "X\($0): \(filler)\r\n" }.joined()
            let chunks = String(repeating: "1;\(filler)\r\nx\r\n", count: 15)
            let bytes = octets("\(head)\(fields)\r\n\(chunks)0\r\nX: \(filler)\r\n\r\n")
            var parser = RequestParser(limits: HTTPLimits())
            var progress = RequestParser.Progress.needsMoreHeader
            for end in 1...bytes.count {
                progress = try parser.advance(bytes.span.extracting(first: end))
            }
            #expect(progress == .complete(consumed: bytes.count))
            #expect(parser.looks >= bytes.count / 2)
            #expect(parser.looks <= 3 * bytes.count)
        }
    #endif
}

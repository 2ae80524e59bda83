// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

/// Bytes in random pieces, and a clock that the test turns.
struct RequestFramingTests {
    private static let times = RequestFraming.Times(header: 100, body: 200, request: 1_000)
    private static let limits = HTTPLimits(headerBytesMax: 512, bodyBytesMax: 64)

    /// A connection with its thread's parser, as an owner uses them.
    private struct Wire: ~Copyable {
        var framing = RequestFraming()
        var parser = RequestParser(limits: limits)
        var now: UInt64 = 5_000
        /// Path and framing of each request that was answered.
        var requests: [String] = []
        var deadline: UInt64?
        var continues = 0

        /// Takes bytes, and answers what is whole; throws as the framing does.
        mutating func take(_ bytes: some Sequence<UInt8>) throws {
            framing.unread += bytes
            while !framing.unread.isEmpty {
                let unread = framing.unread
                let step = try framing.advance(
                    unread.span,
                    by: &parser,
                    limits: limits,
                    times: times,
                    now: now
                )
                switch step {
                case .request(let count):
                    let path = text(unread[parser.request.path])
                    requests.append("\(path) \(RequestFramingTests.words(framing.response))")
                    parser.reset(limits)
                    framing.unread.removeFirst(count)
                    framing.requestEnded()
                case .incomplete(let deadline, let sendsContinue):
                    if let deadline { self.deadline = deadline }
                    if sendsContinue { continues += 1 }
                    return
                }
            }
        }
    }

    private static func words(_ framing: ResponseFraming) -> String {
        (framing.isHead ? "head " : "") + (framing.keepsAlive ? "keeps" : "closes")
            + (framing.announcesKeepAlive ? " announced" : "")
    }

    private static let kinds = [
        "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "HEAD /3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ]
    private static let answers = [
        "/0 keeps", "/1 keeps", "/2 keeps", "/3 head keeps announced", "/4 closes",
    ]

    @Test func `requests are the same however their bytes are split`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let bytes = octets(String(repeating: Self.kinds.joined(), count: 10))
        let expected = (0..<50).map { Self.answers[$0 % 5] }
        for _ in 0..<50 {
            // Two connections take turns with one parser, as all of a thread do.
            var first = Wire()
            var second = Wire()
            var (start, other) = (0, 0)
            while start < bytes.count || other < bytes.count {
                let end = min(bytes.count, start + .random(in: 1...40, using: &generator))
                try first.take(bytes[start..<end])
                start = end
                swap(&first.parser, &second.parser)
                let otherEnd = min(bytes.count, other + .random(in: 1...40, using: &generator))
                try second.take(bytes[other..<otherEnd])
                other = otherEnd
                swap(&first.parser, &second.parser)
            }
            #expect(first.requests == expected, "seed \(seed)")
            #expect(second.requests == expected, "seed \(seed)")
            #expect(first.framing.requestStarted == nil && first.framing.unread.isEmpty)
        }
    }

    @Test func `a header has its time from the first byte on, and no more for each byte`() throws {
        var wire = Wire()
        for byte in octets("GET / HTTP/1.1\r\nHo") {
            try wire.take([byte])
            #expect(wire.deadline == 5_100)
            wire.now += 1
        }
        #expect(wire.framing.requestStarted == 5_000)
        try wire.take(octets("st: a\r\n\r\n"))
        #expect(wire.requests.count == 1)
        #expect(wire.framing.requestStarted == nil)
        // The next request's time begins with its own first byte.
        wire.now = 9_000
        try wire.take(octets("G"))
        #expect(wire.deadline == 9_100)
    }

    @Test func `a content has its time once, and never more than the request's`() throws {
        var wire = Wire()
        try wire.take(octets("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"))
        #expect(wire.deadline == 5_200)
        wire.deadline = nil
        wire.now = 5_150
        try wire.take(octets("ab"))
        #expect(wire.deadline == nil)
        try wire.take(octets("cd"))
        #expect(wire.requests == ["/ keeps"])

        wire.now = 10_000
        try wire.take(octets("P"))
        wire.now = 10_950
        try wire.take(octets("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"))
        #expect(wire.deadline == 11_000)
    }

    @Test func `a peer that waits for an interim response gets one, once`() throws {
        var wire = Wire()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        try wire.take(octets(head))
        try wire.take(octets("a"))
        try wire.take(octets("b"))
        #expect(wire.continues == 1 && wire.requests.count == 1)
        // One that has begun to send waits for none.
        var eager = Wire()
        try eager.take(octets(head + "a"))
        #expect(eager.continues == 0)
    }

    @Test(arguments: [
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func `what is no request has one answer more, and leaves the parser as new`(
        _ request: String
    ) throws {
        for count in [1, 7, 4096] {
            var wire = Wire()
            var rest = octets("HEAD /3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + request)[...]
            #expect(throws: HTTPError.self) {
                while !rest.isEmpty {
                    try wire.take(rest.prefix(count))
                    rest = rest.dropFirst(count)
                }
            }
            #expect(wire.requests == ["/3 head keeps announced"])
            // No state of the request before: neither HEAD nor keep-alive.
            #expect(wire.framing.response == .closing)
            var next = Wire(parser: wire.parser)
            try next.take(octets(Self.kinds[1]))
            #expect(next.requests == ["/1 keeps"])
        }
    }

    @Test func `limits that changed hold from the next request on, for everybody`() throws {
        var parser = RequestParser(limits: Self.limits)
        var framing = RequestFraming()
        let request = octets("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n")
        func advance(_ bytes: [UInt8], _ limits: HTTPLimits) throws -> RequestFraming.Step {
            try framing.advance(
                bytes.span,
                by: &parser,
                limits: limits,
                times: Self.times,
                now: 1
            )
        }
        let smaller = HTTPLimits(headerBytesMax: 512, bodyBytesMax: 8)
        _ = try advance(request, Self.limits)
        // The parser that the incomplete request took along has the limits of its beginning.
        let whole = request + [UInt8](repeating: 0x61, count: 60)
        #expect(try advance(whole, smaller) == .request(bytes: whole.count))
        parser.reset(smaller)
        framing.requestEnded()
        #expect(throws: HTTPError.self) { try advance(request, smaller) }
    }
}

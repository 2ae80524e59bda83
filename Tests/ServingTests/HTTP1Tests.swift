// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import Reactor
import Telemetry
import TestSupport
import Testing

@testable import Serving

/// Bytes in any pieces, to answers in the order of their requests.
struct HTTP1Tests {
    /// Each kind of request, with the status of its answer.
    private static let kinds: [(String, Int)] = [
        (Sent.token, 200),
        (Sent.chunked("/oauth2/token", Sent.form, by: 7), 200),
        (Sent.chunked("/oauth2/token", Sent.form, by: 1_000), 200),
        (Sent.post("/oauth2/token", Sent.form + "x"), 401),
        (Sent.post("/oauth2/introspect", "client_id=app&token=none"), 200),
        (Sent.post("/oauth2/introspect", "token=none"), 401),
        ("GET /oauth2/token HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("GET /oauth2/jwks HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("HEAD /oauth2/jwks HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        ("HEAD /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200),
        (Sent.health, 200),
    ]
    private static let bytes = Array(kinds.map(\.0).joined().utf8)

    // MARK: pieces

    @Test func `the answers are the same however the bytes of their requests are split`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        let reactor = try TestReactor()
        let whole = reactor.connect()
        whole.send(Self.bytes)
        #expect(whole.statuses == Self.kinds.map(\.1))
        for _ in 0..<40 {
            // Two connections take turns, and share all that a reactor has one of.
            let lines = [reactor.connect(), reactor.connect()]
            var starts = [0, 0]
            while let next = starts.indices.filter({ starts[$0] < Self.bytes.count })
                .randomElement(using: &generator)
            {
                let end = min(
                    Self.bytes.count,
                    starts[next] + .random(in: 1...90, using: &generator)
                )
                lines[next].send(Self.bytes[starts[next]..<end])
                starts[next] = end
            }
            for line in lines {
                #expect(line.answers == whole.answers, "seed \(seed)")
                #expect(!line.session.hasUnread && !line.session.isInRequest, "seed \(seed)")
            }
        }
    }

    @Test func `bytes that are no request end the connection wherever they are split`() throws {
        let bytes = Array((Sent.token + "GET /health HTTP/1.1\nHost: a\n\n" + Sent.token).utf8)
        for size in [1, 7, 40, bytes.count] {
            let line = try TestReactor().connect()
            for start in stride(from: 0, to: bytes.count, by: size) {
                line.send(bytes[start..<min(bytes.count, start + size)])
            }
            // The bytes behind a bad request are discarded, and the peer may still be sending.
            #expect(line.statuses == [200, 400])
            #expect(line.state == .closed(peerMaySend: true))
            #expect(line.answers[1].has("Connection: close"))
        }
    }

    @Test func `a peer that waits is told to send its content, and one that sends is not`() throws {
        let expecting = Sent.post("/oauth2/token", Sent.form, "Expect: 100-continue\r\n")
        let head = expecting.dropLast(Sent.form.utf8.count)
        let waiting = try TestReactor().connect()
        waiting.send(String(head))
        #expect(waiting.text == "HTTP/1.1 100 Continue\r\n\r\n")
        waiting.send(Sent.form)
        #expect(waiting.statuses == [100, 200])
        let sending = try TestReactor().connect()
        sending.send(expecting)
        #expect(sending.statuses == [200])
    }

    // MARK: pipelining

    @Test(arguments: [1, 3, 16])
    func `answers gather to the pipelining depth, and no further`(depth: Int) throws {
        let reactor = try TestReactor { $0.pipelineDepth = depth }
        let line = reactor.connect()
        line.send(String(repeating: Sent.health, count: 50))
        #expect(line.statuses == Array(repeating: 200, count: 50))
        #expect(line.writes.allSatisfy { $0 <= depth })
        #expect(line.writes.count >= 50 / depth)
    }

    @Test func `a connection that has had its slice goes on later, with nothing lost`() throws {
        let reactor = try TestReactor { $0.pipelineDepth = 256 }
        let session = reactor.connect().session
        let bytes = Array(String(repeating: Sent.token, count: 200).utf8)
        reactor.http.beginSlice()
        var steps = 0
        var step = reactor.http.receive(bytes.span, on: session, at: TurnMoment(nanoseconds: 1))
        while case .yield = step {
            #expect(session.hasUnread)
            steps += 1
            reactor.http.clearOutput()
            reactor.http.beginSlice()
            step = reactor.http.resumeReading(session, at: TurnMoment(nanoseconds: 1))
        }
        // Two hundred signatures are many slices on any machine.
        #expect(steps > 1)
        #expect(reactor.counters.requests.current == 200)
        #expect(!session.hasUnread)
    }

    // MARK: framing of answers

    @Test func `HEAD gets the fields of GET, without its content`() throws {
        let line = try TestReactor().connect()
        line.send("HEAD /oauth2/jwks HTTP/1.1\r\nHost: a\r\n\r\n")
        line.send("GET /oauth2/jwks HTTP/1.1\r\nHost: a\r\n\r\n")
        let (head, get) = (line.answers[0], line.answers[1])
        #expect(head.content.isEmpty && get.content == #"{"keys":[]}"#)
        #expect(head.fields == get.fields && head.has("Content-Length: 11"))
    }

    @Test(arguments: [
        ("HTTP/1.1\r\nHost: a", true), ("HTTP/1.1\r\nHost: a\r\nConnection: close", false),
        ("HTTP/1.0\r\nConnection: keep-alive", true), ("HTTP/1.0", false),
    ])
    func `a connection is kept as its request asks`(rest: String, isKept: Bool) throws {
        let line = try TestReactor().connect()
        line.send("GET /health \(rest)\r\n\r\n" + Sent.health)
        #expect(line.statuses == (isKept ? [200, 200] : [200]))
        #expect(line.answers[0].has("Connection: close") == !isKept)
        let isOld = rest.hasPrefix("HTTP/1.0")
        #expect(line.answers[0].has("Connection: keep-alive") == (isKept && isOld))
        #expect(line.state == (isKept ? .reading : .closed(peerMaySend: false)))
    }

    @Test func `draining, each connection ends with its next answer`() throws {
        let reactor = try TestReactor()
        let line = reactor.connect()
        line.send(Sent.health)
        reactor.http.drain()
        reactor.endpoints.documents.drain()
        line.send(Sent.health + Sent.health)
        #expect(line.statuses == [200, 503])
        #expect(line.answers[1].has("Connection: close") && line.answers[1].has("Retry-After: 1"))
        #expect(line.state == .closed(peerMaySend: false))
    }

    // MARK: deadlines

    @Test func `a request has its time from its first byte on, and no more for each byte`() throws {
        let reactor = try TestReactor { limits in
            limits.header = 100
            limits.body = 50
            limits.request = 1_000
        }
        let line = reactor.connect()
        let content = Sent.form.utf8.count
        for byte in Sent.token.utf8.dropLast(content) {
            line.send([byte])
            reactor.now += 1
            if byte != UInt8(ascii: "\n") || line.deadline == 5_100 {
                #expect(line.deadline == 5_100)
            }
        }
        // The header is whole: the content has a time of its own, once.
        let headEnd = reactor.now - 1
        #expect(line.deadline == headEnd + 50)
        line.send(Sent.form.utf8.dropLast(1))
        #expect(line.deadline == headEnd + 50)
        line.send(Sent.form.utf8.suffix(1))
        #expect(line.statuses == [200] && line.deadline == nil)
        reactor.now = 9_000
        line.send("P")
        #expect(line.deadline == 9_100)
    }

    @Test func `a request that is not whole in time gets 408, and the connection ends`() throws {
        let line = try TestReactor().connect()
        line.send(Sent.health + "GET /health HTTP/1.1\r\n")
        #expect(line.session.isInRequest)
        line.timeOut()
        #expect(line.statuses == [200, 408])
        #expect(line.state == .closed(peerMaySend: true))
        #expect(line.answers[1].has("Connection: close"))
    }

    // MARK: identity

    @Test func `each request is decided by the registry and the time of its own`() throws {
        let reactor = try TestReactor()
        let line = reactor.connect()
        line.send(Sent.token)
        let empty = TestReactor.registry(certificates: [])
        reactor.endpoints.clients.update(TestReactor.registry(certificates: [.of([9])]))
        line.send(Sent.token)
        // No longer registered, it may be among keys that were not fetched yet.
        #expect(line.state == .waiting)
        reactor.endpoints.clients.update(empty)
        line.timeOut()
        #expect(line.statuses == [200, 401])

        let kept = reactor.connect()
        reactor.endpoints.clients.update(TestReactor.registry())
        kept.send(Sent.token)
        reactor.clock.turn(seconds: 2 * 86_400)
        kept.send(Sent.token)
        #expect(kept.statuses == [200, 401])
    }
}

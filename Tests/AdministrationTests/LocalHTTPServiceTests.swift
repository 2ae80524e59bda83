// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import Reactor
import TestSupport
import Testing

@testable import Administration

/// The service of a socket, with work that waits and answers that are not read.
final class LocalHTTPServiceTests {
    /// One request at a time, until it is told to go on.
    private final class Gate: Sendable {
        let isOpen = Lock(false)
        let begun = Lock(0)

        func open() {
            isOpen.withLock { $0 = true }
            isOpen.signal(all: true)
        }

        func pass() {
            begun.withLock { $0 += 1 }
            isOpen.wait { $0 ? () : nil }
        }
    }

    /// Answers by the query: `big`, `work`, `must` (work that is to be done) or anything small.
    private final class Answers: LocalHTTPHandler {
        private let pool: WorkerPool
        private let gate: Gate
        private let big: [UInt8]

        init(_ gate: Gate) throws {
            pool = try WorkerPool(threads: 1, capacity: 200, name: "test")
            (self.gate, big) = (gate, [UInt8](repeating: 0x61, count: LocalHTTPServiceTests.big))
        }

        func admission(
            of request: borrowing Request,
            _ bytes: Span<UInt8>,
            from peer: LocalPeer
        ) -> LocalAdmission<Void> { .admitted(()) }

        func reply(to request: LocalRequest, of caller: Void) -> LocalReply {
            let (gate, late) = (gate, Response(status: 504))
            let work: @Sendable () -> Response = {
                gate.pass()
                return Response(status: 200)
            }
            switch String(decoding: request.query, as: UTF8.self) {
            case "big": return .now(Response(status: 200, big, .text))
            case "work": return .later(work, on: pool, else: late)
            case "must": return .whenever(work, on: pool, else: late)
            default: return .now(Response(status: 200))
            }
        }

        func refusal(status: Int, reason: String, of peer: PeerAddress) -> Response {
            Response(status: status, Array(reason.utf8), .text)
        }

        func tick(now: UInt64) {}

        func end() { pool.abandon() }
    }

    private final class Caller {
        private let socket: ClientSocket

        init(_ address: SocketAddress, _ query: String, content: Int = 0) throws {
            let deadline = Clock.milliseconds + 20_000
            socket = try ClientSocket(address, named: "the service", deadline: deadline)
            let head =
                "POST /?\(query) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(content)\r\n\r\n"
            let bytes = Array(head.utf8) + [UInt8](repeating: 0x61, count: content)
            try socket.send(bytes.span)
        }

        /// The status of the answer.
        func status() throws -> Int? {
            var answer: [UInt8] = []
            while answer.count < 12 {
                let part = try socket.receive(upTo: 4_096)
                guard !part.isEmpty else { return nil }
                answer += part
            }
            return Int(String(decoding: answer[9..<12], as: UTF8.self))
        }
    }

    private static let big = 4 << 20
    private let scratch: Scratch
    private let gate = Gate()
    private let mailbox: Mailbox<LocalServiceMessage>
    private let address: SocketAddress
    private let thread: Thread

    init() throws {
        // The service writes to sockets whose readers have gone; a server ignores the signal.
        signal(SIGPIPE, SIG_IGN)
        scratch = try Scratch()
        let path = SocketAddress.local(path: scratch.path + "/s", descriptor: nil)
        address = try Listener.claim(path)
        let mailbox = try Mailbox<LocalServiceMessage>()
        self.mailbox = mailbox
        let service = try LocalHTTPService(address, mailbox, Answers(gate), clock: WallClock())
        thread = try Thread.start("service") { service.run() }
    }

    deinit {
        gate.open()
        mailbox.post(.stop)
        thread.join()
        Listener.release(address)
    }

    private func status(_ query: String, content: Int = 0) throws -> Int? {
        try Caller(address, query, content: content).status()
    }

    @Test func `answers that nobody reads are bounded, and small ones are kept`() throws {
        #expect(try status("big") == 200)
        do {
            // Each has nearly all of its answer to come.
            let count = LocalServiceLimits.answersBytesMax / Self.big + 2
            let deaf = try (0..<count).map { _ in try Caller(address, "big") }
            #expect(try status("small") == 200)
            var refused: Int?
            let end = Clock.milliseconds + 10_000
            // Their answers may be in the making still.
            while refused != 503, Clock.milliseconds < end { refused = try status("big") }
            #expect(refused == 503)
            #expect(try status("small") == 200)
            withExtendedLifetime(deaf) {}
        }
        // Their connections end.
        var last: Int?
        for _ in 0..<50 where last != 200 { last = try status("big") }
        #expect(last == 200)
    }

    @Test func `contents of work whose callers have gone are bounded until it ends`() throws {
        let size = (1 << 18) - 1
        let count = LocalServiceLimits.contentsBytesMax / size + 1
        var refused: Int?
        var callers: [Caller]? = try (0..<count).map { _ in
            try Caller(address, "work", content: size)
        }
        let end = Clock.milliseconds + 10_000
        // The last of them may be on their way still.
        while refused != 503, Clock.milliseconds < end {
            refused = try status("small", content: size)
        }
        #expect(refused == 503)
        withExtendedLifetime(callers) {}
        callers = nil
        refused = try status("small", content: size)
        #expect(refused == 503)
        #expect(try status("small") == 200)
        gate.open()
        var last: Int?
        for _ in 0..<50 where last != 200 { last = try status("work", content: size) }
        #expect(last == 200)
    }

    @Test func `work that has not begun when its late answer goes out never does`() throws {
        let running = try Caller(address, "work")
        let waiting = try Caller(address, "work")
        let kept = try Caller(address, "must")
        #expect(try running.status() == 504 && waiting.status() == 504 && kept.status() == 504)
        gate.open()
        #expect(try status("work") == 200)
        // The first had begun, the third is done whenever, and the last one is that of just now.
        #expect(gate.begun.withLock { $0 } == 3)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

/// One outbox serves all connections of a reactor; nobody may get another one's bytes.
struct OutboxTests {
    private let outbox = Outbox()

    private func lines(_ count: Int) throws -> [Line] {
        let configuration = TLSConfiguration(
            identities: [try Listener.identity.get()],
            clientCertificate: .want,
            versions: TLSVersion.all,
            resumption: .off,
            sessionLifetime: 3600,
            sessionContext: Digest256.of(Array("outbox".utf8))
        )
        let context = try TLSContext(configuration, outbox: outbox)
        return try (0..<count).map { _ in try connected(context) }
    }

    private func text(_ count: Int, _ number: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
    }

    private func postponed(_ line: Line, _ text: [UInt8]) throws -> Postponed {
        try line.server.write(text.span)
        return try #require(line.postpone())
    }

    private func received(_ line: Line) throws -> [UInt8] {
        line.client.receive(line.sockets.receive())
        return try line.client.read()
    }

    @Test func `what is postponed waits, then reaches its own client`() throws {
        let lines = try lines(3)
        let waiting = try lines.enumerated().map { number, line in
            try postponed(line, text(100 + number, number))
        }
        for line in lines { #expect(line.sockets.receive().isEmpty) }
        for (line, part) in zip(lines, waiting).reversed() {
            #expect(line.send(part) == .sent)
        }
        outbox.clear()
        for (number, line) in lines.enumerated() {
            #expect(try received(line) == text(100 + number, number))
        }
    }

    @Test func `a step that flushes behind postponed ones sends only its own`() throws {
        let lines = try lines(2)
        let first = try postponed(lines[0], text(50, 0))
        try lines[1].server.write(text(60, 1).span)
        #expect(lines[1].flush() == .sent)
        #expect(lines[0].sockets.receive().isEmpty)
        #expect(try received(lines[1]) == text(60, 1))
        #expect(lines[0].send(first) == .sent)
        outbox.clear()
        #expect(try received(lines[0]) == text(50, 0))
    }

    @Test func `clearing keeps what the current step has gathered`() throws {
        let lines = try lines(2)
        let first = try postponed(lines[0], text(50, 0))
        try lines[1].server.write(text(60, 1).span)
        #expect(lines[0].send(first) == .sent)
        outbox.clear()
        #expect(lines[1].flush() == .sent)
        #expect(try received(lines[0]) == text(50, 0))
        #expect(try received(lines[1]) == text(60, 1))
    }

    @Test func `there is nothing to postpone where nothing was written`() throws {
        let line = try lines(1)[0]
        #expect(line.postpone() == nil)
    }

    @Test func `a connection whose socket is full must flush, not postpone`() throws {
        let line = try lines(1)[0]
        var flushed = TLSFlush.sent
        for _ in 0..<100 where flushed == .sent {
            try line.server.write(text(16_000, 0).span)
            flushed = line.flush()
        }
        #expect(flushed == .blocked)
        try line.server.write(text(10, 0).span)
        // Postponed bytes would overtake those that wait already.
        #expect(line.postpone() == nil)
        #expect(line.flush() == .blocked)
    }

    @Test func `what the socket does not take of the postponed is kept`() throws {
        let line = try lines(1)[0]
        var (rounds, flushed) = (0, TLSFlush.sent)
        while flushed == .sent, rounds < 100 {
            let part = try postponed(line, text(16_000, rounds))
            flushed = line.send(part)
            outbox.clear()
            rounds += 1
        }
        #expect(flushed == .blocked)
        var read: [UInt8] = []
        for _ in 0..<100 where read.count < rounds * 16_000 {
            read += try received(line)
            _ = line.flush()
        }
        #expect(read == (0..<rounds).flatMap { text(16_000, $0) })
    }

    @Test func `a step that was not ended fails the next connection's, rather than mix`() throws {
        let lines = try lines(2)
        try lines[0].server.write(text(50, 0).span)
        #expect(throws: TLSError.self) { try lines[1].server.write(text(60, 1).span) }
        #expect(lines[1].flush() == .sent)
        #expect(lines[1].sockets.receive().isEmpty)
        #expect(lines[0].flush() == .sent)
        #expect(try received(lines[0]) == text(50, 0))
    }

    @Test func `a connection that ends takes what it did not send along`() throws {
        var lines = try lines(2)
        try lines[0].server.write(text(50, 0).span)
        lines.removeFirst()
        try lines[0].server.write(text(60, 1).span)
        #expect(lines[0].flush() == .sent)
        #expect(try received(lines[0]) == text(60, 1))
    }

    @Test func `a connection that ends leaves what others have postponed`() throws {
        var lines = try lines(3)
        let first = try postponed(lines[0], text(50, 0))
        _ = try postponed(lines[1], text(60, 1))
        let third = try postponed(lines[2], text(70, 2))
        lines.remove(at: 1)
        #expect(lines[0].send(first) == .sent)
        #expect(lines[1].send(third) == .sent)
        outbox.clear()
        #expect(try received(lines[0]) == text(50, 0))
        #expect(try received(lines[1]) == text(70, 2))
    }

    @Test func `an outbox says that it is filling while a text still fits behind`() throws {
        let lines = try lines(10)
        var waiting: [Postponed] = []
        for (number, line) in lines.dropLast().enumerated() where !outbox.isFilling {
            waiting.append(try postponed(line, text(8_000, number)))
        }
        #expect(outbox.isFilling)
        #expect(waiting.count < 9)
        // Larger than what is free: it goes out in several sends and leaves the postponed alone.
        try lines[9].server.write(text(60_000, 9).span)
        #expect(lines[9].flush() == .sent)
        #expect(try received(lines[9]) == text(60_000, 9))
        for (number, part) in waiting.enumerated() {
            #expect(lines[number].send(part) == .sent)
            #expect(try received(lines[number]) == text(8_000, number))
        }
        outbox.clear()
        #expect(!outbox.isFilling)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

struct ConnectionTests {
    private func line(_ version: Version) throws -> Line {
        try connected(try Listener.context(), version: version)
    }

    private func text(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    }

    @Test(arguments: Version.spoken, [1, 100, 16_384, 60_000])
    func `what a client writes is read`(version: Version, count: Int) throws {
        let line = try line(version)
        try line.client.write(text(count))
        line.carryToServer()
        let (read, last) = try line.serverReads()
        #expect(read == text(count))
        #expect(last == .wantsRead)
        #expect(!line.serverMayHaveMore)
    }

    @Test(arguments: Version.spoken, [1, 100, 16_384, 60_000])
    func `what is written here is read by the client`(version: Version, count: Int) throws {
        let line = try line(version)
        try line.server.write(text(count).span)
        #expect(line.carryToClient() == .sent)
        #expect(try line.client.read() == text(count))
    }

    @Test func `nothing leaves before a flush, and an empty text is nothing`() throws {
        let line = try line(.v13)
        try line.server.write([UInt8]().span)
        try line.server.write(text(10).span)
        #expect(line.sockets.receive().isEmpty)
        #expect(line.carryToClient() == .sent)
        #expect(try line.client.read() == text(10))
    }

    @Test func `bytes that OpenSSL holds are not forgotten`() throws {
        let line = try line(.v13)
        try line.client.write(text(1_000))
        line.carryToServer()
        #expect(line.serverMayHaveMore)
        var block = [UInt8](repeating: 0, count: 100)
        var room = block.mutableSpan
        let step = try line.server.read(into: &room)
        #expect(step == .done(100))
        #expect(line.serverMayHaveMore)
        #expect(try line.serverReads().text == text(1_000).suffix(900))
        #expect(!line.serverMayHaveMore)
    }

    @Test(arguments: Version.spoken)
    func `what the socket does not take is kept and sent later`(version: Version) throws {
        let line = try line(version)
        let count = 60_000
        var written = 0
        var flushed = TLSFlush.sent
        while flushed == .sent, written < 100 {
            try line.server.write(text(count).span)
            flushed = line.server.flush()
            written += 1
        }
        #expect(flushed == .blocked)
        #expect(line.flush() == .blocked)
        var read: [UInt8] = []
        for _ in 0..<100 where read.count < written * count {
            line.carryToClient()
            read += try line.client.read()
        }
        #expect(read == (0..<written).flatMap { _ in text(count) })
        #expect(line.flush() == .sent)
    }

    @Test func `a peer that reads nothing is given up before it costs much memory`() throws {
        let line = try line(.v13)
        var written = 0
        var flushed = TLSFlush.sent
        while flushed != .broken, written < 100 {
            do throws(TLSError) {
                try line.server.write(text(16_000).span)
                flushed = line.server.flush()
                written += 1
            } catch {
                flushed = .broken
            }
        }
        // The socket's own buffers, and 256 KiB besides.
        #expect(flushed == .broken)
        #expect(written < 100)
        #expect(line.flush() == .broken)
    }

    @Test(arguments: Version.spoken)
    func `a close_notify goes either way`(version: Version) throws {
        let line = try line(version)
        line.server.sendCloseNotify()
        line.carryToClient()
        #expect(try line.client.read().isEmpty)
        #expect(line.client.wasClosed)
        line.client.close()
        line.carryToServer()
        #expect(try line.serverReads() == ([], .closed))
    }

    @Test(arguments: Version.spoken)
    func `a peer that is cut off has closed, after what it sent`(version: Version) throws {
        let line = try line(version)
        try line.client.write(text(50))
        line.carryToServer()
        line.sockets.endSending()
        #expect(try line.serverReads().text == text(50))
        line.server.socketIsReadable()
        #expect(try line.serverReads() == ([], .closed))
        #expect(!line.client.wasClosed)
    }

    @Test(arguments: Version.spoken)
    func `a record that was changed on the way is refused`(version: Version) throws {
        let line = try line(version)
        line.tamper = { bytes in
            var changed = bytes
            if let last = changed.indices.last { changed[last] ^= 1 }
            return changed
        }
        try line.client.write(text(50))
        line.carryToServer()
        #expect {
            _ = try line.serverReads()
        } throws: { error in
            (error as? TLSError)?.operation == "read"
        }
    }

    @Test func `connections that share an outbox do not mix`() throws {
        let context = try Listener.context()
        let lines = try (0..<3).map { _ in try connected(context) }
        for (number, line) in lines.enumerated() {
            try line.server.write(text(10 + number).span)
            line.carryToClient()
        }
        for (number, line) in lines.enumerated() {
            #expect(try line.client.read() == text(10 + number))
        }
    }
}

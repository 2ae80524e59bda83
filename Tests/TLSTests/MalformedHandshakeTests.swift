// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Glibc
import Testing

@testable import TLS

/// A generator that tells its seed's sequence again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

struct MalformedHandshakeTests {
    /// How a server's first step ends.
    private enum End: Equatable {
        case step(TLSStep)
        case failure(String)
    }

    private func hello(_ version: Version? = nil) throws -> [UInt8] {
        let client = try Client(version: version)
        _ = try client.handshake()
        return client.takeOutput()
    }

    private func end(_ line: Line) -> End {
        defer { _ = line.server.flush() }
        do throws(TLSError) {
            line.server.socketIsReadable()
            return .step(try line.server.handshake())
        } catch {
            #expect(error.operation == "handshake")
            #expect(!error.reason.isEmpty)
            // Errors left in the thread's queue would be reported for the next connection.
            #expect(ERR_peek_error() == 0)
            return .failure(error.reason)
        }
    }

    @Test func `a hello that is cut anywhere waits for more, then ends with its peer`() throws {
        let hello = try hello()
        let context = try Listener.context()
        for count in 0..<hello.count {
            let line = try Line(context, try Client())
            line.sockets.send(Array(hello.prefix(count)))
            #expect(end(line) == .step(.wantsRead), "\(count) bytes")
            line.sockets.endSending()
            #expect(end(line) == .step(.closed), "\(count) bytes")
        }
    }

    @Test func `a hello that comes byte by byte is answered`() throws {
        let hello = try hello()
        let line = try Line(try Listener.context(), try Client())
        for byte in hello {
            #expect(line.sockets.receive().isEmpty)
            line.sockets.send([byte])
            #expect(end(line) == .step(.wantsRead))
        }
        #expect(line.sockets.receive().first == 22)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "http request"),
        ("PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n", "http request"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "wrong version number"),
    ])
    func `another protocol is refused by its first bytes`(text: String, reason: String) throws {
        let line = try Line(try Listener.context(), try Client())
        line.sockets.send(Array(text.utf8))
        #expect(end(line) == .failure(reason))
    }

    @Test func `a refused hello is answered with an alert`() throws {
        let line = try Line(try Listener.context(versions: TLSVersion.newest), try Client())
        line.sockets.send(try hello(.v12))
        #expect(end(line) == .failure("unsupported protocol"))
        // An alert record of two bytes: fatal, protocol_version (RFC 8446 §6).
        let answer = line.sockets.receive()
        #expect(answer.first == 21)
        #expect(answer.suffix(2) == [2, 70])
    }

    @Test func `a connection that failed stays failed and the next one is served`() throws {
        let context = try Listener.context()
        let line = try Line(context, try Client())
        line.sockets.send(Array(repeating: 0x55, count: 64))
        for _ in 0..<3 {
            if case .step(let step) = end(line) { #expect(step == .closed) }
        }
        #expect(try connected(context).serverVersion == "TLSv1.3")
    }

    @Test func `an alert instead of a hello ends the connection`() throws {
        let line = try Line(try Listener.context(), try Client())
        line.sockets.send([21, 3, 3, 0, 2, 2, 40])
        #expect(end(line) != .step(.wantsRead))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `random bytes never complete a handshake`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let context = try Listener.context()
        for round in 0..<300 {
            let line = try Line(context, try Client())
            let count = Int.random(in: 1...400, using: &random)
            line.sockets.send((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
            line.sockets.endSending()
            var end = end(line)
            // Without a failure the server asks once more, and learns that nothing follows.
            if end == .step(.wantsRead) { end = self.end(line) }
            #expect(end != .step(.done(0)), "seed \(seed), round \(round)")
            #expect(end != .step(.wantsRead), "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: [UInt64(4), 5, 6])
    func `a hello with damage never completes a handshake by itself`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let context = try Listener.context()
        let hellos = try [hello(.v12), hello(.v13), hello()]
        var refused = 0
        for round in 0..<400 {
            var bytes = hellos[round % 3]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            let line = try Line(context, try Client())
            line.sockets.send(bytes)
            line.sockets.endSending()
            let end = end(line)
            #expect(end != .step(.done(0)), "seed \(seed), round \(round)")
            if case .failure = end { refused += 1 }
        }
        #expect(refused > 20)
    }
}

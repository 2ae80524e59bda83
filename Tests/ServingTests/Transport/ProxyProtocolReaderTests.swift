// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import Network
import Reactor
import Testing

@testable import Serving

/// A reader at one end of a Unix socket, and a load balancer at the other.
private final class BalancedConnection {
    let reader = ProxyProtocolReader()
    private let server: Int32
    private let balancer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has room for the two numbers.
        try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        (server, balancer) = (ends[0], ends[1])
    }

    deinit {
        close(server)
        close(balancer)
    }

    func send(_ text: String) {
        let isSent = SystemCall.write(balancer, Array(text.utf8).span)
        #expect(isSent)
    }

    func endSending() {
        SystemCall.endSending(balancer)
    }

    func read() throws(ProxyProtocolError) -> ProxyProtocolReader.ReadResult {
        try reader.read(server)
    }

    /// The bytes that the reader has left in the socket.
    var rest: String? {
        var bytes = [UInt8](repeating: 0, count: 1_000)
        return SystemCall.peek(server, into: &bytes).map {
            String(decoding: bytes.prefix($0), as: UTF8.self)
        }
    }
}

struct ProxyProtocolReaderTests {
    private static let header = "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n"

    @Test func `the header is consumed, and nothing of what follows`() throws {
        let connection = try BalancedConnection()
        connection.send(Self.header + "ClientHello")
        #expect(try connection.read() == .complete)
        #expect(connection.reader.isComplete)
        #expect(connection.reader.source == InternetAddress("192.0.2.1"))
        #expect(connection.rest == "ClientHello")
    }

    @Test func `a part stays in the socket, and is told from the same part again`() throws {
        let connection = try BalancedConnection()
        #expect(try connection.read() == .incomplete)
        #expect(try connection.read() == .repeated)
        let part = String(Self.header.prefix(20))
        connection.send(part)
        #expect(try connection.read() == .incomplete)
        #expect(try connection.read() == .repeated)
        #expect(connection.rest == part && !connection.reader.isComplete)
        connection.send(String(Self.header.dropFirst(20)))
        #expect(try connection.read() == .complete)
        #expect(connection.rest == "")
    }

    @Test(arguments: ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN anything\r\n"])
    func `a header without an address names no source`(_ header: String) throws {
        let connection = try BalancedConnection()
        connection.send(header)
        #expect(try connection.read() == .complete)
        #expect(connection.reader.isComplete && connection.reader.source == nil)
    }

    @Test func `a peer that sends nothing and ends has closed the connection`() throws {
        let connection = try BalancedConnection()
        connection.endSending()
        #expect(try connection.read() == .closed)
        #expect(!connection.reader.isComplete)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}"])
    func `other bytes are refused and left in the socket`(_ bytes: String) throws {
        let connection = try BalancedConnection()
        connection.send(bytes)
        #expect(throws: ProxyProtocolError.notProxyProtocol) { _ = try connection.read() }
        #expect(connection.rest == bytes && !connection.reader.isComplete)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

/// A peer that sends much and says nothing.
struct FloodTests {
    private static let reason = "too much came without data"

    private func line() throws -> Line { try connected(try Listener.context(), version: .v13) }

    /// Sends KeyUpdates, in one go or each by itself; throws what the server's read throws.
    private func sendUpdates(_ count: Int, on line: Line, together: Bool) throws {
        for _ in 0..<count {
            try line.client.updateKey()
            guard !together else { continue }
            line.carryToServer()
            #expect(try line.serverReads() == ([], .wantsRead))
        }
        line.carryToServer()
        #expect(try line.serverReads() == ([], .wantsRead))
    }

    @Test(arguments: [false, true])
    func `thirty-two KeyUpdates in a row are taken`(together: Bool) throws {
        let line = try line()
        for _ in 0..<5 {
            try sendUpdates(32, on: line, together: together)
            try line.client.write([1])
            line.carryToServer()
            #expect(try line.serverReads() == ([1], .wantsRead))
        }
        try line.server.write([2].span)
        line.carryToClient()
        #expect(try line.client.read() == [2])
    }

    @Test(arguments: [33, 34, 400], [false, true])
    func `one more ends the connection, and the peer is told so`(
        count: Int,
        together: Bool
    ) throws {
        let line = try line()
        #expect {
            try sendUpdates(count, on: line, together: together)
        } throws: { error in
            (error as? TLSError)?.reason == Self.reason
        }
        line.carryToClient()
        #expect(try line.client.read().isEmpty)
        #expect(line.client.wasClosed)
        #expect(throws: TLSError.self) { try line.serverReads() }
    }

    /// A hello of 4 KiB, as the first bytes of it in records of one byte each.
    private func crumbs(_ count: Int) -> [UInt8] {
        let message: [UInt8] = [1, 0, 0x10, 0, 3, 3] + [UInt8](repeating: 0, count: 4096)
        return message.prefix(count).flatMap { [22, 3, 1, 0, 1, $0] }
    }

    @Test func `a handshake in crumbs is borne for a while`() throws {
        let line = try Line(try Listener.context(), try Client())
        line.sockets.send(crumbs(2048))
        line.server.socketIsReadable()
        #expect(try line.server.handshake() == .wantsRead)
        line.sockets.send([22, 3, 1, 0, 1, 0])
        line.server.socketIsReadable()
        #expect {
            _ = try line.server.handshake()
        } throws: { error in
            (error as? TLSError)?.reason == Self.reason
        }
    }
}

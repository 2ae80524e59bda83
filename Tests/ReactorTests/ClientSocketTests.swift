// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Reactor

struct ClientSocketTests {
    private func withPath(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "handfast-\(UUID().uuidString.prefix(8))").path
        try body(path)
    }

    private func error(_ body: () throws -> Void) -> SystemError? {
        do {
            try body()
            return nil
        } catch {
            return error as? SystemError
        }
    }

    private func connect(
        _ address: SocketAddress,
        milliseconds: UInt64 = 5_000
    ) throws(SystemError) -> ClientSocket {
        let deadline = Clock.milliseconds + milliseconds
        return try ClientSocket(address, named: "peer", deadline: deadline)
    }

    /// Bytes to a listener at `address` and back, and the end of the connection.
    private func exchange(_ address: SocketAddress) throws {
        let listener = try Listener(address)
        let client = try connect(address)
        guard case .accepted(let peer, _) = listener.accept() else {
            Issue.record("nothing to accept")
            return
        }
        try client.send(Array("question".utf8).span)
        #expect(bytes(from: peer.number, atMost: 100) == Array("question".utf8))
        send(Array("answer".utf8), to: peer.number)
        #expect(try client.receive(upTo: 4) == Array("answ".utf8))
        #expect(try client.receive(upTo: 4) == Array("er".utf8))
        SystemCall.endSending(peer.number)
        #expect(try client.receive(upTo: 4).isEmpty)
    }

    @Test func `bytes go to a path and come back`() throws {
        try withPath { path in
            let claimed = try Listener.claim(.local(path: path, descriptor: nil))
            defer { Listener.release(claimed) }
            try exchange(claimed)
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func `bytes go to a port and come back`(_ host: String) throws {
        try exchange(try Listener.claim(SocketAddress(host: host, port: 0)))
    }

    @Test func `an address without a listener is refused`() throws {
        try withPath { path in
            let local = SocketAddress.local(path: path, descriptor: nil)
            #expect(error { _ = try connect(local) }?.isNobodyListening == true)
            let long = SocketAddress.local(
                path: path + String(repeating: "x", count: 108),
                descriptor: nil
            )
            #expect(error { _ = try connect(long) }?.code == ENAMETOOLONG)
        }
        let free = try Listener.claim(SocketAddress(host: "127.0.0.1", port: 0))
        #expect(error { _ = try connect(free) }?.isNobodyListening == true)
        let name = SocketAddress(host: "localhost", port: 1)
        #expect(error { _ = try connect(name) }?.code == EINVAL)
    }

    @Test func `a peer that neither answers nor reads is given up at the deadline`() throws {
        try withPath { path in
            let claimed = try Listener.claim(.local(path: path, descriptor: nil))
            defer { Listener.release(claimed) }
            let began = Clock.milliseconds
            let client = try connect(claimed, milliseconds: 200)
            #expect(error { _ = try client.receive(upTo: 1) }?.isTimeout == true)
            let much = [UInt8](repeating: 0, count: 16 << 20)
            #expect(error { try client.send(much.span) }?.isTimeout == true)
            #expect(Clock.milliseconds - began < 3_000)
        }
    }

    @Test func `a peer that is gone is an error, and no signal`() throws {
        try withPath { path in
            let claimed = try Listener.claim(.local(path: path, descriptor: nil))
            let client = try connect(claimed)
            Listener.release(claimed)
            let much = [UInt8](repeating: 0, count: 1 << 20)
            #expect(error { try client.send(much.span) }?.code == EPIPE)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Reactor

struct ListenerTests {
    private static let loopback = SocketAddress(host: "127.0.0.1", port: 0)

    /// The address and code of a refusal; nil when there was none.
    private func error(_ body: () throws -> Void) -> SystemError? {
        do {
            try body()
            return nil
        } catch {
            return error as? SystemError
        }
    }

    @Test func `a connection is accepted with the address of its peer`() throws {
        let address = try Listener.claim(Self.loopback)
        let listener = try Listener(address)
        let client = try connection(to: address.port)
        guard case .accepted(let server, let peer) = listener.accept() else {
            Issue.record("nothing was accepted")
            return
        }
        #expect(peer.description == "127.0.0.1")
        #expect(peer.port != 0 && peer.port != address.port)
        #expect(send([1, 2, 3], to: client.number))
        var poller = try Poller()
        try poller.watch(server.number, for: .readable, token: 1)
        #expect(poller.wait(milliseconds: 10_000) == 1)
        #expect(bytes(from: server.number, atMost: 8) == [1, 2, 3])
        // Nonblocking: a reactor's thread must never wait for one peer.
        #expect(bytes(from: server.number, atMost: 8) == nil && errno == EAGAIN)
    }

    @Test func `the kernel keeps little for a peer that does not read, and drops it at a reset`()
        throws
    {
        let address = try Listener.claim(Self.loopback)
        let listener = try Listener(address)
        let client = try connection(to: address.port)
        guard case .accepted(let server, _) = listener.accept() else {
            Issue.record("nothing was accepted")
            return
        }
        #expect(SystemCall.unsentBytes(server.number) == 0)
        let number = server.number
        let page = [UInt8](repeating: 7, count: 1000)
        var taken = 0
        while let count = SystemCall.writeSome(number, page.span), count > 0 { taken += count }
        #expect((64 * 1024..<512 * 1024).contains(taken))
        #expect((1...taken).contains(SystemCall.unsentBytes(number)))
        SystemCall.resetOnClose(number)
        close(server)
        var received = 0
        while let part = bytes(from: client.number, atMost: 65_536), !part.isEmpty {
            received += part.count
        }
        // The reset has come before the rest.
        #expect(received < taken)
    }

    private func close(_ descriptor: consuming Descriptor) {}

    @Test func `nothing is accepted where nobody calls`() throws {
        let listener = try Listener(try Listener.claim(Self.loopback))
        guard case .nothing = listener.accept() else {
            Issue.record("something was accepted")
            return
        }
    }

    @Test func `calls queue up and are accepted one by one`() throws {
        let address = try Listener.claim(Self.loopback)
        let listener = try Listener(address)
        var count = 0
        let first = try connection(to: address.port)
        let second = try connection(to: address.port)
        while case .accepted = listener.accept() { count += 1 }
        #expect(count == 2)
        // Accepted and let go at once: both see the end.
        #expect(bytes(from: first.number, atMost: 1) == [])
        #expect(bytes(from: second.number, atMost: 1) == [])
    }

    @Test func `the listeners of one process share an address`() throws {
        let address = try Listener.claim(Self.loopback)
        let one = try Listener(address)
        let other = try Listener(address)
        var accepted = 0
        for _ in 0..<32 {
            let client = try connection(to: address.port)
            if case .accepted = one.accept() { accepted += 1 }
            if case .accepted = other.accept() { accepted += 1 }
            #expect(bytes(from: client.number, atMost: 1) == [])
        }
        #expect(accepted == 32)
    }

    @Test func `an address in use cannot be claimed, and can again when it is free`() throws {
        let address = try Listener.claim(Self.loopback)
        do {
            let listener = try Listener(address)
            let error = try #require(error { _ = try Listener.claim(address) })
            #expect(error.isAddressInUse)
            #expect(error.operation == "listening on 127.0.0.1:\(address.port)")
            withExtendedLifetime(listener.descriptor.number) {}
        }
        #expect(error { _ = try Listener.claim(address) } == nil)
    }

    @Test func `a claim keeps a chosen port and finds one where none is chosen`() throws {
        let chosen = try Listener.claim(Self.loopback)
        #expect(chosen.port != 0)
        #expect(chosen == .internet(host: "127.0.0.1", port: chosen.port))
        #expect(try Listener.claim(chosen) == chosen)
    }

    @Test(arguments: ["localhost", "", "127.0.0.1.1", "::1%lo", "[::1]", "127.0.0.1 "])
    func `a host that is no numeric address is refused`(host: String) {
        let address = SocketAddress(host: host, port: 0)
        #expect(error { _ = try Listener.claim(address) }?.code == EINVAL)
        #expect(error { _ = try Listener(address) }?.code == EINVAL)
    }

    @Test func `an address of another machine is refused`() {
        // A block that is set aside for documentation (RFC 5737).
        let address = SocketAddress(host: "192.0.2.1", port: 0)
        #expect(error { _ = try Listener.claim(address) }?.code == EADDRNOTAVAIL)
    }

    @Test func `host names resolve to numeric addresses`() {
        let addresses = HostName.addresses("localhost")
        #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
        #expect(HostName.addresses("127.0.0.1").first == "127.0.0.1")
        #expect(HostName.addresses("no-such-host.invalid") == [])
    }
}

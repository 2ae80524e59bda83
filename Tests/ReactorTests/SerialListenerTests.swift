import Foundation
import Glibc
import Testing

@testable import Reactor

@Suite struct `Serving one connection after the other` {
    /// A listener at a path in a directory of its own, and the box whose bell ends it.
    private func withListener(
        _ body: (SerialListener, String, Mailbox<Int>) throws -> Void
    ) throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "handfast-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "s").path
        let address = try Listener.claim(.local(path: path, descriptor: nil), mode: 0o600)
        defer { Listener.release(address) }
        let mailbox = try Mailbox<Int>()
        try body(SerialListener(address, bell: mailbox.bellDescriptor), path, mailbox)
    }

    private func connect(_ path: String) -> Descriptor {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(number, $0, size)
            }
        }
        #expect(status == 0)
        return Descriptor(owning: number)
    }

    private func soon(_ milliseconds: UInt64) -> UInt64 { Clock.milliseconds + milliseconds }

    private func say(_ text: String, on peer: borrowing Descriptor) {
        let bytes = Array(text.utf8)
        let isWritten = SystemCall.write(peer.number, bytes.span)
        #expect(isWritten)
    }

    @Test func `only the owner may connect`() throws {
        try withListener { _, path, _ in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `bytes go both ways, and the end is seen`() throws {
        try withListener { listener, path, _ in
            let peer = connect(path)
            let from = try #require(listener.next())
            #expect(from.isLocal)
            say("hello", on: peer)
            var bytes: [UInt8] = []
            #expect(listener.receive(into: &bytes, until: soon(5_000), yields: false) == .received)
            #expect(bytes == Array("hello".utf8))
            #expect(listener.send(Array("well".utf8), until: soon(5_000)))
            var answer = [UInt8](repeating: 0, count: 16)
            #expect(SystemCall.peek(peer.number, into: &answer) == 4)
            shutdown(peer.number, Int32(SHUT_RDWR))
            #expect(listener.receive(into: &bytes, until: soon(5_000), yields: true) == .ended)
            listener.close()
        }
    }

    @Test func `one that is silent is waited for until the deadline`() throws {
        try withListener { listener, path, _ in
            let peer = connect(path)
            _ = listener.next()
            var bytes: [UInt8] = []
            let before = Clock.milliseconds
            #expect(listener.receive(into: &bytes, until: soon(80), yields: true) == .ended)
            #expect(Clock.milliseconds >= before + 80)
            #expect(listener.receive(into: &bytes, until: soon(0), yields: true) == .ended)
            listener.close()
            #expect(bytes.isEmpty)
            _ = consume peer
        }
    }

    @Test func `a silent one gives way when it should, and one that speaks does not`() throws {
        try withListener { listener, path, _ in
            let first = connect(path)
            _ = listener.next()
            #expect(!listener.othersWait())
            let second = connect(path)
            #expect(listener.othersWait())
            var bytes: [UInt8] = []
            #expect(listener.receive(into: &bytes, until: soon(9_000), yields: true) == .othersWait)
            #expect(listener.receive(into: &bytes, until: soon(30), yields: false) == .ended)
            say("x", on: first)
            #expect(listener.receive(into: &bytes, until: soon(9_000), yields: true) == .received)
            listener.close()
            #expect(listener.next() != nil)
            listener.close()
            _ = consume second
        }
    }

    @Test func `one that takes nothing is given up`() throws {
        try withListener { listener, path, _ in
            let peer = connect(path)
            _ = listener.next()
            let much = [UInt8](repeating: 7, count: 8 << 20)
            #expect(!listener.send(much, until: soon(80)))
            listener.close()
            _ = consume peer
        }
    }

    @Test func `the bell ends every waiting`() throws {
        try withListener { listener, path, mailbox in
            let peer = connect(path)
            _ = listener.next()
            mailbox.post(1)
            var bytes: [UInt8] = []
            #expect(listener.receive(into: &bytes, until: soon(9_000), yields: false) == .ended)
            listener.close(discardingUntil: soon(9_000))
            #expect(listener.next() == nil)
            _ = consume peer
        }
    }
}

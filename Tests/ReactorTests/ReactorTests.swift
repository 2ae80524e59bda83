// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reactor

/// Serves on the calling thread until its test says stop.
private final class EchoHandler: ReactorHandler {
    let reactor: Reactor
    let mailbox: Mailbox<Int>
    let log: Lock<[String]>
    var connections: [Token: Int32] = [:]
    var owned: [EchoConnection] = []
    var hasRoom = true
    var reminders = 0
    var turns = 0
    var waits = 0
    var acceptsNow = true

    init(_ mailbox: Mailbox<Int>, _ log: Lock<[String]>) throws {
        self.mailbox = mailbox
        self.log = log
        reactor = try Reactor(mailbox: mailbox.bellDescriptor)
    }

    func note(_ text: String) {
        log.withLock { $0.append(text) }
        log.signal(all: true)
    }

    func accepted(_ descriptor: consuming Descriptor, from peer: PeerAddress, listener: Int) {
        let token = Token(owned.count)
        connections[token] = descriptor.number
        owned.append(EchoConnection(descriptor))
        note("accepted \(listener) \(peer)")
        try? reactor.watch(connections[token] ?? -1, for: .readable, token: token)
    }

    func ready(_ token: Token, _ readiness: Readiness) {
        guard let number = connections[token] else { return note("stale") }
        guard let part = bytes(from: number, atMost: 100), !part.isEmpty else {
            connections[token] = nil
            reactor.stop()
            return note("ended")
        }
        send(part, to: number)
        note("echoed \(part.count)")
    }

    func due(_ token: Token, now: UInt64) -> UInt64? {
        reminders += 1
        note("due \(token) \(reminders)")
        guard reminders < 3 else {
            reactor.stop()
            return nil
        }
        return now + 60
    }

    func turnEnds() { turns += 1 }

    func serveWaiting() { waits += 1 }

    func mail() {
        for message in mailbox.collect() {
            note("mail \(message)")
            if message == 0 { reactor.stop() }
            if message == 1 { hasRoom = true }
            if message == 2 { reactor.stopListening() }
            if message == 3 { note("turn \(turns)") }
            if message == 4 { note("waited \(waits) of \(turns)") }
            if message == 7 { acceptsNow = false }
            if message == 8 { acceptsNow = true }
        }
    }
}

private final class EchoConnection {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

struct ReactorTests {
    private let mailbox: Mailbox<Int>
    private let log = Lock<[String]>([])

    init() throws {
        mailbox = try Mailbox()
    }

    /// Serves on a thread of its own, with as many listeners as there are addresses.
    private func serve(_ addresses: [SocketAddress] = [], hasRoom: Bool = true) throws -> Thread {
        let (mailbox, log) = (mailbox, log)
        return try Thread.start("reactor") {
            do {
                let handler = try EchoHandler(mailbox, log)
                handler.hasRoom = hasRoom
                for address in addresses { try handler.reactor.listen(Listener(address)) }
                handler.note("serving")
                handler.reactor.run(handler)
            } catch {
                log.withLock { $0.append("\(error)") }
            }
        }
    }

    private func address() throws -> SocketAddress {
        try Listener.claim(SocketAddress(host: "127.0.0.1", port: 0))
    }

    private func logged(_ text: String, milliseconds: Int = 10_000) -> Bool {
        log.wait(milliseconds: milliseconds) { $0.contains(text) ? true : nil } ?? false
    }

    @Test func `mail is delivered in order, and stop ends the loop`() throws {
        for message in [5, 6, 0] { mailbox.post(message) }
        try serve().join()
        #expect(log.withLock { $0 } == ["serving", "mail 5", "mail 6", "mail 0"])
    }

    @Test func `every turn ends before the next one begins`() throws {
        mailbox.post(3)
        let thread = try serve()
        #expect(logged("turn 0"))
        mailbox.post(3)
        #expect(logged("turn 1"))
        mailbox.post(0)
        thread.join()
    }

    @Test func `what waits is served once a turn, after what is ready`() throws {
        mailbox.post(4)
        let thread = try serve()
        #expect(logged("waited 0 of 0"))
        mailbox.post(4)
        #expect(logged("waited 1 of 1"))
        mailbox.post(0)
        thread.join()
    }

    @Test func `a handler without time for new connections leaves them in the queue`() throws {
        let address = try address()
        mailbox.post(7)
        let thread = try serve([address])
        #expect(logged("mail 7"))
        let client = try connection(to: address.port)
        #expect(send([9], to: client.number))
        #expect(!logged("accepted 0 127.0.0.1", milliseconds: 100))
        mailbox.post(8)
        #expect(logged("accepted 0 127.0.0.1"))
        #expect(bytes(from: client.number, atMost: 8) == [9])
        mailbox.post(0)
        thread.join()
    }

    @Test func `a connection is accepted on its listener and served until it ends`() throws {
        let addresses = [try address(), try address()]
        let thread = try serve(addresses)
        try #require(logged("serving"))
        do {
            let client = try connection(to: addresses[1].port)
            #expect(send([1, 2, 3], to: client.number))
            #expect(bytes(from: client.number, atMost: 8) == [1, 2, 3])
        }
        thread.join()
        let expected = ["serving", "accepted 1 127.0.0.1", "echoed 3", "ended"]
        #expect(log.withLock { $0 } == expected)
    }

    @Test func `a reminder comes again as long as its handler asks for it`() throws {
        let (mailbox, log) = (mailbox, log)
        let start = Clock.milliseconds
        let thread = try Thread.start("reactor") {
            guard let handler = try? EchoHandler(mailbox, log) else { return }
            handler.reactor.remind(77, at: handler.reactor.now + 60)
            handler.reactor.run(handler)
        }
        thread.join()
        #expect(log.withLock { $0 } == ["due 77 1", "due 77 2", "due 77 3"])
        #expect(Clock.milliseconds - start >= 180)
    }

    @Test func `nothing is accepted without room, and again when there is some`() throws {
        let address = try address()
        let thread = try serve([address], hasRoom: false)
        try #require(logged("serving"))
        let client = try connection(to: address.port)
        #expect(send([9], to: client.number))
        // Longer than one pause: the reactor has looked for room in vain.
        #expect(!logged("accepted 0 127.0.0.1", milliseconds: 250))
        mailbox.post(1)
        #expect(logged("accepted 0 127.0.0.1"))
        #expect(bytes(from: client.number, atMost: 8) == [9])
        mailbox.post(0)
        thread.join()
    }

    @Test func `listeners that are closed accept nothing, and mail still comes`() throws {
        let address = try address()
        let thread = try serve([address])
        try #require(logged("serving"))
        let before = try connection(to: address.port)
        #expect(logged("accepted 0 127.0.0.1"))
        mailbox.post(2)
        mailbox.post(3)
        #expect(logged("mail 3"))
        #expect(throws: SystemError.self) { _ = try connection(to: address.port) }
        // A connection that was accepted before is served on.
        #expect(send([4], to: before.number))
        #expect(bytes(from: before.number, atMost: 8) == [4])
        mailbox.post(0)
        thread.join()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Reactor

struct MailboxTests {
    private let mailbox: Mailbox<Int>

    init() throws {
        mailbox = try Mailbox()
    }

    /// How often the bell was rung since it was last silenced; silences it.
    private func rings() -> UInt64 {
        var count: UInt64 = 0
        // SAFETY: an eventfd gives its counter in eight bytes.
        return unsafe read(mailbox.bellDescriptor, &count, 8) == 8 ? count : 0
    }

    private func isRinging() throws -> Bool {
        var poller = try Poller()
        try poller.watch(mailbox.bellDescriptor, for: .readable, token: 1)
        return poller.wait(milliseconds: 0) == 1
    }

    @Test func `messages come in the order of their posting, once`() {
        for message in 1...5 { mailbox.post(message) }
        #expect(mailbox.collect() == [1, 2, 3, 4, 5])
        #expect(mailbox.collect() == [])
        mailbox.post(6)
        #expect(mailbox.collect() == [6])
    }

    @Test func `several messages ring once, and none not at all`() {
        mailbox.post([])
        #expect(rings() == 0 && mailbox.collect() == [])
        mailbox.post([1, 2, 3])
        mailbox.post([4, 5])
        mailbox.post(6)
        #expect(rings() == 1)
        #expect(mailbox.collect() == [1, 2, 3, 4, 5, 6])
        mailbox.post([7])
        #expect(rings() == 1)
    }

    @Test func `the bell rings until the messages are collected`() throws {
        #expect(try !isRinging())
        mailbox.post(1)
        #expect(try isRinging())
        #expect(try isRinging())
        #expect(mailbox.collect() == [1])
        #expect(try !isRinging())
    }

    @Test func `an empty box stays silent when it is collected`() throws {
        #expect(mailbox.collect() == [])
        #expect(try !isRinging())
    }

    @Test func `only the first message rings, and the first after a collection`() {
        #expect(rings() == 0)
        for message in 1...10 { mailbox.post(message) }
        #expect(rings() == 1)
        mailbox.post(11)
        #expect(rings() == 0)
        #expect(mailbox.collect().count == 11)
        mailbox.post(12)
        #expect(rings() == 1)
    }

    @Test func `a collector that answers the bell misses no message of any thread`() throws {
        let (posters, each) = (4, 2_000)
        let mailbox = mailbox
        var poller = try Poller()
        try poller.watch(mailbox.bellDescriptor, for: .readable, token: 1)
        let threads = try (0..<posters).map { poster in
            try Thread.start("poster-\(poster)") {
                for number in 0..<each { mailbox.post(poster * each + number) }
            }
        }
        var received = [[Int]](repeating: [], count: posters)
        var count = 0
        // A message without a ring would leave the wait without an event.
        while count < posters * each, poller.wait(milliseconds: 10_000) == 1 {
            for message in mailbox.collect() {
                received[message / each].append(message % each)
                count += 1
            }
        }
        for thread in threads { thread.join() }
        #expect(received.allSatisfy { $0 == Array(0..<each) })
    }
}

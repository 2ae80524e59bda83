// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Reactor

struct PollerTests {
    /// The events of one wait, in any order.
    private func wait(_ poller: inout Poller, milliseconds: Int = 0) -> [Token: Readiness] {
        var found: [Token: Readiness] = [:]
        for index in 0..<poller.wait(milliseconds: milliseconds) {
            let event = poller.event(at: index)
            found[event.token] = event.readiness
        }
        return found
    }

    private func errorNumber(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SystemError)?.code
        }
    }

    @Test func `a descriptor is reported with its token while it can be read`() throws {
        var poller = try Poller()
        let pipe = try Pipe()
        let token: Token = 0x8000_0001_0000_0002
        try poller.watch(pipe.reading.number, for: .readable, token: token)
        #expect(wait(&poller) == [:])
        #expect(send([1, 2], to: pipe.writing.number))
        #expect(wait(&poller) == [token: .readable])
        // Level triggered: what is left is reported again.
        #expect(bytes(from: pipe.reading.number, atMost: 1) == [1])
        #expect(wait(&poller) == [token: .readable])
        #expect(bytes(from: pipe.reading.number, atMost: 1) == [2])
        #expect(wait(&poller) == [:])
    }

    @Test func `a descriptor is reported while it can be written`() throws {
        var poller = try Poller()
        let pipe = try Pipe(nonblocking: true)
        try poller.watch(pipe.writing.number, for: .writable, token: 3)
        #expect(wait(&poller) == [3: .writable])
        let page = [UInt8](repeating: 0, count: 4_096)
        // SAFETY: exactly the array's bytes are read.
        while unsafe write(pipe.writing.number, page, page.count) > 0 {}
        #expect(wait(&poller) == [:])
        #expect(bytes(from: pipe.reading.number, atMost: 8_192)?.count == 8_192)
        #expect(wait(&poller) == [3: .writable])
    }

    @Test func `edge-triggered, what has come is told once, and more of it again`() throws {
        var poller = try Poller()
        let pipe = try Pipe()
        try poller.watch(pipe.reading.number, for: [.readable, .edgeTriggered], token: 6)
        #expect(send([1, 2], to: pipe.writing.number))
        #expect(wait(&poller) == [6: .readable])
        #expect(wait(&poller) == [:])
        #expect(send([3], to: pipe.writing.number))
        #expect(wait(&poller) == [6: .readable])
        // Level-triggered from here on: what is there still is told of.
        try poller.change(pipe.reading.number, to: .readable, token: 6)
        #expect(wait(&poller) == [6: .readable])
        #expect(wait(&poller) == [6: .readable])
    }

    @Test func `a changed interest and a changed token count from the next wait`() throws {
        var poller = try Poller()
        let pipe = try Pipe()
        try poller.watch(pipe.reading.number, for: .readable, token: 4)
        #expect(send([1], to: pipe.writing.number))
        try poller.change(pipe.reading.number, to: [], token: 4)
        #expect(wait(&poller) == [:])
        try poller.change(pipe.reading.number, to: .readable, token: 5)
        #expect(wait(&poller) == [5: .readable])
    }

    @Test func `a forgotten descriptor is not reported`() throws {
        var poller = try Poller()
        let pipe = try Pipe()
        try poller.watch(pipe.reading.number, for: .readable, token: 6)
        #expect(send([1], to: pipe.writing.number))
        poller.forget(pipe.reading.number)
        #expect(wait(&poller) == [:])
        // To forget what is not watched does nothing.
        poller.forget(pipe.reading.number)
        try poller.watch(pipe.reading.number, for: .readable, token: 7)
        #expect(wait(&poller) == [7: .readable])
    }

    @Test func `a closed descriptor is not reported`() throws {
        var poller = try Poller()
        do {
            let pipe = try Pipe()
            try poller.watch(pipe.reading.number, for: .readable, token: 8)
            #expect(send([1], to: pipe.writing.number))
            #expect(wait(&poller) == [8: .readable])
        }
        #expect(wait(&poller) == [:])
    }

    @Test func `an end that hangs up is reported even when nothing is asked for`() throws {
        var poller = try Poller()
        let pipe = try Pipe()
        try poller.watch(pipe.reading.number, for: [], token: 9)
        #expect(wait(&poller) == [:])
        let reading = pipe.closeWriting()
        #expect(wait(&poller) == [9: .broken])
        #expect(bytes(from: reading.number, atMost: 1) == [])
    }

    @Test func `a descriptor is watched once, and changed only while it is watched`() throws {
        let poller = try Poller()
        let pipe = try Pipe()
        let number = pipe.reading.number
        #expect(errorNumber { try poller.change(number, to: .readable, token: 1) } == ENOENT)
        #expect(errorNumber { try poller.watch(number, for: .readable, token: 1) } == nil)
        #expect(errorNumber { try poller.watch(number, for: .readable, token: 2) } == EEXIST)
        #expect(errorNumber { try poller.change(number, to: [], token: 2) } == nil)
        #expect(errorNumber { try poller.watch(-1, for: .readable, token: 3) } == EBADF)
    }

    @Test func `more events than one wait takes come with the next ones`() throws {
        var poller = try Poller()
        let boxes = try (0..<300).map { _ in try Mailbox<Int>() }
        for (index, box) in boxes.enumerated() {
            try poller.watch(box.bellDescriptor, for: .readable, token: Token(index))
            box.post(index)
        }
        let first = wait(&poller)
        #expect(first.count == 256)
        for token in first.keys { #expect(boxes[Int(token)].collect() == [Int(token)]) }
        let second = wait(&poller)
        #expect(second.count == 44)
        #expect(Set(first.keys).isDisjoint(with: second.keys))
    }

    @Test func `a wait without events ends after its time`() throws {
        var poller = try Poller()
        let start = Clock.nanoseconds
        #expect(wait(&poller, milliseconds: 30) == [:])
        #expect(Clock.nanoseconds - start >= 29_000_000)
    }

    @Test func `a wait ends when another thread brings an event`() throws {
        var poller = try Poller()
        let mailbox = try Mailbox<Int>()
        try poller.watch(mailbox.bellDescriptor, for: .readable, token: 1)
        let thread = try Thread.start("poster") { mailbox.post(1) }
        #expect(wait(&poller, milliseconds: -1) == [1: .readable])
        thread.join()
    }
}

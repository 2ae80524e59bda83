// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reactor

struct LockTests {
    private struct BodyError: Error {}

    @Test func `no change of another thread gets lost`() throws {
        let lock = Lock(0)
        let threads = try (0..<4).map { number in
            try Thread.start("adder-\(number)") {
                for _ in 0..<5_000 { lock.withLock { $0 += 1 } }
            }
        }
        for thread in threads { thread.join() }
        #expect(lock.withLock { $0 } == 20_000)
    }

    @Test func `a body that throws lets go of the lock and keeps its changes`() {
        let lock = Lock(0)
        #expect(throws: BodyError.self) {
            try lock.withLock { state in
                state = 1
                throw BodyError()
            }
        }
        #expect(lock.withLock { $0 } == 1)
    }

    @Test func `waiting ends at once where the state is already right`() {
        let lock = Lock(5)
        #expect(lock.wait { $0 == 5 ? "five" : nil } == "five")
        #expect(lock.wait(milliseconds: 0) { $0 == 5 ? "five" : nil } == "five")
    }

    @Test func `waiting ends when another thread signals the right state`() throws {
        let lock = Lock(0)
        let thread = try Thread.start("counter") {
            for _ in 0..<100 {
                lock.withLock { $0 += 1 }
                lock.signal()
            }
        }
        #expect(lock.wait { $0 == 100 ? $0 : nil } == 100)
        thread.join()
    }

    @Test func `a wait with a bound gives up, not before its time`() {
        let lock = Lock(0)
        let start = Clock.milliseconds
        #expect(lock.wait(milliseconds: 60) { $0 == 1 ? $0 : nil } == nil)
        #expect(Clock.milliseconds - start >= 60)
        #expect(lock.withLock { $0 } == 0)
    }

    @Test func `signals for another state do not end a wait`() throws {
        let lock = Lock(0)
        let thread = try Thread.start("nudger") {
            for _ in 0..<20 { lock.signal(all: true) }
        }
        #expect(lock.wait(milliseconds: 60) { $0 == 1 ? $0 : nil } == nil)
        thread.join()
    }

    @Test func `a wait with a bound ends early when the state is right`() throws {
        let lock = Lock(0)
        let thread = try Thread.start("setter") {
            lock.withLock { $0 = 1 }
            lock.signal()
        }
        let start = Clock.milliseconds
        #expect(lock.wait(milliseconds: 20_000) { $0 == 1 ? $0 : nil } == 1)
        #expect(Clock.milliseconds - start < 10_000)
        thread.join()
    }

    @Test func `a signal for all wakes every waiting thread`() throws {
        let lock = Lock((waiting: 0, isOpen: false))
        let threads = try (0..<4).map { number in
            try Thread.start("waiter-\(number)") {
                lock.withLock { $0.waiting += 1 }
                lock.wait { $0.isOpen ? () : nil }
            }
        }
        while lock.withLock({ $0.waiting }) < 4 {}
        lock.withLock { $0.isOpen = true }
        lock.signal(all: true)
        for thread in threads { thread.join() }
        #expect(lock.withLock { $0.waiting } == 4)
    }

    @Test func `the state is let go with its lock`() {
        final class State {}
        weak var witness: State?
        do {
            let lock = Lock(State())
            lock.withLock { witness = $0 }
            #expect(witness != nil)
        }
        #expect(witness == nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import Reactor

struct ThreadTests {
    /// The calling thread's name, from the system.
    private static func ownName() -> String {
        guard let bytes = try? DataFile.read("/proc/thread-self/comm") else { return "?" }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    @Test func `a body runs on a thread of its own, and join waits for its end`() throws {
        let facts = Lock<[UInt]>([])
        let gate = Gate()
        let thread = try Thread.start("other") {
            gate.pass()
            facts.withLock { $0.append(UInt(pthread_self())) }
        }
        #expect(facts.withLock { $0.isEmpty })
        gate.open()
        thread.join()
        let seen = facts.withLock { $0 }
        #expect(seen.count == 1)
        #expect(seen.first != UInt(pthread_self()))
    }

    @Test(arguments: [
        ("reactor-0", "reactor-0"), ("exactly-15-long", "exactly-15-long"),
        ("sixteen-is-long-", "sixteen-is-long"), ("", ""),
    ])
    func `a thread shows its name, at most 15 characters of it`(
        name: String,
        shown: String
    ) throws {
        let seen = Lock("?")
        try Thread.start(name) { seen.withLock { $0 = Self.ownName() } }.join()
        #expect(seen.withLock { $0 } == shown)
    }

    @Test func `values that are not Sendable may live and die on the thread`() throws {
        final class Local {
            var count = 0
        }
        let total = Lock(0)
        let thread = try Thread.start("local") {
            let local = Local()
            for _ in 0..<10 { local.count += 1 }
            total.withLock { $0 = local.count }
        }
        thread.join()
        #expect(total.withLock { $0 } == 10)
    }

    @Test func `the body is let go when it has returned`() throws {
        final class Luggage: Sendable {}
        weak var witness: Luggage?
        let thread: Thread
        do {
            let luggage = Luggage()
            witness = luggage
            thread = try Thread.start("porter") { withExtendedLifetime(luggage) {} }
        }
        thread.join()
        #expect(witness == nil)
    }
}

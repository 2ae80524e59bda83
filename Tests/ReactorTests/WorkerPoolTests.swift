// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reactor

struct WorkerPoolTests {
    private let done = Lock<[Int]>([])

    private func note(_ number: Int) -> @Sendable () -> Void {
        { [done] in done.withLock { $0.append(number) } }
    }

    private var noted: [Int] { done.withLock { $0 } }

    /// Occupies one thread of the pool until the gate opens.
    private func occupy(_ pool: WorkerPool, until gate: Gate) -> Bool {
        let started = Gate()
        let taken = pool.submit {
            started.open()
            gate.pass()
        }
        return taken && started.pass()
    }

    @Test func `a job runs, and its thread waits for the next one`() throws {
        let pool = try WorkerPool(threads: 1, capacity: 4)
        for number in 1...3 {
            let ran = Gate()
            let job = note(number)
            let taken = pool.submit {
                job()
                ran.open()
            }
            #expect(taken && ran.pass())
        }
        #expect(noted == [1, 2, 3])
        pool.stop()
    }

    @Test func `what does not fit into the queue is refused and never runs`() throws {
        let pool = try WorkerPool(threads: 1, capacity: 2)
        let gate = Gate()
        try #require(occupy(pool, until: gate))
        #expect(pool.submit(note(1)))
        #expect(pool.submit(note(2)))
        #expect(!pool.submit(note(3)))
        #expect(!pool.submit(note(4)))
        gate.open()
        pool.stop()
        #expect(noted == [1, 2])
    }

    @Test func `a queue that was full takes jobs again`() throws {
        let pool = try WorkerPool(threads: 1, capacity: 1)
        let (first, second, between) = (Gate(), Gate(), Gate())
        try #require(occupy(pool, until: first))
        let taken = pool.submit {
            between.open()
            second.pass()
        }
        #expect(taken && !pool.submit(note(1)))
        first.open()
        #expect(between.pass())
        #expect(pool.submit(note(2)))
        #expect(!pool.submit(note(3)))
        second.open()
        pool.stop()
        #expect(noted == [2])
    }

    @Test func `one thread runs jobs in the order of their submission`() throws {
        let pool = try WorkerPool(threads: 1, capacity: 500)
        for number in 0..<500 { #expect(pool.submit(note(number))) }
        pool.stop()
        #expect(noted == Array(0..<500))
    }

    @Test func `several threads run jobs at the same time`() throws {
        let pool = try WorkerPool(threads: 2, capacity: 2)
        let (here, there) = (Gate(), Gate())
        let met = Lock(0)
        // Each waits for the other: on one thread neither would end.
        for (own, other) in [(here, there), (there, here)] {
            let taken = pool.submit {
                own.open()
                if other.pass() { met.withLock { $0 += 1 } }
            }
            #expect(taken)
        }
        pool.stop()
        #expect(met.withLock { $0 } == 2)
    }

    @Test func `stop runs what is queued before it returns`() throws {
        let pool = try WorkerPool(threads: 2, capacity: 100)
        let gate = Gate()
        try #require(occupy(pool, until: gate))
        try #require(occupy(pool, until: gate))
        for number in 0..<100 { #expect(pool.submit(note(number))) }
        #expect(noted == [])
        gate.open()
        pool.stop()
        #expect(noted.sorted() == Array(0..<100))
    }

    @Test func `a stopped pool refuses jobs`() throws {
        let pool = try WorkerPool(threads: 1, capacity: 10)
        #expect(pool.submit(note(1)))
        pool.stop()
        #expect(!pool.submit(note(2)))
        pool.stop()
        #expect(noted == [1])
    }

    @Test func `a job may submit another one`() throws {
        let pool = try WorkerPool(threads: 1, capacity: 1)
        let submitted = Gate()
        let answer = Lock<Bool?>(nil)
        let next = note(1)
        let taken = pool.submit {
            // The queue counts those that wait, not the one that runs.
            let taken = pool.submit(next)
            answer.withLock { $0 = taken }
            submitted.open()
        }
        #expect(taken && submitted.pass())
        pool.stop()
        #expect(answer.withLock { $0 } == true)
        #expect(noted == [1])
    }

    @Test func `jobs of many threads all run, or were refused`() throws {
        let pool = try WorkerPool(threads: 2, capacity: 8)
        let (ran, refused) = (Lock(0), Lock(0))
        let threads = try (0..<4).map { number in
            try Thread.start("submitter-\(number)") {
                for _ in 0..<1_000 where !pool.submit({ ran.withLock { $0 += 1 } }) {
                    refused.withLock { $0 += 1 }
                }
            }
        }
        for thread in threads { thread.join() }
        pool.stop()
        #expect(ran.withLock { $0 } + refused.withLock { $0 } == 4_000)
        #expect(ran.withLock { $0 } > 0)
    }

    @Test func `a job that has run is let go while others still wait`() throws {
        final class Luggage: Sendable {}
        let pool = try WorkerPool(threads: 1, capacity: 4)
        let (first, second) = (Gate(), Gate())
        try #require(occupy(pool, until: first))
        weak var witness: Luggage?
        do {
            let luggage = Luggage()
            witness = luggage
            #expect(pool.submit { withExtendedLifetime(luggage) {} })
        }
        let reached = Gate()
        let taken = pool.submit {
            reached.open()
            second.pass()
        }
        #expect(taken && pool.submit {})
        #expect(witness != nil)
        first.open()
        #expect(reached.pass())
        // A queue that is never empty must not grow, nor keep what its jobs held.
        #expect(witness == nil)
        second.open()
        pool.stop()
    }
}

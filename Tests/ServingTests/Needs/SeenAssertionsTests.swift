// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Reactor
import Testing

@testable import Serving

struct SeenAssertionsTests {
    private func digest(_ number: Int) -> Digest256 {
        Digest256.of(Array("\(number)".utf8))
    }

    @Test func `an assertion is used once until it ends`() {
        let seen = SeenAssertions()
        #expect(seen.isFirstUse(of: digest(1), until: 100, now: 10))
        #expect(!seen.isFirstUse(of: digest(1), until: 100, now: 10))
        #expect(!seen.isFirstUse(of: digest(1), until: 900, now: 99))
        #expect(seen.isFirstUse(of: digest(2), until: 100, now: 10))
        // The use has expired; the same digest is a new one.
        #expect(seen.isFirstUse(of: digest(1), until: 200, now: 100))
        #expect(!seen.isFirstUse(of: digest(1), until: 200, now: 199))
    }

    @Test func `a full memory refuses new ones and forgets none of the old`() {
        // One for each of the 64 shards.
        let seen = SeenAssertions(countMax: 64)
        let taken = (0..<2_000).filter { seen.isFirstUse(of: digest($0), until: 100, now: 10) }
        #expect(taken.count == 64)
        #expect(seen.count == 64)
        for number in taken { #expect(!seen.isFirstUse(of: digest(number), until: 100, now: 99)) }
        #expect(!seen.isFirstUse(of: digest(3_000), until: 100, now: 99))
        // When they have ended there is room again.
        let later = (0..<2_000).filter { seen.isFirstUse(of: digest($0), until: 200, now: 100) }
        #expect(later.count == 64)
        #expect(seen.count == 64)
    }

    @Test func `only what has ended makes room`() {
        let seen = SeenAssertions(countMax: 64 * 100)
        // Half of them end early.
        let first = (0..<20_000).filter { number in
            seen.isFirstUse(of: digest(number), until: number % 2 == 0 ? 50 : 500, now: 10)
        }
        #expect(seen.count == first.count)
        #expect(first.count == 64 * 100)
        let second = (20_000..<40_000).filter { number in
            seen.isFirstUse(of: digest(number), until: 500, now: 50)
        }
        #expect(second.count == first.count(where: { $0 % 2 == 0 }))
        for number in first + second where number % 2 == 1 || number >= 20_000 {
            #expect(!seen.isFirstUse(of: digest(number), until: 600, now: 60))
        }
    }

    @Test func `what has ended is forgotten without being asked for`() {
        let seen = SeenAssertions()
        for now in 0..<2_000 {
            for number in 0..<50 {
                let name = digest(now * 50 + number)
                #expect(seen.isFirstUse(of: name, until: Int64(now) + 60, now: Int64(now)))
            }
        }
        // 3000 live at once; without forgetting there would be 100,000.
        #expect(seen.count < 20_000)
    }

    @Test func `of many uses at once exactly one is the first`() throws {
        let seen = SeenAssertions()
        let wins = Lock([Int](repeating: 0, count: 5_000))
        let gate = Lock(false)
        let threads = try (0..<8).map { number in
            try Thread.start("user-\(number)") {
                gate.wait { $0 ? () : nil }
                for index in 0..<5_000 {
                    let name = Digest256.of(Array("\(index)".utf8))
                    guard seen.isFirstUse(of: name, until: 100, now: 10) else { continue }
                    wins.withLock { $0[index] += 1 }
                }
            }
        }
        gate.withLock { $0 = true }
        gate.signal(all: true)
        for thread in threads { thread.join() }
        #expect(wins.withLock { $0 }.allSatisfy { $0 == 1 })
        #expect(seen.count == 5_000)
    }

    @Test func `a clock that jumps ahead and comes back forgets nothing`() {
        let seen = SeenAssertions(countMax: 64, steadyNow: { 1_000 })
        let digest = Digest256.of([1])
        #expect(seen.isFirstUse(of: digest, until: 1_300, now: 1_000))
        // An hour ahead the assertion is over; others come, and the memory is swept.
        for number in 2..<200 as Range<UInt8> {
            _ = seen.isFirstUse(of: Digest256.of([number]), until: 4_900, now: 4_600)
        }
        #expect(!seen.isFirstUse(of: digest, until: 1_300, now: 1_010))
    }

    @Test func `a clock that is put back forgets nothing`() {
        let steady = Lock<Int64>(1_000)
        let seen = SeenAssertions(countMax: 64, steadyNow: { steady.withLock { $0 } })
        let digest = Digest256.of([1])
        #expect(seen.isFirstUse(of: digest, until: 5_300, now: 5_000))
        steady.withLock { $0 = 1_400 }
        // An hour earlier the assertion is good for an hour more.
        #expect(!seen.isFirstUse(of: digest, until: 5_300, now: 1_800))
    }

    @Test func `what an earlier process has used is used, until both clocks say that it is over`() {
        let steady = Lock<Int64>(50)
        let seen = SeenAssertions(countMax: 64, steadyNow: { steady.withLock { $0 } })
        // More than the bound: none of them may be forgotten.
        for number in 0..<200 { seen.recall(digest(number), until: 1_300, steadyUntil: 350) }
        #expect(seen.count == 200)
        for number in 0..<200 {
            #expect(!seen.isFirstUse(of: digest(number), until: 1_300, now: 1_000))
            #expect(!seen.isFirstUse(of: digest(number), until: 9_300, now: 9_000))
        }
        steady.withLock { $0 = 350 }
        #expect(!seen.isFirstUse(of: digest(0), until: 1_300, now: 1_299))
        #expect(seen.isFirstUse(of: digest(0), until: 1_600, now: 1_300))
        #expect(!seen.isFirstUse(of: digest(0), until: 1_600, now: 1_300))
        // And there is room for new ones.
        for number in 1_000..<1_500 {
            _ = seen.isFirstUse(of: digest(number), until: 1_600, now: 1_300)
        }
        #expect(seen.count <= 64)
    }

    @Test func `a use that is given back may be made once more`() {
        let seen = SeenAssertions()
        #expect(seen.isFirstUse(of: digest(1), until: 100, now: 10))
        #expect(seen.isFirstUse(of: digest(2), until: 100, now: 10))
        seen.forget(digest(1))
        seen.forget(digest(3))
        #expect(seen.isFirstUse(of: digest(1), until: 100, now: 10))
        #expect(!seen.isFirstUse(of: digest(1), until: 100, now: 10))
        #expect(!seen.isFirstUse(of: digest(2), until: 100, now: 10))
    }

    @Test func `a clock that stays ahead does not fill the memory`() {
        let steady = Lock<Int64>(0)
        let seen = SeenAssertions(countMax: 64 * 100, steadyNow: { steady.withLock { $0 } })
        for round in 0..<200 as Range<Int64> {
            steady.withLock { $0 = round * 400 }
            for number in 0..<50 as Range<UInt8> {
                let digest = Digest256.of([number, UInt8(round)])
                let now = 1_000_000 + round * 400
                #expect(seen.isFirstUse(of: digest, until: now + 300, now: now))
            }
        }
        #expect(seen.count < 64 * 100)
    }
}

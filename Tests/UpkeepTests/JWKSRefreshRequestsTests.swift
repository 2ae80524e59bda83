// SPDX-License-Identifier: Apache-2.0
import OAuth
import Reactor
import Testing

@testable import Upkeep

@Suite struct `Asking for the keys of clients` {
    private let requests = JWKSRefreshRequests()
    private let answered = Lock(0)

    private func ask(_ client: String, now: UInt64) -> Bool {
        requests.ask(.client(client), now: now) { [answered] in answered.withLock { $0 += 1 } }
    }

    /// Those since the last look.
    private var answers: Int {
        answered.withLock { count in
            defer { count = 0 }
            return count
        }
    }

    @Test func `whoever asks while others wait is answered with them`() {
        #expect(ask("a", now: 1_000) && ask("a", now: 1_001) && ask("b", now: 1_002))
        #expect(requests.takeWanted() == ["a", "b"])
        #expect(requests.takeWanted() == [])
        requests.answer("a")
        #expect(answers == 2)
        requests.answer("a")
        #expect(answers == 0)
        requests.answer("b")
        #expect(answers == 1)
    }

    @Test func `a client's keys are asked for once a minute`() {
        #expect(ask("a", now: 1_000))
        #expect(requests.takeWanted() == ["a"])
        requests.answer("a")
        #expect(!ask("a", now: 60_999))
        #expect(ask("b", now: 60_999))
        #expect(ask("a", now: 61_000))
        #expect(requests.takeWanted() == ["b", "a"])
    }

    @Test func `a request that another's fetch has answered is no reason to fetch, nor to wait`() {
        #expect(ask("a", now: 1_000) && ask("b", now: 1_000))
        requests.answer("a")
        #expect(answers == 1)
        #expect(requests.takeWanted() == ["b"])
        #expect(ask("a", now: 1_001))
        #expect(requests.takeWanted() == ["a"])
    }

    @Test func `what was fetched anyway does not count`() {
        #expect(ask("a", now: 1_000))
        requests.resetThrottle("a")
        requests.answer("a")
        #expect(ask("a", now: 1_001))
    }

    @Test func `no more than a bounded number waits`() {
        var taken = 0
        for number in 0..<2_000 where ask("\(number)", now: 1_000) { taken += 1 }
        #expect(taken == 1_024)
        requests.answer("0")
        #expect(ask("late", now: 1_000))
    }

    @Test func `one client's requests do not take the places of others`() {
        var taken = 0
        for _ in 0..<100 where ask("slow", now: 1_000) { taken += 1 }
        #expect(taken == 64)
        #expect(ask("other", now: 1_000))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing

@testable import Serving

struct WaitingConnectionsTests {
    @Test func `the most urgent kind that is allowed comes first, and each in its order`() {
        var waiting = WaitingConnections()
        #expect(waiting.isEmpty)
        let kinds: [TurnBudget.Work] = [
            .pipelined, .beginningOverShare, .beginning, .finishing, .beginning,
        ]
        for (index, work) in kinds.enumerated() {
            waiting.add(Token(index), for: work) { _ in true }
        }
        let first = waiting.next { $0 == .pipelined }
        let second = waiting.next { $0 == .pipelined }
        let none = waiting.next { _ in false }
        #expect(first?.token == 0 && second == nil && none == nil)
        #expect(!waiting.isEmpty)
        var order: [Token] = []
        while let (_, token) = waiting.next(where: { _ in true }) { order.append(token) }
        #expect(order == [3, 2, 4, 1])
        #expect(waiting.isEmpty)
    }

    @Test func `connections that have ended do not make a queue grow without end`() {
        var queue = TokenQueue()
        for token in 0..<100_000 as Range<Token> {
            // All but the last hundred have ended.
            queue.add(token) { $0 + 100 > token }
        }
        #expect(queue.places <= 1024 + 1)
        var tokens: [Token] = []
        while let token = queue.next() { tokens.append(token) }
        #expect(tokens.suffix(100) == Array(99_900..<100_000)[...])
        #expect(tokens == tokens.sorted())
        let none = queue.next()
        #expect(queue.isEmpty && none == nil)
    }

    @Test func `connections that live are all kept`() {
        var queue = TokenQueue()
        for token in 0..<10_000 as Range<Token> { queue.add(token) { _ in true } }
        let all = (0..<10_000).map { _ in queue.next() }
        #expect(all == (0..<10_000).map { Token($0) })
        #expect(queue.isEmpty)
        queue.add(7) { _ in true }
        let last = queue.next()
        #expect(last == 7)
    }
}

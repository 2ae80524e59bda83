// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing

@testable import Serving

struct HalfOpenOrderTests {
    private func order(_ tokens: Range<Token>) -> HalfOpenOrder {
        var order = HalfOpenOrder()
        for token in tokens { order.add(token) { _ in true } }
        return order
    }

    @Test func `of equals the oldest gives way`() {
        var order = order(0..<50)
        let taken = (0..<51).map { _ in order.evict { _ in 1 } }
        let expected: [Token?] = (0..<50).map { Token($0) }
        #expect(taken == expected + [nil])
    }

    @Test func `the source with the most handshakes gives way, and the others keep their order`() {
        var order = order(0..<10)
        let first = order.evict { $0 == 4 || $0 == 6 ? 900 : 1 }
        let second = order.evict { $0 == 6 ? 900 : 1 }
        #expect(first == 4 && second == 6)
        let rest = (0..<8).compactMap { _ in order.evict { _ in 1 } }
        #expect(rest == [0, 1, 2, 3, 5, 7, 8, 9])
    }

    @Test func `a handshake that is over does not give way`() {
        var order = order(0..<200)
        let first = order.evict { $0 < 150 || $0 == 160 ? nil : 1 }
        let second = order.evict { $0 == 155 ? 2 : nil }
        let third = order.evict { _ in nil }
        #expect(first == 150 && second == 155 && third == nil)
    }

    @Test func `an honest peer outlives a flood from one source`() {
        var order = HalfOpenOrder()
        // One honest handshake after forty of the flood, which goes on.
        for token in 0..<2000 as Range<Token> { order.add(token) { _ in true } }
        let honest: Set<Token> = [0, 41, 500, 1999]
        for token in 2000..<20_000 as Range<Token> {
            let gone = order.evict { honest.contains($0) ? 1 : 1996 }
            #expect(gone != nil && !honest.contains(gone ?? 0))
            order.remove()
            order.add(token) { _ in true }
        }
        #expect(order.count == 2000)
    }
}

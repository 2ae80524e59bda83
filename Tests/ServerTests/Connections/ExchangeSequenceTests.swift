// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import OAuth
@testable import Server

/// Which request of a connection an answer of another thread is for.
struct ExchangeSequenceTests {
    private let refusal = Continuation.again(
        Refusal(.invalidClient(.certificateNotRegistered), of: .inForm)
    )

    @Test func `an answer finds the request that waits for it, once`() {
        var exchanges = ExchangeSequence()
        exchanges.begin()
        exchanges.park(refusal, [1, 2])
        let found = exchanges.take(exchanges.number)
        #expect(found?.request == [1, 2])
        #expect(exchanges.take(exchanges.number) == nil)
    }

    @Test func `a late answer does not meet the next request`() {
        var exchanges = ExchangeSequence()
        exchanges.begin()
        let late = exchanges.number
        exchanges.park(refusal, [1])
        exchanges.begin()
        #expect(exchanges.number != late && exchanges.take(late) == nil)
        exchanges.park(refusal, [2])
        #expect(exchanges.take(late) == nil)
        #expect(exchanges.take(late + 2) == nil)
        #expect(exchanges.take(exchanges.number)?.request == [2])
    }

    @Test func `a request that does not wait has no answer coming`() {
        var exchanges = ExchangeSequence()
        #expect(exchanges.take(0) == nil)
        exchanges.begin()
        #expect(exchanges.take(exchanges.number) == nil)
    }

    @Test func `names of requests differ by connection and by number`() {
        let first = ExchangeID(connection: 1, number: 1)
        #expect(first == ExchangeID(connection: 1, number: 1))
        #expect(first != ExchangeID(connection: 2, number: 1))
        #expect(first != ExchangeID(connection: 1, number: 2))
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTP
import Telemetry
import Testing

@testable import OAuth
@testable import Serving

/// Which request of a connection an answer of another thread is for.
struct ExchangeTests {
    private let reason = Continuation.again(
        RefusedRequest(.invalidClient(.certificateNotRegistered), of: .inForm)
    )

    @Test func `an answer finds the request that waits for it, once`() {
        var exchange = Exchange()
        exchange.begin()
        exchange.park(reason, [1, 2])
        let found = exchange.take(exchange.number)
        #expect(found?.request == [1, 2])
        #expect(exchange.take(exchange.number) == nil)
    }

    @Test func `a late answer does not meet the next request`() {
        var exchange = Exchange()
        exchange.begin()
        let late = exchange.number
        exchange.park(reason, [1])
        exchange.begin()
        #expect(exchange.number != late && exchange.take(late) == nil)
        exchange.park(reason, [2])
        #expect(exchange.take(late) == nil)
        #expect(exchange.take(late + 2) == nil)
        #expect(exchange.take(exchange.number)?.request == [2])
    }

    @Test func `a request that does not wait has no answer coming`() {
        var exchange = Exchange()
        #expect(exchange.take(0) == nil)
        exchange.begin()
        #expect(exchange.take(exchange.number) == nil)
    }

    @Test func `the next request has nothing of the one before, but that it has waited`() {
        var exchange = Exchange()
        exchange.begin()
        exchange.endpoint = .token
        exchange.crossOrigin = .refused
        exchange.hasWaitedForKeys = true
        exchange.begin()
        #expect(exchange.endpoint == .other && exchange.crossOrigin == .unknown)
        // Decided once more, a request begins anew; it waits no second time.
        #expect(exchange.hasWaitedForKeys)
        exchange.end()
        #expect(!exchange.hasWaitedForKeys)
    }

    @Test func `names of requests differ by connection and by number`() {
        let first = ExchangeID(connection: 1, number: 1)
        #expect(first == ExchangeID(connection: 1, number: 1))
        #expect(first != ExchangeID(connection: 2, number: 1))
        #expect(first != ExchangeID(connection: 1, number: 2))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Reactor
import Testing

@testable import LoadTarget

/// Limits of requests and connections, which count what a client does.
struct LimitTests {
    @Test func `a client has its requests in each window, and is told when the next begins`() throws
    {
        let asked = try plan(#"{"fault":"rate_limit","requests":2,"seconds":10}"#)
        let one = client("a")
        func strike(_ client: ClientCalls, _ milliseconds: Int64) -> Strike? {
            asked.strike(request: client.beginRequest(), of: client, at: .after(milliseconds))
        }
        // The window begins with the client's first request.
        #expect(strike(one, 5_000) == nil && strike(one, 14_999) == nil)
        let refused = try #require(strike(one, 14_999))
        #expect(refused.fault == .rateLimit(requests: 2, seconds: 10))
        #expect(refused.retryAfterSeconds == 1)
        #expect(strike(one, 5_001)?.retryAfterSeconds == 10)
        #expect(strike(one, 15_000) == nil)
        // Each client has its own.
        #expect(strike(client("b"), 14_999) == nil)
    }

    @Test func `a request that an earlier rule took is not counted`() throws {
        let asked = try plan(
            #"{"fault":"reset","every":2}"#,
            #"{"fault":"rate_limit","requests":2,"seconds":10}"#
        )
        let one = client("a")
        let faults = (1...6).map { asked.strike(request: $0, of: one, at: .after(0))?.fault?.kind }
        #expect(faults == [nil, .reset, nil, .reset, .rateLimit, .reset])
    }

    @Test func `a removed limit leaves nothing for one that comes after it`() throws {
        let plans = Lock([FaultPlan]())
        let rules = FaultRules { plan in plans.withLock { $0.append(plan) } }
        let text = #"{"fault":"rate_limit","requests":1,"seconds":10}"#
        let one = client("a")
        func strike() -> Strike? {
            plans.withLock { $0.last }?.strike(request: 1, of: one, at: .after(0))
        }
        let id = try #require(rules.add(try rule(text)))
        #expect(strike() == nil && strike() != nil)
        #expect(rules.remove(id))
        #expect(strike() == nil)
        _ = rules.add(try rule(text))
        #expect(strike() == nil && strike() != nil)
        one.reset()
        #expect(strike() == nil && strike() != nil)
    }

    @Test func `a limit of connections counts those that are open`() throws {
        let asked = try plan(#"{"fault":"connection_limit","connections":2}"#)
        let one = client("a")
        func strike() -> Strike? {
            asked.strike(handshake: one.beginHandshake(), of: one, at: .after(0))
        }
        #expect(strike() == nil && strike() == nil)
        #expect(strike()?.fault == .connectionLimit(connections: 2))
        one.endConnection()
        #expect(one.openConnections == 2 && strike() != nil)
        one.endConnection()
        one.endConnection()
        #expect(strike() == nil)
        #expect(one.openConnections == 2)
    }

    @Test func `two threads have together what one would have`() async throws {
        let rates = try plan(#"{"fault":"rate_limit","requests":5000,"seconds":10}"#)
        let connections = try plan(#"{"fault":"connection_limit","connections":100}"#)
        let one = client("a")
        let passed = Lock(0)
        let open = Lock(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<5000 {
                        let number = one.beginRequest()
                        if rates.strike(request: number, of: one, at: .after(0)) == nil {
                            passed.withLock { $0 += 1 }
                        }
                    }
                    for _ in 0..<100 {
                        let begun = one.beginHandshake()
                        if connections.strike(handshake: begun, of: one, at: .after(0)) == nil {
                            open.withLock { $0 += 1 }
                        }
                    }
                }
            }
        }
        #expect(passed.withLock { $0 } == 5000)
        #expect(open.withLock { $0 } == 100)
        #expect(one.beginRequest() == 10_001 && one.openConnections == 200)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LoadTarget

/// Which calls are struck.
struct FaultPlanTests {
    /// The numbers of the first `count` requests that are struck.
    private func struck(_ plan: FaultPlan, _ id: String, first count: Int) -> [Int] {
        let client = client(id)
        return (1...count).filter { _ in
            plan.strike(request: client.beginRequest(), of: client, at: .after(0)) != nil
        }
    }

    @Test func `the same seed gives the same sequence`() throws {
        let text = #"{"percent":10,"seed":1,"fault":"reset"}"#
        let first = struck(try plan(text), "load-000001", first: 10_000)
        #expect(struck(try plan(text), "load-000001", first: 10_000) == first)
        // Neither other rules nor the place among them change it.
        let behind = try plan(#"{"client":"other","fault":"silence"}"#, text)
        #expect(struck(behind, "load-000001", first: 10_000) == first)
        let otherSeed = try plan(#"{"percent":10,"seed":2,"fault":"reset"}"#)
        #expect(struck(otherSeed, "load-000001", first: 10_000) != first)
        #expect(struck(try plan(text), "load-000002", first: 10_000) != first)
        let otherFault = try plan(#"{"percent":10,"seed":1,"fault":"silence"}"#)
        #expect(struck(otherFault, "load-000001", first: 10_000) != first)
    }

    @Test func `the sequence stays what it was`() throws {
        // Pinned: a test suite that was written for a version may count on its sequences.
        let asked = try plan(#"{"percent":25,"seed":7,"fault":"status","status":503}"#)
        #expect(struck(asked, "load-000001", first: 32) == Self.pinned)
        let delay = try plan(#"{"fault":"delay","milliseconds":200,"deviation":50,"seed":7}"#)
        let client = client("load-000001")
        let lengths = (1...8).map { _ in
            delay.strike(request: client.beginRequest(), of: client, at: .after(0))?
                .delayMilliseconds
        }
        #expect(lengths == Self.pinnedLengths)
    }

    private static let pinned = [2, 19, 20, 25, 30]
    private static let pinnedLengths: [Int?] = [166, 153, 205, 256, 187, 236, 269, 219]

    @Test(arguments: [0.5, 10, 33.333333, 50, 99.9])
    func `percent holds in the long run`(percent: Double) throws {
        let asked = try plan(#"{"percent":\#(percent),"seed":3,"fault":"reset"}"#)
        let count = 100_000
        let part = percent / 100
        // Five standard deviations of a binomial distribution: one in millions fails by chance,
        // and the same numbers come each time.
        let bound = 5 * (Double(count) * part * (1 - part)).squareRoot()
        for id in ["load-000001", "load-000002", "x"] {
            let found = struck(asked, id, first: count).count
            #expect((Double(found) - Double(count) * part).magnitude < bound, "\(id): \(found)")
        }
        // Over clients as over calls.
        let firsts = (1...count).filter { !struck(asked, "load-\($0)", first: 1).isEmpty }.count
        #expect((Double(firsts) - Double(count) * part).magnitude < bound, "first calls: \(firsts)")
    }

    @Test func `two rules and two clients are struck independently`() throws {
        let count = 100_000
        let one = Set(struck(try plan(#"{"percent":50,"fault":"reset"}"#), "a", first: count))
        let others = [
            struck(try plan(#"{"percent":50,"fault":"silence"}"#), "a", first: count),
            struck(try plan(#"{"percent":50,"fault":"reset","seed":1}"#), "a", first: count),
            struck(try plan(#"{"percent":50,"fault":"reset"}"#), "b", first: count),
        ]
        for other in others {
            let both = one.intersection(other).count
            #expect((both - count / 4).magnitude < 700, "\(both)")
        }
        // Nor is a call struck because the one before it was.
        let runs = one.filter { one.contains($0 + 1) }.count
        #expect((runs - count / 4).magnitude < 700, "\(runs)")
    }

    @Test func `a hundred percent are all, and every and once_at are exact`() throws {
        let all = try plan(#"{"percent":100,"fault":"reset"}"#)
        #expect(struck(all, "a", first: 1000) == Array(1...1000))
        #expect(struck(try plan(#"{"fault":"reset"}"#), "a", first: 5) == Array(1...5))
        let every = try plan(#"{"every":7,"fault":"reset"}"#)
        #expect(struck(every, "a", first: 30) == [7, 14, 21, 28])
        #expect(struck(try plan(#"{"every":1,"fault":"reset"}"#), "a", first: 3) == [1, 2, 3])
        #expect(struck(try plan(#"{"once_at":3,"fault":"reset"}"#), "a", first: 30) == [3])
    }

    @Test func `a rule is for the clients of its pattern`() throws {
        let asked = try plan(#"{"client":"load-0000*","fault":"reset"}"#)
        #expect(struck(asked, "load-000012", first: 2) == [1, 2])
        #expect(struck(asked, "load-000112", first: 2) == [])
        // Strangers have no id: patterns of stars match them, and no others.
        #expect(struck(asked, "", first: 2) == [])
        #expect(struck(try plan(#"{"fault":"reset"}"#), "", first: 2) == [1, 2])
    }

    @Test func `a new plan is looked at anew`() throws {
        let client = client("a")
        let first = try plan(#"{"client":"a","fault":"reset"}"#)
        let second = try plan(#"{"client":"b","fault":"reset"}"#)
        #expect(first.strike(request: 1, of: client, at: .after(0)) != nil)
        #expect(second.strike(request: 2, of: client, at: .after(0)) == nil)
        #expect(first.strike(request: 3, of: client, at: .after(0)) != nil)
    }

    @Test func `no rules strike nothing`() throws {
        #expect(FaultPlan.empty.isEmpty)
        let client = client("a")
        #expect(FaultPlan.empty.strike(request: 1, of: client, at: .after(0)) == nil)
        let handshake = client.beginHandshake()
        #expect(FaultPlan.empty.strike(handshake: handshake, of: client, at: .after(0)) == nil)
        let asked = try plan(#"{"client":"b","fault":"reset"}"#)
        #expect(!asked.isEmpty && asked.hasRequestFaults && !asked.hasHandshakeFaults)
    }

    @Test func `delays add up, and of the others the first is the one`() throws {
        let asked = try plan(
            #"{"fault":"delay","milliseconds":30}"#,
            #"{"fault":"wrong_cnf","every":2}"#,
            #"{"fault":"status","status":503,"every":4}"#,
            #"{"fault":"reset","every":3}"#,
            #"{"fault":"delay","milliseconds":12,"every":2}"#
        )
        let client = client("a")
        let strikes = (1...6).map { asked.strike(request: $0, of: client, at: .after(0)) }
        #expect(strikes.map(\.?.delayMilliseconds) == [30, 42, 30, 42, 30, 42])
        #expect(strikes.map(\.?.fault) == [nil, .wrongCnf, .reset, .wrongCnf, nil, .wrongCnf])
        #expect(strikes.map(\.?.kind) == [.delay, .wrongCnf, .reset, .wrongCnf, .delay, .wrongCnf])
        #expect(strikes[1]?.fault(at: .token) == .wrongCnf)
        #expect(strikes[1]?.fault(at: .request) == nil)
        let long = try plan(
            #"{"fault":"delay","milliseconds":600000}"#,
            #"{"fault":"delay","milliseconds":600000,"every":1}"#
        )
        #expect(long.strike(request: 1, of: client, at: .after(0))?.delayMilliseconds == 600_000)
    }

    @Test func `faults of handshakes and of requests are asked for apart`() throws {
        let asked = try plan(
            #"{"fault":"tls_alert","every":2}"#,
            #"{"fault":"slow_handshake","milliseconds":9}"#,
            #"{"fault":"malformed"}"#
        )
        let client = client("a")
        let strikes = (1...2).map { _ in
            asked.strike(handshake: client.beginHandshake(), of: client, at: .after(0))
        }
        #expect(strikes.map(\.?.fault) == [nil, .tlsAlert])
        #expect(strikes.map(\.?.delayMilliseconds) == [9, 9])
        #expect(strikes.map(\.?.delayKind) == [.slowHandshake, .slowHandshake])
        let request = asked.strike(request: client.beginRequest(), of: client, at: .after(0))
        #expect(request == asked.strike(request: 1, of: client, at: .after(0)))
        #expect(request?.fault == .malformed && request?.delayKind == nil)
    }

    @Test func `a rule strikes in its window alone`() throws {
        let asked = try plan(#"{"fault":"reset","from":1,"until":2}"#)
        let client = client("a")
        let found = [999, 1000, 1999, 2000].map {
            asked.strike(request: 1, of: client, at: .after($0)) != nil
        }
        #expect(found == [false, true, true, false])
    }
}

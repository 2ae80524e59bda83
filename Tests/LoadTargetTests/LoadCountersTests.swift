// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import LoadTarget

struct LoadCountersTests {
    @Test func `each counter counts for itself, and their sum has all`() {
        let (one, other) = (LoadCounters(), LoadCounters())
        for (index, counter) in LoadCounter.allCases.enumerated() {
            for _ in 0...index { one.count(counter) }
        }
        for (index, fault) in FaultKind.allCases.enumerated() {
            for _ in 0...index { one.count(fault) }
        }
        other.count(.tokens)
        other.count(.connectionLimit)
        let sum = LoadTotals([one, other])
        for (index, counter) in LoadCounter.allCases.enumerated() {
            #expect(one.totals[counter] == index + 1)
            #expect(sum[counter] == index + 1 + (counter == .tokens ? 1 : 0))
        }
        for (index, fault) in FaultKind.allCases.enumerated() {
            #expect(one.totals[fault] == index + 1)
            #expect(sum[fault] == index + 1 + (fault == .connectionLimit ? 1 : 0))
        }
        one.reset()
        #expect(one.totals == LoadTotals() && LoadTotals([one, other]) == other.totals)
    }

    @Test func `totals as JSON have every counter, and the faults that were made`() throws {
        let counters = LoadCounters()
        counters.count(.tokens)
        counters.count(.handshakesResumed)
        counters.count(.tlsAlert)
        counters.count(.tlsAlert)
        #expect(
            try counters.totals.json
                == json(
                    #"{"tokens":1,"refusals":0,"handshakes_full":0,"handshakes_resumed":1,"#
                        + #""requests_kept_alive":0,"faults":{"tls_alert":2}}"#
                )
        )
    }

    @Test func `threads lose no count`() async {
        let counters = LoadCounters()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counters.count(.refusals)
                        counters.count(.malformed)
                    }
                }
            }
        }
        #expect(counters.totals[.refusals] == 40_000 && counters.totals[.malformed] == 40_000)
    }
}

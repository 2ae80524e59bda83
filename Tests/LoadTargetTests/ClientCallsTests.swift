// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LoadTarget

struct ClientCallsTests {
    @Test func `a client has one entry, and its calls their numbers`() {
        let table = ClientCallsTable()
        #expect(table.existing("a") == nil)
        let calls = table.calls(ofRegistered: Array("a".utf8))
        #expect(
            calls === table.calls(ofRegistered: Array("a".utf8)) && calls === table.existing("a")
        )
        #expect(calls !== table.calls(ofRegistered: Array("b".utf8)) && table.count == 2)
        #expect(calls.beginRequest() == 1 && calls.beginRequest() == 2)
        #expect(calls.beginHandshake() == NumberedHandshake(number: 1, connections: 1))
        #expect(table.calls(ofRegistered: Array("b".utf8)).beginRequest() == 1)
    }

    @Test func `beyond its bound the table has one entry for all, as for strangers`() {
        let table = ClientCallsTable(clientsMax: 100)
        for number in 0..<1000 {
            let calls = table.calls(ofRegistered: Array("load-\(number)".utf8))
            #expect((calls === table.strangers) == (number >= 100))
        }
        #expect(table.count == 100 && table.existing("load-100") == nil)
        #expect(table.existing("load-99")?.clientID == "load-99")
    }

    @Test func `threads that meet at one client have one entry`() async {
        let table = ClientCallsTable()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for number in 0..<1000 {
                        _ = table.calls(ofRegistered: Array("load-\(number)".utf8)).beginRequest()
                    }
                }
            }
        }
        #expect(table.count == 1000)
        #expect((0..<1000).allSatisfy { table.existing("load-\($0)")?.beginRequest() == 5 })
    }

    @Test func `after a reset numbers begin again and connections are still open`() {
        let table = ClientCallsTable()
        let calls = table.calls(ofRegistered: Array("a".utf8))
        for one in [calls, table.strangers] {
            _ = (one.beginRequest(), one.beginHandshake())
            one.counters.count(.tokens)
        }
        table.reset()
        for one in [calls, table.strangers] {
            #expect(one.beginRequest() == 1 && one.counters.totals == LoadTotals())
            #expect(one.beginHandshake() == NumberedHandshake(number: 1, connections: 2))
        }
        #expect(table.existing("a") === calls)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

struct TicketKeysTests {
    @Test func `a first ring has one key of 80 bytes`() throws {
        let keys = try TicketKeys().keys
        #expect(keys.map(\.bytes.count) == [80])
    }

    @Test func `no two keys are alike`() throws {
        var keys: Set<[UInt8]> = []
        for _ in 0..<50 { keys.formUnion(try TicketKeys().keys.map(\.bytes)) }
        #expect(keys.count == 50)
    }

    @Test func `a rotation puts a new key in front of the older ones`() throws {
        let first = try TicketKeys()
        let second = try first.rotated(keeping: 2)
        let third = try second.rotated(keeping: 2)
        #expect(second.keys.dropFirst().map(\.bytes) == first.keys.map(\.bytes))
        #expect(third.keys.dropFirst().map(\.bytes) == second.keys.map(\.bytes))
        #expect(!second.keys.map(\.bytes).contains(third.keys[0].bytes))
        #expect(first.keys.count == 1)
    }

    @Test func `a ring never has more keys than a context can hold`() throws {
        var keys = try TicketKeys()
        var previous = keys
        for _ in 0..<40 {
            previous = keys
            keys = try keys.rotated(keeping: .max)
            #expect(keys.keys.count <= TicketKeys.keptMax + 1)
        }
        let older = previous.keys.prefix(TicketKeys.keptMax)
        #expect(keys.keys.dropFirst().map(\.bytes) == older.map(\.bytes))
    }

    @Test(arguments: [0, 1, 5])
    func `a ring keeps as many old keys as it is told`(kept: Int) throws {
        var keys = try TicketKeys()
        for _ in 0..<8 { keys = try keys.rotated(keeping: kept) }
        #expect(keys.keys.count == kept + 1)
    }

    @Test func `tickets without a key are not given, and the handshake says so`() throws {
        let context = try Listener.context(resumption: .tickets)
        let line = try Line(context, try Client())
        #expect(error(line) != nil)
        context.use(try TicketKeys())
        #expect(error(try Line(context, try Client())) == nil)
    }
}

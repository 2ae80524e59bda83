// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// The table of used assertions.
struct UsedAssertionsTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func use(_ number: Int) -> UsedAssertion {
        let digest = [UInt8(number & 0xff), UInt8(number >> 8)] + [UInt8](repeating: 7, count: 30)
        return UsedAssertion(digest: digest, until: 1_100, steadyUntil: 200)
    }

    private let start = StoreMoment(wall: 1_000, steady: 100)

    private func kept(_ store: SQLiteDatabase) throws -> [UsedAssertion] {
        var found: [UsedAssertion] = []
        try store.forEachUse { found.append($0) }
        return found
    }

    @Test func `a full disk keeps none of a group, and all that was there`() throws {
        let store = try directory.open(migrations: Migration.all, pageCountMax: 60)
        _ = try store.recordUses([use(1)], now: start, sweeping: nil)
        let refused = storeError {
            _ = try store.recordUses((2..<9_000).map { use($0) }, now: start, sweeping: nil)
        }
        #expect(refused?.kind == .full)
        #expect(try kept(store) == [use(1)])
        #expect(try store.recordUses([use(2)], now: start, sweeping: nil).areFirst == [true])
    }

    @Test func `a database of the third version takes uses`() throws {
        do {
            let old = try directory.open(migrations: Array(Migration.all.prefix(3)))
            try old.withWriter { database in
                try database.execute(
                    "INSERT INTO server_key VALUES ('k1', 'ES256', x'010203', 1000, 1000, NULL)"
                )
            }
        }
        let new = try directory.open()
        #expect(try kept(new) == [])
        #expect(try new.recordUses([use(1)], now: start, sweeping: nil).areFirst == [true])
        #expect(try new.keys() == [key("k1")])
        // A digest is one of SHA-256.
        let short = UsedAssertion(digest: [1], until: 1, steadyUntil: 1)
        #expect(storeError { _ = try new.recordUses([short], now: start, sweeping: nil) } != nil)
    }
}

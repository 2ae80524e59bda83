// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// Uses of assertions that outlive the server.
struct UsedAssertionsTests {
    private func use(_ number: Int, until: Int64 = 1_100, steady: Int64 = 200) -> UsedAssertion {
        // The first byte decides which part of the table it is in.
        let digest = [UInt8(number & 0xff), UInt8(number >> 8)] + [UInt8](repeating: 7, count: 30)
        return UsedAssertion(digest: digest, until: until, steadyUntil: steady)
    }

    private let start = StoreMoment(wall: 1_000, steady: 100)

    private func kept(_ store: any CompleteStore) throws -> [UsedAssertion] {
        var found: [UsedAssertion] = []
        try store.forEachUse { found.append($0) }
        return found
    }

    @Test(arguments: StoreKind.all)
    func `uses are there for the next server`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let uses = (0..<300).map { use($0) }
        do {
            let written = try store.recordUses(uses, now: start, sweeping: nil)
            #expect(written == UsesWritten(areFirst: uses.map { _ in true }, growth: 300))
        }
        let found = try kept(home.open())
        #expect(Set(found.map(\.digest)) == Set(uses.map(\.digest)))
        #expect(found.allSatisfy { $0.until == 1_100 })
    }

    @Test(arguments: StoreKind.ofOneMachine)
    func `a use is the first one until it is over by both clocks`(kind: StoreKind) throws {
        let store = try kind.open()
        func areFirst(_ uses: [UsedAssertion], _ wall: Int64, _ steady: Int64) throws -> [Bool] {
            let now = StoreMoment(wall: wall, steady: steady)
            return try store.recordUses(uses, now: now, sweeping: nil).areFirst
        }
        // Of two in one transaction the first one wins.
        #expect(try areFirst([use(1), use(2), use(1)], 1_000, 100) == [true, true, false])
        #expect(try areFirst([use(1), use(3)], 1_099, 199) == [false, true])
        #expect(try areFirst([use(1)], 1_100, 199) == [false])
        #expect(try areFirst([use(1)], 1_099, 200) == [false])
        let again = use(1, until: 1_200, steady: 300)
        #expect(try areFirst([again], 1_100, 200) == [true])
        #expect(try areFirst([again], 1_100, 200) == [false])
        #expect(try kept(store).contains(again))
    }

    @Test(arguments: StoreKind.ofOneMachine)
    func `a part of the table is swept along, and only what is over in it`(kind: StoreKind) throws {
        let store = try kind.open()
        let over = (0..<512).map { use($0) }
        let living = (512..<1_024).map { use($0, until: 9_000) }
        _ = try store.recordUses(over + living, now: start, sweeping: nil)
        let later = StoreMoment(wall: 2_000, steady: 1_100)
        for (byte, extra) in [(0, 2_000), (255, 2_001), (7, 2_002)] as [(UInt8, Int)] {
            let new = use(extra, until: 9_000)
            let written = try store.recordUses([new], now: later, sweeping: byte)
            #expect(written == UsesWritten(areFirst: [true], growth: 1 - 2))
            #expect(try !kept(store).contains { $0.digest[0] == byte && $0.until == 1_100 })
        }
        #expect(try kept(store).count == 1_024 - 6 + 3)
        // By one clock alone nothing is over.
        for now in [StoreMoment(wall: 2_000, steady: 199), StoreMoment(wall: 1_099, steady: 900)] {
            #expect(try store.recordUses([], now: now, sweeping: 9).growth == 0)
        }
        for byte in UInt8.min...UInt8.max {
            _ = try store.recordUses([], now: later, sweeping: byte)
        }
        #expect(try kept(store).allSatisfy { $0.until == 9_000 })
        #expect(try kept(store).count == 512 + 3)
    }

    @Test(arguments: StoreKind.ofOneMachine)
    func `at a start what is over goes, and nothing stays longer than a life`(kind: StoreKind)
        throws
    {
        let store = try kind.open()
        let uses = [
            use(1), use(2, until: 5_000), use(3, steady: 700), use(4, until: 5_000, steady: 90_000),
        ]
        _ = try store.recordUses(uses, now: start, sweeping: nil)
        let now = StoreMoment(wall: 1_500, steady: 600)
        #expect(try store.forgetUses(now: now, steadyMax: 4_600) == 3)
        let left = [uses[1], uses[2], use(4, until: 5_000, steady: 4_600)]
        #expect(Set(try kept(store)) == Set(left))
        // The machine has been started again: its clock begins anew.
        let booted = StoreMoment(wall: 6_000, steady: 10)
        #expect(try store.forgetUses(now: booted, steadyMax: 300) == 3)
        #expect(try kept(store).map(\.steadyUntil) == [200, 300, 300])
        #expect(
            try store.forgetUses(now: StoreMoment(wall: 6_000, steady: 300), steadyMax: 600) == 0
        )
    }

    @Test(arguments: StoreKind.shared)
    func `among several machines the wall clock alone counts`(kind: StoreKind) throws {
        let store = try kind.open()
        let uses = (0..<512).map { use($0, steady: 90_000) } + [use(600, until: 9_000)]
        _ = try store.recordUses(uses, now: start, sweeping: nil)
        // A machine that runs for longer or shorter: neither repeats a use, nor keeps it longer.
        for steady in [Int64(1), 1_000_000] {
            let before = StoreMoment(wall: 1_099, steady: steady)
            #expect(try store.recordUses([uses[1]], now: before, sweeping: 9).areFirst == [false])
        }
        #expect(try kept(store).count == 513)
        let later = StoreMoment(wall: 1_100, steady: 1)
        let again = use(1, until: 1_200)
        #expect(try store.recordUses([again], now: later, sweeping: 9).areFirst == [true])
        #expect(try store.recordUses([again], now: later, sweeping: nil).areFirst == [false])
        #expect(try kept(store).count == 511)
        #expect(try store.forgetUses(now: later, steadyMax: 300) == 2)
    }

    @Test(arguments: StoreKind.all)
    func `uses are no change that a registry hears of`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let before = try store.changes(after: .start)
        _ = try store.recordUses([use(1)], now: start, sweeping: 1)
        #expect(try store.changes(after: .start) == before)
    }
}

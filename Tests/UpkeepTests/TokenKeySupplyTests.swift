// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import Reactor
import Registration
import SQLiteStore
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Upkeep

/// Keys that the server makes by itself, with the test as clock, workers and store.
final class TokenKeySupplyTests {
    private static let day: Int64 = 86_400
    private let scratch: Scratch
    private let store: SQLiteDatabase
    private let jobs = HeldJobs()
    private let wakes = Wakes()
    private let lines = RecordedLog.Lines()
    private let clock = WallClock()
    private let needed: Set<TokenKeyKind> = [.signing, .sealing, .signs(.es384)]

    init() throws {
        scratch = try Scratch()
        store = try SQLiteDatabase.open(directory: scratch.path + "/data", as: .tool)
        try TokenKeyRotation.ensure(in: store, by: .server, at: clock.seconds)
    }

    private func supply(_ store: (any RegistrationStore)? = nil) -> TokenKeySupply {
        TokenKeySupply(
            workers: jobs.submit,
            store: store ?? self.store,
            clock: clock,
            log: lines.logger,
            wake: wakes.wake
        )
    }

    private func kinds() throws -> [String] { try store.keys().map(\.kind).sorted() }

    /// Whether a key is missing, by what the store has now.
    private func run(
        _ supply: TokenKeySupply,
        schedule: TokenKeySchedule? = nil,
        now: UInt64
    ) throws -> Bool {
        supply.runDue(needed, try store.keys(), schedule: schedule, now: now)
    }

    @Test func `a worker makes a missing key, once, and nothing else`() throws {
        let supply = supply()
        #expect(try run(supply, now: 0))
        #expect(try run(supply, now: 10_000))
        #expect(jobs.count == 1)
        #expect(try kinds() == ["A256GCM", "ES256"])
        jobs.run()
        #expect(wakes.take() == 1)
        #expect(try kinds() == ["A256GCM", "ES256", "ES384"])
        #expect(try !run(supply, now: 20_000))
        #expect(jobs.count == 0)
    }

    @Test func `where no worker is free the key stays due`() throws {
        let supply = supply()
        jobs.fill(true)
        #expect(try run(supply, now: 0))
        jobs.fill(false)
        #expect(try run(supply, now: 1))
        #expect(jobs.run() == 1)
        #expect(try !run(supply, now: 2))
    }

    @Test func `a store that cannot be read is asked again, and not all the time`() throws {
        let gated = GatedStore(store)
        gated.set(.failing)
        let supply = supply(gated)
        for now in [0, 1_000, 29_999, 30_000] as [UInt64] {
            #expect(try run(supply, now: now))
            #expect(jobs.run() == (now % 30_000 == 0 ? 1 : 0))
        }
        #expect(lines.messages(from: .error).count == 2)
        gated.set(.open)
        #expect(try run(supply, now: 60_000))
        #expect(jobs.run() == 1)
        #expect(try kinds().contains("ES384"))
    }

    @Test func `without a schedule a key is used for ever`() throws {
        let supply = supply()
        _ = try run(supply, now: 0)
        jobs.run()
        clock.turn(seconds: 5_000 * Self.day)
        _ = try run(supply, now: 10_000)
        #expect(jobs.count == 0)
    }

    @Test func `by a schedule each kind gets one successor, published before it signs`() throws {
        let (supply, other) = (supply(), supply())
        let schedule = TokenKeySchedule(days: 30)
        _ = try run(supply, schedule: schedule, now: 0)
        jobs.run()
        clock.turn(seconds: 29 * Self.day + 60)
        // Two servers find the same keys due, and both hand a worker the job.
        let seen = try store.keys()
        _ = supply.runDue(needed, seen, schedule: schedule, now: 10_000)
        _ = other.runDue(needed, seen, schedule: schedule, now: 10_000)
        #expect(jobs.run() == 2)
        #expect(
            try kinds() == ["A256GCM", "A256GCM", "ES256", "ES256", "ES384", "ES384"]
        )
        for kind in needed {
            let keys = try store.keys().filter { $0.kind == kind.stored }
            let new = try #require(keys.last)
            #expect(new.activeFrom == new.createdAt + Self.day)
            #expect(keys.map(\.retiredAt) == [new.activeFrom, nil])
        }
        // The clock jumps back, and on again: nothing is due twice.
        for step in [-40, 40, -1, 1] as [Int64] {
            clock.turn(seconds: step * Self.day)
            _ = try run(supply, schedule: schedule, now: 100_000)
            #expect(jobs.count == 0)
        }
    }
}

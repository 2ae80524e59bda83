// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Dispatch
import Registration
import Storage
import Testing

struct TokenKeyScheduleTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_000_000_000
    private let schedule = TokenKeySchedule(days: 90)
    private let store: TemporaryStore

    init() throws { store = try TemporaryStore() }

    private func keys(_ kind: TokenKeyKind = .signing) throws -> [KeyRecord] {
        try store.database.keys().filter { $0.kind == kind.stored }
    }

    private func rotate(_ kinds: [TokenKeyKind] = [.signing], at now: Int64) throws {
        try TokenKeyRotation.rotateDue(
            kinds,
            by: schedule,
            in: store.database,
            by: .server,
            at: now
        )
    }

    private func ensure(_ kinds: [TokenKeyKind] = [.signing], at now: Int64 = start) throws {
        try TokenKeyRotation.ensureKeys(of: kinds, in: store.database, by: .server, at: now)
    }

    @Test func `the end of a kind's newest key is known, and none without a key`() throws {
        try ensure()
        let keys = try store.database.keys()
        #expect(schedule.end(of: .signing, among: keys) == Self.start + 90 * Self.day)
        #expect(schedule.end(of: .sealing, among: keys) == nil)
    }

    // MARK: keys on demand

    @Test func `a key is made for each kind that is asked for, once`() throws {
        let kinds: [TokenKeyKind] = [.signing, .signs(.es384), .signs(.edDSA), .sealing]
        for _ in 0..<2 { try ensure(kinds) }
        let made = try store.database.keys()
        #expect(Set(made.map(\.kind)) == ["ES256", "ES384", "EdDSA", "A256GCM"])
        #expect(made.count == 4)
        #expect(made.allSatisfy { $0.activeFrom == Self.start && $0.retiredAt == nil })
        try TokenKeyRotation.ensure(in: store.database, by: .server, at: Self.start)
        #expect(try store.database.keys() == made)
    }

    @Test func `many programs that need an RSA key make one`() throws {
        let database = store.database
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            try? TokenKeyRotation.ensureKeys(
                of: [.signs(.ps256)],
                in: database,
                by: .server,
                at: Self.start
            )
        }
        #expect(try keys(.signs(.ps256)).count == 1)
    }

    @Test func `a key that has ended is none`() throws {
        var ended = try TokenKeyKind.signs(.es384).make(createdAt: 0, activeFrom: 0)
        ended.retiredAt = Self.start
        try store.database.insert(ended, by: .server, at: 0)
        try ensure([.signs(.es384)], at: Self.start - 1)
        #expect(try keys(.signs(.es384)).count == 1)
        try ensure([.signs(.es384)], at: Self.start)
        #expect(try keys(.signs(.es384)).count == 2)
    }

    // MARK: the schedule

    @Test func `a successor is made a day before its time, and is known meanwhile`() throws {
        try ensure()
        let due = Self.start + 89 * Self.day
        try rotate(at: due - 1)
        #expect(try keys().count == 1)
        try rotate(at: due)
        let both = try keys()
        #expect(both.map(\.activeFrom) == [Self.start, Self.start + 90 * Self.day])
        #expect(both.map(\.createdAt) == [Self.start, due])
        #expect(both.map(\.retiredAt) == [Self.start + 90 * Self.day, nil])
    }

    @Test func `a key that is overdue stays for a day more`() throws {
        try ensure()
        let late = Self.start + 1_000 * Self.day
        try rotate(at: late)
        #expect(try keys().map(\.activeFrom) == [Self.start, late + Self.day])
        #expect(try keys().first?.retiredAt == late + Self.day)
    }

    @Test func `a successor that waits is not made again, whatever the clock says`() throws {
        try ensure()
        let due = Self.start + 89 * Self.day
        for now in [due, due, due + 1, due - 1, Self.start, 0, due + Self.day, due + 2 * Self.day] {
            try rotate(at: now)
            #expect(try keys().count == 2)
        }
        // The successor's own successor, a day before its time.
        try rotate(at: Self.start + 179 * Self.day - 1)
        #expect(try keys().count == 2)
        try rotate(at: Self.start + 179 * Self.day)
        #expect(try keys().count == 3)
    }

    @Test func `a clock that jumped far ahead and back makes one key`() throws {
        try ensure()
        try rotate(at: Self.start + 10_000 * Self.day)
        for day in 0..<200 as Range<Int64> { try rotate(at: Self.start + day * Self.day) }
        #expect(try keys().count == 2)
    }

    @Test func `of many servers on one store one makes the successor`() throws {
        try ensure()
        let (database, schedule) = (store.database, schedule)
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            try? TokenKeyRotation.rotateDue(
                [.signing],
                by: schedule,
                in: database,
                by: .server,
                // Their clocks differ by seconds.
                at: Self.start + 89 * Self.day + Int64(number)
            )
        }
        #expect(try keys().count == 2)
    }

    @Test func `each kind has its own turn, and one without a key has none`() throws {
        try ensure([.signing])
        try ensure([.sealing], at: Self.start + 10 * Self.day)
        let due = Self.start + 89 * Self.day
        try rotate([.signing, .sealing, .signs(.rs256)], at: due)
        #expect(try keys(.signing).count == 2 && keys(.sealing).count == 1)
        #expect(try keys(.signs(.rs256)).isEmpty)
        try rotate([.signing, .sealing], at: due + 10 * Self.day)
        #expect(try keys(.signing).count == 2 && keys(.sealing).count == 2)
    }

    @Test func `a key that ended a year ago goes with the next rotation`() throws {
        try ensure()
        for round in 1...8 as ClosedRange<Int64> {
            try rotate(at: Self.start + (90 * round - 1) * Self.day)
        }
        // Four of its predecessors are younger than a year, or end with it.
        let now = Self.start + (90 * 8 - 1) * Self.day
        #expect(try keys().allSatisfy { ($0.retiredAt ?? .max) >= now - 365 * Self.day })
        #expect(try keys().count == 6)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import OAuth
import Reactor
import SQLiteStore
import Storage
import StorageTesting
import Tables
import TestSupport
import Testing

@testable import Serving

/// Grants on their way from reactors to the store and back.
struct StoredGrantsTests {
    private typealias Sample = SampleGrant

    /// Rows that no thread removes.
    private func code(_ number: Int) -> CodeRecord { Sample.code(number, keptUntil: .max) }
    private func family(_ number: Int) -> RefreshFamilyRecord {
        Sample.family(number, endsAt: .max)
    }

    private func count(_ threads: GrantThreads, _ text: String) -> Int {
        threads.lines.withLock { $0.count { $0.contains(text) } }
    }

    // MARK: written, read

    @Test func `each reactor is answered, by what the store has said`() throws {
        let threads = try GrantThreads(reactors: 3)
        let grants = try threads.start(try threads.open())
        defer { grants.stop() }
        // One code for all: one of them uses it.
        #expect(threads.submit(.addCode(code(1), from: nil), 0, to: grants) == nil)
        #expect(threads.results(1) == [0: .done])
        for reactor in 0..<3 {
            for number in 0..<50 {
                let use = GrantWrite.useCode(Sample.digest(1), at: 1, nil)
                #expect(threads.submit(use, number, to: grants, reactor: reactor) == nil)
            }
        }
        let results = (0..<3).map { threads.results(50, reactor: $0) }
        #expect(results.map(\.count) == [50, 50, 50])
        let all = results.flatMap(\.values)
        #expect(all.count { $0 == .done } == 1 && all.count { $0 == .conflict } == 149)
        #expect(threads.submit(.useCode(Sample.digest(2), at: 1, nil), 1, to: grants) == nil)
        #expect(threads.results(1) == [1: .absent])
    }

    @Test func `a read sees what was answered for`() throws {
        let threads = try GrantThreads(reactors: 2)
        let grants = try threads.start(try threads.open())
        defer { grants.stop() }
        for number in 0..<300 {
            let write = GrantWrite.addRefreshFamily(family(number))
            #expect(threads.submit(write, number, to: grants) == nil)
        }
        #expect(threads.areDone(300))
        for number in 0..<301 {
            let key = GrantKey.refreshFamily(Sample.identifier(number))
            #expect(threads.submit(key, number, to: grants, reactor: 1) == nil)
        }
        let found = threads.answers(301, reactor: 1)
        #expect(found.count == 301)
        for number in 0..<300 {
            #expect(found[number]?.found == .refreshFamily(family(number)))
        }
        guard case .stored(nil) = found[300] else {
            Issue.record("there is no such family")
            return
        }
    }

    @Test func `a group is one transaction, and a reader's group one read`() throws {
        let threads = try GrantThreads()
        let released = Lock(false)
        let store = HinderedGrants(try threads.open()) { () throws(StoreError) in
            released.wait { $0 ? () : nil }
        }
        let grants = try threads.start(store)
        for number in 0..<2_000 {
            #expect(threads.submit(.push(Sample.request(number)), number, to: grants) == nil)
        }
        // Reads do not wait for it.
        #expect(threads.submit(.code(Sample.digest(1)), 5_000, to: grants) == nil)
        #expect(threads.answers(1).keys.first == 5_000)
        released.withLock { $0 = true }
        released.signal(all: true)
        let results = threads.results(2_000)
        #expect(results.count == 2_000 && results.values.allSatisfy { $0 == .done })
        grants.stop()
        let groups = store.writes.withLock { $0 }
        #expect(groups.reduce(0, +) == 2_000 && groups.count <= 3)
        #expect(groups.allSatisfy { $0 <= 1_024 })
    }

    @Test func `writes keep their order from one group to the next`() throws {
        let threads = try GrantThreads()
        let grants = try threads.start(try threads.open())
        defer { grants.stop() }
        #expect(threads.submit(.addRefreshFamily(family(1)), 0, to: grants) == nil)
        for turn in 0..<1_500 {
            let write = GrantWrite.rotateRefreshToken(Sample.rotation(1, turn, endsAt: .max))
            #expect(threads.submit(write, turn + 1, to: grants) == nil)
        }
        #expect(threads.areDone(1_501))
    }

    // MARK: faults

    @Test func `what cannot be written is not acknowledged, and the log says so once`() throws {
        let threads = try GrantThreads()
        let broken = Lock(true)
        let database = try threads.open()
        let store = HinderedGrants(database) { () throws(StoreError) in
            if broken.withLock({ $0 }) { throw StoreError(.full, "the disk is full") }
        }
        let grants = try threads.start(store)
        defer { grants.stop() }
        let token = RevokedToken(id: Sample.digest(1), until: .max)
        let writes: [GrantWrite] = [
            .push(Sample.request(1)), .addCode(code(1), from: nil),
            .useCode(Sample.digest(1), at: 1, nil), .addRefreshFamily(family(1)),
            .rotateRefreshToken(Sample.rotation(1, 0)),
            .extendRefreshFamily(Sample.identifier(1), endsAt: 9), .revokeToken(token),
            .revokeGrant(RevokedToken(id: Sample.identifier(1), until: .max)),
        ]
        for round in 0..<3 {
            for (number, write) in writes.enumerated() {
                #expect(threads.submit(write, round * 10 + number, to: grants) == nil)
            }
            let answers = threads.answers(writes.count)
            #expect(answers.count == writes.count)
            #expect(answers.values.allSatisfy { $0.refusedBy == .grantNotKept })
        }
        #expect(grants.revocations.count == 0)
        #expect(try database.find([.code(Sample.digest(1))]) == [nil])
        // Reads go on.
        #expect(threads.submit(.code(Sample.digest(1)), 1, to: grants) == nil)
        #expect(threads.answers(1)[1]?.refusedBy == nil)
        broken.withLock { $0 = false }
        #expect(threads.submit(.revokeToken(token), 2, to: grants) == nil)
        #expect(threads.results(1) == [2: .done])
        #expect(grants.revocations.isRevoked(token.id))
        grants.stop()
        #expect(count(threads, "grants cannot be kept") == 1)
        #expect(count(threads, "grants are kept again") == 1)
    }

    @Test func `a record that breaks a rule of the store is refused alone`() throws {
        let threads = try GrantThreads()
        let released = Lock(false)
        let store = HinderedGrants(try threads.open()) { () throws(StoreError) in
            released.wait { $0 ? () : nil }
        }
        let grants = try threads.start(store)
        defer { grants.stop() }
        for number in 0..<200 {
            var request = Sample.request(number)
            if number == 77 { request.digest.removeLast() }
            #expect(threads.submit(.push(request), number, to: grants) == nil)
        }
        released.withLock { $0 = true }
        released.signal(all: true)
        let answers = threads.answers(200)
        #expect(answers[77]?.refusedBy == .grantNotKept)
        #expect(answers.values.count { $0.written == .done } == 199)
    }

    @Test func `a row that is damaged is refused alone`() throws {
        let threads = try GrantThreads()
        let database = try threads.open()
        let damage = Lock(Set([GrantKey.code(Sample.digest(2))]))
        let grants = try threads.start(DamagedGrants(store: database, damage: damage))
        defer { grants.stop() }
        #expect(try database.perform([.addCode(code(1), from: nil)]) == [.done])
        for number in 1..<100 {
            #expect(threads.submit(.code(Sample.digest(number)), number, to: grants) == nil)
        }
        var answers = threads.answers(99)
        #expect(answers.count == 99 && answers[2]?.refusedBy == .grantNotKept)
        #expect(answers[1]?.found == .code(code(1)))
        #expect(answers.values.count { $0.refusedBy == nil } == 98)
        damage.withLock { $0 = [] }
        #expect(threads.submit(.code(Sample.digest(2)), 2, to: grants) == nil)
        answers = threads.answers(1)
        #expect(answers[2]?.refusedBy == nil)
        grants.stop()
        #expect(count(threads, "grants cannot be read") == 1)
        #expect(count(threads, "grants are read again") == 1)
    }

    @Test func `a full queue refuses at once, and loses nothing that it took`() throws {
        let threads = try GrantThreads()
        let released = Lock(false)
        let store = HinderedGrants(try threads.open()) { () throws(StoreError) in
            released.wait { $0 ? () : nil }
        }
        let grants = try threads.start(store)
        var taken = 0
        var refused: Met?
        while refused == nil, taken < GrantWriter.queueMax * 2 {
            refused = threads.submit(.push(Sample.request(taken)), taken, to: grants)
            if refused == nil { taken += 1 }
        }
        #expect(refused?.refusedBy == .grantQueue && taken >= GrantWriter.queueMax)
        released.withLock { $0 = true }
        released.signal(all: true)
        let results = threads.results(taken)
        #expect(results.count == taken && results.values.allSatisfy { $0 == .done })
        // There is room again.
        #expect(threads.submit(.push(Sample.request(taken)), 1, to: grants) == nil)
        #expect(threads.results(1) == [1: .done])
        grants.stop()
    }

    @Test func `what waits is written when the threads stop`() throws {
        let threads = try GrantThreads()
        do {
            let grants = try threads.start(try threads.open())
            for number in 0..<3_000 {
                let write = GrantWrite.addRefreshFamily(family(number))
                #expect(threads.submit(write, number, to: grants) == nil)
            }
            grants.stop()
            #expect(threads.areDone(3_000))
            // Nothing is taken after that.
            #expect(
                threads.submit(.push(Sample.request(1)), 1, to: grants)?.refusedBy == .grantQueue
            )
            #expect(
                threads.submit(.code(Sample.digest(1)), 1, to: grants)?.refusedBy == .grantQueue
            )
        }
        let found = try threads.open().find(
            (0..<3_000).map { .refreshFamily(Sample.identifier($0)) }
        )
        #expect(found.allSatisfy { $0 != nil })
    }

    // MARK: revocations

    @Test func `a revocation counts before its answer, and for the next server`() throws {
        let threads = try GrantThreads()
        let until = threads.clock.seconds + 600
        let (grant, token) = (Sample.identifier(1), Sample.digest(2))
        do {
            let grants = try threads.start(try threads.open())
            let writes: [GrantWrite] = [
                .revokeGrant(RevokedToken(id: grant, until: until)),
                .revokeToken(RevokedToken(id: token, until: until)),
            ]
            for (number, write) in writes.enumerated() {
                #expect(threads.submit(write, number, to: grants) == nil)
            }
            #expect(threads.areDone(2))
            #expect(grants.revocations.isRevoked(grant) && grants.revocations.isRevoked(token))
            #expect(!grants.revocations.isRevoked(Sample.digest(4)))
            grants.stop()
        }
        let grants = try threads.start(try threads.open())
        defer { grants.stop() }
        #expect(grants.revocations.isRevoked(grant) && grants.revocations.isRevoked(token))
        #expect(grants.revocations.count == 2)
    }

    @Test func `what finds no room is told as such, and the log says so once`() throws {
        let threads = try GrantThreads()
        let grants = try threads.start(FullGrants())
        defer { grants.stop() }
        let token = RevokedToken(id: Sample.digest(1), until: .max)
        let writes: [GrantWrite] = [
            .revokeToken(token), .revokeGrant(token), .push(Sample.request(1)),
            .addCode(code(1), from: nil),
        ]
        for (number, write) in writes.enumerated() {
            #expect(threads.submit(write, number, to: grants) == nil)
        }
        let answers = threads.answers(writes.count)
        #expect(answers.count == writes.count)
        #expect(answers.values.allSatisfy { $0.written == .full })
        #expect(!grants.revocations.isRevoked(token.id))
        grants.stop()
        #expect(count(threads, "no more tokens can be revoked") == 1)
        #expect(count(threads, "no more authorization requests are kept") == 1)
    }

    @Test(arguments: [0, 31_536_000] as [Int64])
    func `rows that have ended are removed by the thread, and a clock that jumps removes none`(
        turn: Int64
    ) throws {
        let threads = try GrantThreads()
        let database = try threads.open()
        let now = threads.clock.seconds
        // More than one piece.
        _ = try database.perform(
            (0..<1_500).map { .push(Sample.request($0, expiresAt: 1_000)) }
                + [
                    .addRefreshFamily(Sample.family(1, endsAt: now + 3_600)),
                    .revokeToken(RevokedToken(id: Sample.digest(1), until: 1_000)),
                    .revokeToken(RevokedToken(id: Sample.digest(2), until: now + 3_600)),
                ]
        )
        let grants = try threads.start(database)
        threads.clock.turn(seconds: turn)
        let end = Clock.milliseconds + 20_000
        let last = GrantKey.pushedRequest(Sample.request(1_499).digest)
        while try database.find([last]) != [nil], Clock.milliseconds < end {
            pause(milliseconds: 1)
        }
        grants.stop()
        #expect(try database.removeEnded(before: 1_001, limit: 1) == 0)
        #expect(
            try database.find([.refreshFamily(Sample.identifier(1))])
                == [.refreshFamily(Sample.family(1, endsAt: now + 3_600))]
        )
        var revoked: [[UInt8]] = []
        try database.forEachRevokedToken(after: 0) { revoked.append($0.id) }
        #expect(revoked == [Sample.digest(2)])
    }
}

/// A store in which the rows of some keys cannot be read.
private struct DamagedGrants: GrantStore {
    let store: any GrantStore
    let damage: Lock<Set<GrantKey>>

    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        try store.perform(writes)
    }

    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] {
        guard damage.withLock({ $0.isDisjoint(with: keys) }) else {
            throw StoreError(.corrupt, "a row is damaged")
        }
        return try store.find(keys)
    }

    func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {}
    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int { 0 }
    func record(_ impersonations: [Impersonation], at time: Int64) throws(StoreError) {}
}

/// A store without room.
private struct FullGrants: GrantStore {
    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        writes.map { _ in .full }
    }

    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] { keys.map { _ in nil } }
    func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {}
    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int { 0 }
    func record(_ impersonations: [Impersonation], at time: Int64) throws(StoreError) {}
}

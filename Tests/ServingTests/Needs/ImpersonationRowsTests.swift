// SPDX-License-Identifier: Apache-2.0
import OAuth
import Reactor
import SQLiteStore
import Storage
import StorageTesting
import TestSupport
import Testing

@testable import Serving

/// Impersonations on their way to the audit, beside changes of grants.
struct ImpersonationRowsTests {
    @Test func `rows of the audit are written beside changes, and fail without them`() throws {
        let threads = try GrantThreads()
        let store = try threads.open()
        let isBroken = Lock(false)
        let hindered = HinderedGrants(store) { () throws(StoreError) in
            if isBroken.withLock({ $0 }) { throw StoreError(.unaudited, "there is no key") }
        }
        let grants = try threads.start(AuditedGrants(store: store, audit: hindered))
        defer { grants.stop() }
        let row = Impersonation(
            clientID: "gateway",
            subject: "user:ann",
            scopes: ["read"],
            audiences: ["urn:a"]
        )
        #expect(threads.submit(row, 1, to: grants) == nil)
        #expect(threads.results(1) == [1: .done])
        var query = AuditQuery(limit: 10)
        query.action = .impersonate
        #expect(try store.audit(query).map(\.id) == ["gateway"])
        isBroken.withLock { $0 = true }
        let code = SampleGrant.code(7, keptUntil: .max)
        #expect(threads.submit(row, 2, to: grants) == nil)
        #expect(threads.submit(.addCode(code, from: nil), 3, to: grants) == nil)
        let answers = threads.answers(2)
        #expect(answers[2]?.refusedBy == .grantNotKept)
        #expect(answers[3]?.written == .done)
        #expect(try store.audit(query).count == 1)
        let lines = threads.lines.withLock { $0 }
        let line = "impersonations cannot be written to the audit"
        #expect(lines.count { $0.contains(line) } == 1)
    }
}

/// A store whose audit is another's.
private struct AuditedGrants: GrantStore {
    let store: any GrantStore
    let audit: any GrantStore

    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        try store.perform(writes)
    }

    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] { try store.find(keys) }
    func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {}
    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int { 0 }
    func record(_ impersonations: [Impersonation], at time: Int64) throws(StoreError) {
        try audit.record(impersonations, at: time)
    }
}

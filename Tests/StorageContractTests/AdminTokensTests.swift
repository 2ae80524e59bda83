// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct AdminTokensTests {
    private func token(
        _ name: String,
        _ byte: UInt8,
        _ role: AdministratorRole = .read
    ) -> AdminTokenRecord {
        let digest = [UInt8](repeating: byte, count: 32)
        return AdminTokenRecord(name: name, role: role, digest: digest, createdAt: 1_000)
    }

    @Test(arguments: StoreKind.all)
    func `a token is found by its digest until it is removed`(kind: StoreKind) throws {
        let store = try kind.open()
        let tokens = AdministratorRole.allCases.enumerated().map { number, role in
            token("t\(number)", UInt8(number), role)
        }
        for one in tokens.reversed() { try store.insert(one, by: .server, at: 1) }
        #expect(try store.adminTokens() == tokens)
        for one in tokens { #expect(try store.adminToken(digest: one.digest) == one) }
        #expect(try store.adminToken(digest: token("x", 9).digest) == nil)
        #expect(try store.adminToken(digest: []) == nil)
        try store.removeAdminToken("t1", by: .server, at: 2)
        #expect(try store.adminToken(digest: tokens[1].digest) == nil)
        #expect(try store.adminTokens().map(\.name) == ["t0", "t2"])
    }

    @Test(arguments: StoreKind.all)
    func `a name or a token is there once, and the first name is taken`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(token("ci", 1), by: .server, at: 1)
        func refused(_ record: AdminTokenRecord) -> StoreError.Kind? {
            storeError { try store.insert(record, by: .server, at: 1) }?.kind
        }
        #expect(refused(token("ci", 2)) == .alreadyExists)
        #expect(refused(token("other", 1)) == .alreadyExists)
        for name in ["first", "", "a b", "ü", String(repeating: "n", count: 65)] {
            #expect(refused(token(name, 3)) == .invalid)
        }
        #expect(try store.adminTokens() == [token("ci", 1)])
        let missing = storeError { try store.removeAdminToken("none", by: .server, at: 1) }
        #expect(missing?.kind == .notFound && missing?.subject == .adminToken)
    }

    @Test(arguments: StoreKind.all)
    func `other programs learn of a token`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        try other.insert(token("ci", 1), by: .command(user: "ann"), at: 7)
        let change = Change(
            kind: .adminToken,
            id: "ci",
            author: .command(user: "ann"),
            time: 7
        )
        guard case .some(let position, let changes) = try store.changes(after: .start) else {
            Issue.record("the log is whole")
            return
        }
        #expect(changes == [change])
        try other.removeAdminToken("ci", by: .server, at: 8)
        guard case .some(_, let more) = try store.changes(after: position) else {
            Issue.record("the log is whole")
            return
        }
        #expect(more.map(\.kind) == [.adminToken])
    }

    @Test func `each role may do what those before it may`() {
        #expect(AdministratorRole.read < .operate && .operate < AdministratorRole.administer)
        #expect(AdministratorRole.allCases.sorted() == AdministratorRole.allCases)
        #expect(!(AdministratorRole.administer < .read))
    }
}

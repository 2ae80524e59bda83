// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct ChangeLogTests {
    /// The things that changed since the position, which moves on; nil where all is to be read.
    private func news(
        of store: any CompleteStore,
        _ position: inout ChangePosition
    ) throws -> [Change]? {
        switch try store.changes(after: position) {
        case .some(let last, let changes):
            position = last
            return changes.map { Change(kind: $0.kind, id: $0.id) }
        case .reload(let last):
            position = last
            return nil
        }
    }

    @Test(arguments: StoreKind.all)
    func `each write of another program is reported once`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let other = try home.open()
        var position = ChangePosition.start
        let ofClient = [Change(kind: .client, id: "c1")]
        #expect(try news(of: store, &position) == [])
        try other.insert(client("c1", certificates: [certificate(1)]))
        #expect(try news(of: store, &position) == ofClient)
        #expect(try news(of: store, &position) == [])
        try other.updateClient("c1", at: 2_000) { $0.certificates.append(certificate(2)) }
        #expect(try news(of: store, &position) == ofClient)
        try other.updateClient("c1", at: 3_000) { $0.caCertificates = [certificate(3)] }
        #expect(try news(of: store, &position) == ofClient)
        try other.updateClient("c1", at: 4_000) { $0.certificates.removeFirst() }
        #expect(try news(of: store, &position) == ofClient)
        try other.setEnabled(false, client: "c1", at: 5_000)
        #expect(try news(of: store, &position) == ofClient)
        try other.removeClient("c1")
        #expect(try news(of: store, &position) == ofClient)
    }

    @Test(arguments: StoreKind.all)
    func `users and keys are reported too`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let other = try home.open()
        var position = ChangePosition.start
        try other.insert(user("admin"))
        try other.setPasswordHash("x", user: "admin")
        try other.insert(key("k1"))
        #expect(
            try news(of: store, &position) == [
                Change(kind: .user, id: "admin"), Change(kind: .key, id: "k1"),
            ]
        )
        try other.removeUser("admin")
        try other.rotate(to: key("k2"), retiringOthersAt: 2_000, removingEndedBefore: .max)
        let ofKeys = Set(["k1", "k2"].map { Change(kind: .key, id: $0) })
        #expect(
            Set(try news(of: store, &position) ?? [])
                == ofKeys.union([Change(kind: .user, id: "admin")])
        )
    }

    @Test(arguments: StoreKind.all)
    func `trust sets are reported, and their clients only when they change themselves`(
        kind: StoreKind
    ) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let other = try home.open()
        var position = ChangePosition.start
        let ofSet = [Change(kind: .trustSet, id: "internal")]
        try other.insert(trustSet("internal"))
        #expect(try news(of: store, &position) == ofSet)
        try other.insert(client("c1"))
        try other.updateClient("c1", at: 2_000) { $0.trustSet = "internal" }
        #expect(try news(of: store, &position) == [Change(kind: .client, id: "c1")])
        try other.updateTrustSet("internal") { $0.caCertificates = [[0x30]] }
        #expect(try news(of: store, &position) == ofSet)
        #expect(storeError { try other.removeTrustSet("internal") } != nil)
        #expect(try news(of: store, &position) == [])
        try other.removeClient("c1")
        try other.removeTrustSet("internal")
        #expect(try news(of: store, &position) == [Change(kind: .client, id: "c1")] + ofSet)
    }

    @Test(arguments: StoreKind.all)
    func `fetched keys are reported, uses of certificates are not`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let other = try home.open()
        var record = client("c1", certificates: [certificate(1)])
        record.jwksURI = "https://client.example/jwks"
        try other.insert(record)
        var position = ChangePosition.start
        _ = try news(of: store, &position)
        try other.updateClient("c1", at: 2_000) { $0.fetchedJWKS = #"{"keys":[]}"# }
        #expect(try news(of: store, &position) == [Change(kind: .client, id: "c1")])
        let seen = certificate(1).thumbprint
        try other.recordRegisteredUses([
            RegisteredCertificateUse(
                client: "c1",
                thumbprint: seen,
                firstSeen: 2_000,
                lastSeen: 2_000
            )
        ])
        #expect(try news(of: store, &position) == [])
    }

    @Test(arguments: StoreKind.all)
    func `a refused write reports nothing`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        let other = try home.open()
        try other.insert(client("c1"))
        var position = ChangePosition.start
        _ = try news(of: store, &position)
        #expect(storeError { try other.insert(client("c1")) } != nil)
        #expect(storeError { try other.removeUser("nobody") } != nil)
        #expect(try news(of: store, &position) == [])
    }

    @Test(arguments: StoreKind.all)
    func `a reader too far behind, or ahead, is told to reload`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        var behind = ChangePosition.start
        try other.insert(client("first"))
        #expect(try news(of: store, &behind) == [Change(kind: .client, id: "first")])
        // The length of the log is up to the store; none keeps a million entries.
        var lost: ChangePosition?
        for round in 0..<100 where lost == nil {
            try other.insert((0..<10_000).map { client("c\(round)-\($0)") })
            if case .reload(let last) = try store.changes(after: behind) { lost = last }
        }
        var position = try #require(lost)
        #expect(try news(of: store, &position) == [])
        try other.insert(client("late"))
        #expect(try news(of: store, &position) == [Change(kind: .client, id: "late")])
        // As after a restoration of an older backup.
        var ahead = position
        let restored = try kind.open()
        #expect(try news(of: restored, &ahead) == nil)
        #expect(try news(of: restored, &ahead) == [])
    }

    @Test(arguments: StoreKind.all)
    func `a change has the author and the time of its last write`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        try store.insert(client("c1"), by: .command(user: "ann"), at: 100)
        try store.insert(user("admin"), by: .server, at: 200)
        try other.setEnabled(false, client: "c1", by: .firstAdministrator, at: 300)
        guard case .some(let position, let changes) = try store.changes(after: .start) else {
            Issue.record("the log reaches back")
            return
        }
        #expect(
            changes == [
                Change(kind: .client, id: "c1", author: .firstAdministrator, time: 300),
                Change(kind: .user, id: "admin", author: .server, time: 200),
            ]
        )
        // A transaction that has several changes signs each.
        try other.write(by: .command(user: "a:b"), at: 400) { writer in
            try writer.removeClient("c1")
            try writer.removeUser("admin")
        }
        guard case .some(_, let removed) = try store.changes(after: position) else {
            Issue.record("the log reaches back")
            return
        }
        #expect(removed.map(\.author) == [.command(user: "a:b"), .command(user: "a:b")])
        #expect(removed.map(\.time) == [400, 400])
    }
}

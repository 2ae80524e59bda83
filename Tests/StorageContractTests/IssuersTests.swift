// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// Trusted issuers: kept whole, apart from clients and users, and told to readers.
struct IssuersTests {
    private func update(
        _ store: any CompleteStore,
        _ name: String,
        _ change: (inout IssuerRecord) -> Void
    ) throws -> IssuerRecord {
        try store.write(by: .command(user: "ann"), at: 2_000) { writer in
            guard var record = try writer.issuer(name) else { throw StoreError.noIssuer(name) }
            change(&record)
            return try writer.update(record)
        }
    }

    private func keep(
        _ jwks: String,
        _ uri: String,
        in store: any CompleteStore,
        at time: Int64
    ) throws -> Bool? {
        try store.write(by: .server, at: time) { try $0.keep(jwks, from: uri, issuer: "one") }
    }

    @Test(arguments: StoreKind.all)
    func `an issuer is read as it was written`(kind: StoreKind) throws {
        let store = try kind.open()
        let (one, two) = (issuer("one"), issuer("two"))
        try store.insert(two)
        try store.insert(one)
        #expect(try store.issuers() == [one, two])
        #expect(try store.issuer("one") == one && store.issuer("three") == nil)
        let changed = try update(store, "one") { record in
            record.jwksURI = nil
            record.jwks = #"{"keys":[{"kid":"é"}]}"#
            (record.audience, record.subjects) = (nil, nil)
            (record.tokenAudiences, record.scopes, record.labels) = ([], [], [:])
            (record.maxLifetime, record.allowsReplay) = (3_600, false)
        }
        #expect(changed.version == 2)
        #expect(try store.issuer("one") == changed)
        try store.removeIssuer("one", by: .server, at: 3_000)
        #expect(try store.issuers() == [two])
        let again = storeError { try store.removeIssuer("one", by: .server, at: 3_000) }
        #expect(again?.kind == .notFound && again?.subject == .issuer)
        // Another one of this name takes over no subject's token.
        var next = one
        next.created = 3_000
        try store.insert(next, by: .server, at: 3_000)
        #expect(try store.issuer("one")?.created == 3_001)
    }

    @Test(arguments: StoreKind.all)
    func `a name and an iss are taken once`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(issuer("one"))
        #expect(storeError { try store.insert(issuer("one")) }?.kind == .alreadyExists)
        var twin = issuer("two")
        twin.issuer = "https://one.example"
        #expect(storeError { try store.insert(twin) }?.kind == .alreadyExists)
        try store.insert(issuer("two"))
        let taken = storeError {
            _ = try update(store, "two") { $0.issuer = "https://one.example" }
        }
        #expect(taken?.kind == .alreadyExists && taken?.subject == .issuer)
        // Bytes: another spelling of the same text is another one.
        _ = try update(store, "two") { $0.issuer = "https://ONE.example" }
    }

    @Test(arguments: StoreKind.all)
    func `nobody begins as an issuer's subjects do`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(issuer("one"))
        for id in ["one:", "one:alice"] {
            #expect(storeError { try store.insert(client(id)) }?.kind == .alreadyExists)
            #expect(storeError { try store.insert(user(id)) }?.kind == .alreadyExists)
            var other = user("ann")
            other.subject = id
            #expect(storeError { try store.insert(other) }?.kind == .alreadyExists)
        }
        #expect(try store.clientCount() == 0 && store.users().isEmpty)
        for id in ["one", "onex:a", "on:a", "xone:a", "two:a"] { try store.insert(client(id)) }
        try store.insert(user("two:b"))
        // The other way round.
        let late = storeError { try store.insert(issuer("two")) }
        #expect(late?.kind == .alreadyExists && late?.subject == .issuer)
        try store.removeClient("two:a")
        #expect(storeError { try store.insert(issuer("two")) }?.kind == .alreadyExists)
        try store.removeUser("two:b", by: .server, at: 1_000)
        try store.insert(issuer("two"))
        try store.removeIssuer("one", by: .server, at: 2_000)
        try store.insert(client("one:alice"))
    }

    @Test(arguments: StoreKind.all)
    func `fetched keys belong to their URI, and their time is no change`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(issuer("one"))
        let uri = "https://one.example/jwks"
        #expect(try keep("{1}", uri, in: store, at: 5_000) == true)
        let first = try store.issuer("one")
        #expect(first?.fetchedJWKS == "{1}" && first?.fetchedAt == 5_000 && first?.version == 2)
        let place = try store.read { try $0.position() }
        let rows = try store.audit(AuditQuery(limit: 10)).count
        // Every node fetches: a time within a minute stays as it is.
        #expect(try keep("{1}", uri, in: store, at: 5_059) == false)
        #expect(try store.issuer("one")?.fetchedAt == 5_000)
        #expect(try keep("{1}", uri, in: store, at: 5_060) == false)
        let later = try store.issuer("one")
        #expect(later?.fetchedAt == 5_060 && later?.version == 2)
        // Readers are told, the audit is not.
        #expect(try store.audit(AuditQuery(limit: 10)).count == rows)
        guard case .some(_, let changes) = try store.changes(after: place) else {
            Issue.record("there are changes")
            return
        }
        #expect(changes == [Change(kind: .issuer, id: "one")] || changes.map(\.id) == ["one"])
        #expect(try keep("{2}", "https://other.example", in: store, at: 6_000) == nil)
        #expect(try keep("{2}", uri, in: store, at: 6_000) == true)
        let entry = try #require(try store.audit(AuditQuery(limit: 10, newestFirst: true)).first)
        #expect(entry.action == AuditAction.fetchKeys.rawValue && entry.kind == "issuer")
        // A record that was read before does not bring an old time back.
        let moved = try update(store, "one") { ($0.fetchedAt, $0.maxLifetime) = (1, 60) }
        #expect(moved.fetchedAt == 6_000 && moved.fetchedJWKS == "{2}")
        let other = try update(store, "one") { $0.jwksURI = "https://one.example/2" }
        #expect(other.fetchedJWKS == nil && other.fetchedAt == nil)
        #expect(try keep("{3}", uri, in: store, at: 7_000) == nil)
        #expect(try store.issuer("one") == other)
    }

    @Test(arguments: StoreKind.all)
    func `what makes no sense is not stored`(kind: StoreKind) throws {
        let store = try kind.open()
        let changes: [(inout IssuerRecord) -> Void] = [
            { $0.name = "user" }, { $0.name = "One" }, { $0.name = "1a" }, { $0.name = "" },
            { $0.name = String(repeating: "a", count: 33) }, { $0.name = "a:b" },
            { $0.issuer = "" }, { $0.algorithms = [] }, { $0.clients = [] },
            { $0.jwks = "{}" }, { $0.jwksURI = nil }, { $0.maxLifetime = 301 },
            { $0.maxLifetime = 0 },
        ]
        for (index, change) in changes.enumerated() {
            var record = issuer("one")
            change(&record)
            #expect(storeError { try store.insert(record) }?.kind == .invalid, "\(index)")
        }
        #expect(try store.issuers().isEmpty)
    }

    @Test(arguments: StoreKind.all)
    func `of two changes at once one wins`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(issuer("one"))
        let old = try #require(try store.issuer("one"))
        _ = try update(store, "one") { $0.maxLifetime = 60 }
        let late = storeError {
            _ = try store.write(by: .server, at: 3_000) { try $0.update(old) }
        }
        #expect(late?.kind == .conflict)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import TestSupport
import Testing

/// Registrations through a real store: one transaction each, and nothing where something is wrong.
struct StoredRegistrationsTests {
    private let store: TemporaryStore

    init() throws {
        store = try TemporaryStore()
    }

    @discardableResult
    private func add(_ name: String, _ clientID: String) throws -> ClientRecord {
        var change = ClientChange()
        change.name = name
        let made = try ClientRegistration.new(change, clientID: clientID, at: Vectors.now)
        try made.insert(into: store.database, by: .server, at: Vectors.now)
        return made.client
    }

    @discardableResult
    private func change(
        _ name: String,
        _ write: (inout ClientChange) throws -> Void
    ) throws -> ClientRegistration {
        var change = ClientChange()
        try write(&change)
        return try ClientRegistration.change(
            name,
            by: change,
            in: store.database,
            by: .firstAdministrator,
            at: Vectors.now + 1
        )
    }

    @Test func `a client is changed by its name and by its identity`() throws {
        let client = try add("one", "id-1")
        let made = try change("one") { $0.scopes = ["read"] }
        #expect(made.client.version == client.version + 1 && made.client.scopes == ["read"])
        #expect(made.client.updatedAt == Vectors.now + 1)
        #expect(try store.database.client("id-1") == made.client)
        try change("id-1") { $0.name = "other" }
        #expect(try store.database.clientID(for: "other") == "id-1")
    }

    @Test func `a refused change writes nothing`() throws {
        let client = try add("one", "id-1")
        let findings = thrownFindings {
            try change("one") {
                $0.scopes = ["é"]; $0.name = "other"
            }
        }
        #expect(findings.map(\.field) == [.scope])
        #expect(try store.database.client("id-1") == client)
        #expect(throws: StoreError.self) { try change("nobody") { $0.scopes = ["read"] } }
    }

    @Test func `two clients do not answer to one name`() throws {
        try add("one", "id-1")
        let two = try add("two", "id-2")
        for taken in ["one", "id-1"] {
            #expect(throws: StoreError.self) { try add(taken, "id-3") }
            #expect(throws: StoreError.self) { try change("two") { $0.name = taken } }
        }
        #expect(throws: StoreError.self) { try add("three", "one") }
        #expect(try store.database.client("id-2") == two)
        #expect(try store.database.clientCount() == 2)
    }

    @Test func `an old record can be disabled and enabled, and removed`() throws {
        let old = ClientRecord(
            clientID: String(repeating: "i", count: 200),
            name: "old\u{7}",
            authenticationMethod: "ancient",
            grantTypes: ["implicit"],
            scopes: ["é"],
            createdAt: 1,
            updatedAt: 1
        )
        try store.database.insert(old, by: .server, at: 1)
        for isEnabled in [false, true] {
            try change(old.clientID) { $0.isEnabled = isEnabled }
            #expect(try store.database.client(old.clientID)?.enabled == isEnabled)
        }
        try store.database.removeClient(old.clientID, by: .server, at: 2)
    }

    @Test func `a trust set that a client names must be there`() throws {
        func write(_ change: inout ClientChange) throws {
            change.method = "tls_client_auth"
            change.trustSet = "internal"
            change.subject = try SubjectRegistration(.dns, "a.example")
        }
        try add("one", "id-1")
        #expect(throws: StoreError.self) { try change("one", write) }
        var set = TrustSetChange()
        set.caCertificates = [RevocationVectors.root]
        try TrustSetRegistration.new("internal", set, at: 0)
            .insert(into: store.database, by: .server, at: 0)
        #expect(try change("one", write).client.trustSet == "internal")
    }

    @Test func `a trust set is changed by its name`() throws {
        var change = TrustSetChange()
        change.caCertificates = [RevocationVectors.root]
        change.sources = ["https://crl.example/a"]
        try TrustSetRegistration.new("internal", change, at: 0)
            .insert(into: store.database, by: .server, at: 0)
        func changed(_ name: String, _ write: (inout TrustSetChange) -> Void) throws
            -> (made: TrustSetRegistration, sourcesBefore: [String])
        {
            var change = TrustSetChange()
            write(&change)
            return try TrustSetRegistration.change(
                name,
                by: change,
                in: store.database,
                by: .server,
                at: Vectors.now
            )
        }
        let (made, before) = try changed("internal") { $0.sources = [] }
        #expect(made.set.revocation == "off" && before == ["https://crl.example/a"])
        #expect(try store.database.trustSet("internal") == made.set)
        #expect(thrownFindings { try changed("internal") { $0.revocation = "hard" } }.count == 1)
        #expect(thrownFindings { try changed("no name") { $0.sources = [] } }.count == 1)
        #expect(throws: StoreError.self) { try changed("absent") { $0.sources = [] } }
        #expect(try store.database.trustSet("internal") == made.set)
    }

    @Test func `a password is replaced, and a refused one is not`() throws {
        let user = try UserRegistration.new("admin", password: "old", at: 0)
        try store.database.insert(user, by: .server, at: 0)
        func set(_ password: String, of name: String = "admin") throws {
            try UserRegistration.setPassword(
                password,
                of: name,
                in: store.database,
                by: .server,
                at: 1
            )
        }
        #expect(thrownFindings { try set("") }.map(\.field) == [.password])
        #expect(try store.database.user("admin") == user)
        try set("new")
        #expect(try store.database.user("admin")?.passwordHash != user.passwordHash)
        #expect(throws: StoreError.self) { try set("new", of: "nobody") }
        #expect(thrownFindings { try set("", of: "") }.map(\.field) == [.userName, .password])
        try UserRegistration.remove("admin", from: store.database, by: .server, at: 2)
        #expect(try store.database.users().isEmpty)
    }

    @Test func `keys are made once, and rotated`() throws {
        for _ in 0..<2 { try TokenKeyRotation.ensure(in: store.database, by: .server, at: 100) }
        let first = try store.database.keys()
        #expect(Set(first.map(\.kind)) == [KeyRecord.signing, KeyRecord.sealing])
        #expect(first.count == 2)
        func rotate(_ activeIn: Int64, forget: Bool = false) throws -> KeyRecord {
            try TokenKeyRotation.rotate(
                .signing,
                activeIn: activeIn,
                forget: forget,
                in: store.database,
                by: .server,
                at: 200
            )
        }
        let next = try rotate(300)
        #expect(next.activeFrom == 500)
        let signing = try store.database.keys().filter { $0.kind == KeyRecord.signing }
        #expect(signing.map(\.retiredAt) == [500, nil])
        #expect(thrownFindings { _ = try rotate(1, forget: true) }.map(\.field) == [.forget])
        let last = try rotate(0, forget: true)
        let left = try store.database.keys().filter { $0.kind == KeyRecord.signing }
        #expect(left.map(\.keyID) == [last.keyID])
        #expect(try store.database.keys().count == 2)
    }
}

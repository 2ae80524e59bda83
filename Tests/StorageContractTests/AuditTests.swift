// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct AuditTests {
    /// Every entry, oldest first.
    private func entries(_ store: any CompleteStore) throws -> [AuditEntry] {
        try store.audit(AuditQuery(limit: 1_000))
    }

    private func report(
        _ store: any CompleteStore,
        keeping kept: AuditMark? = nil
    ) throws -> AuditReport {
        try store.read { try AuditVerification.report($0, keeping: kept) }
    }

    @Test(arguments: StoreKind.all)
    func `each change leaves its row, with its author, time and sort`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"), by: .command(user: "ann"), at: 100)
        try store.setEnabled(false, client: "c1", by: .administration(name: "ci"), at: 200)
        try store.setEnabled(true, client: "c1", by: .console(user: "bob"), at: 300)
        try store.endTokens(client: "c1", by: .server, at: 400)
        try store.updateClient("c1", at: 500) { $0.certificates = [certificate(1)] }
        try store.updateClient("c1", at: 600) { $0.secretHash = "one" }
        try store.updateClient("c1", at: 700) { ($0.scopes, $0.name) = (["read"], "other") }
        try store.insert(user("admin"), by: .server, at: 800)
        try store.setPasswordHash("x", user: "admin")
        try store.setEnabled(false, user: "admin")
        try store.endTokens(user: "admin", by: .server, at: 5_000)
        try store.insert(trustSet("ours"))
        try store.updateTrustSet("ours") { $0.caCertificates = [[0x30, 0x01]] }
        try store.insert(key("k1"))
        try store.rotate(to: key("k2"), retiringOthersAt: 9_000, removingEndedBefore: 0)
        let token = AdminTokenRecord(name: "ci", role: .read, digest: digest(1), createdAt: 1)
        try store.insert(token, by: .server, at: 1_000)
        try store.removeAdminToken("ci", by: .server, at: 1_000)
        try store.removeUser("admin")
        try store.removeTrustSet("ours")
        try store.removeClient("c1")
        let found = try entries(store)
        #expect(found.map(\.sequence) == Array(1...21))
        #expect(
            found.map { "\($0.kind) \($0.id) \($0.action)" } == [
                "client c1 add", "client c1 disable", "client c1 enable", "client c1 end_tokens",
                "client c1 change_certificates", "client c1 change_secret", "client c1 change",
                "user admin add", "user admin change_password", "user admin disable",
                "user admin end_tokens", "trust_set ours add",
                "trust_set ours change_certificates", "key k1 add", "key k1 retire", "key k2 add",
                "admin_token ci add", "admin_token ci remove", "user admin remove",
                "trust_set ours remove", "client c1 remove",
            ]
        )
        #expect(
            found.prefix(4).map { "\($0.author) \($0.time)" } == [
                "command:ann 100", "administration:ci 200", "console:bob 300", "server 400",
            ]
        )
        #expect(try report(store).finding == nil)
        #expect(try report(store).checked == 21)
    }

    @Test(arguments: StoreKind.all)
    func `a row has the members that differ, and a new or removed record whole`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        try store.insert(user("admin"), by: .server, at: 1)
        try store.setEnabled(false, user: "admin", by: .server, at: 5_000)
        try store.insert(client("c1", certificates: [certificate(1)]))
        try store.updateClient("c1", at: 2_000) { client in
            client.certificates = [certificate(2)]
            client.trustSet = nil
            client.scopes = []
        }
        try store.removeUser("admin", by: .server, at: 3)
        let found = try entries(store)
        let whole = #"{"created_at":1000,"enabled":true,"password":"set","sub":"user:admin"}"#
        #expect(found[0].before == nil && found[0].after == whole)
        #expect(found[1].before == #"{"enabled":true,"tokens_valid_from":null}"#)
        #expect(found[1].after == #"{"enabled":false,"tokens_valid_from":5001}"#)
        let one = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
        let two = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"
        #expect(
            found[3].before
                == "{\"certificates_removed\":[{\"subject\":\"CN=client 1\",\"x5t#S256\":\""
                + one + "\"}],\"scope\":\"read write\"}"
        )
        #expect(
            found[3].after
                == "{\"certificates_added\":[{\"subject\":\"CN=client 2\",\"x5t#S256\":\""
                + two + "\"}],\"scope\":null}"
        )
        #expect(found[4].after == nil && found[4].before?.contains("tokens_valid_from") == true)
    }

    @Test(arguments: StoreKind.all)
    func `each impersonation is a row of its client, and no change of it`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let (before, position) = (try store.client("c1"), try store.read { try $0.position() })
        var row = Impersonation(
            clientID: "c1",
            subject: "user:ann",
            scopes: ["read", "write"],
            audiences: ["https://api.example"]
        )
        var other = row
        (other.subject, other.scopes) = ("partner:bob", [])
        try store.record([row, other], at: 200)
        try store.record([], at: 300)
        row.clientID = "gone"
        try store.record([row], at: 400)
        let found = try entries(store).dropFirst()
        #expect(
            found.map { "\($0.kind) \($0.id) \($0.action) \($0.author) \($0.time)" } == [
                "client c1 impersonate server 200", "client c1 impersonate server 200",
                "client gone impersonate server 400",
            ]
        )
        #expect(found.allSatisfy { $0.before == nil })
        #expect(
            found.map(\.after).prefix(2) == [
                #"{"audiences":["https://api.example"],"scope":"read write","sub":"user:ann"}"#,
                #"{"audiences":["https://api.example"],"sub":"partner:bob"}"#,
            ]
        )
        #expect(try report(store).finding == nil && report(store).checked == 4)
        #expect(try store.client("c1") == before)
        #expect(try store.read { try $0.position() } == position)
        var query = AuditQuery(limit: 10)
        query.action = .impersonate
        #expect(try store.audit(query).count == 3)
    }

    @Test(arguments: StoreKind.all)
    func `a switch that changes nothing is a row as well`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        try store.setEnabled(true, client: "c1", at: 2)
        for time in [500, 400] as [Int64] {
            try store.endTokens(client: "c1", by: .server, at: time)
        }
        let found = try entries(store)
        #expect(found.map(\.action) == ["add", "enable", "end_tokens", "end_tokens"])
        #expect(found[1].before == "{}" && found[1].after == "{}")
        // By one second more, also by a clock that was set back.
        #expect(found[3].after == #"{"tokens_valid_from":502}"#)
    }

    @Test(arguments: StoreKind.all)
    func `a change of a user that changes little is named by what was asked for`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        try store.insert(user("admin"), by: .server, at: 1)
        try store.setPasswordHash("x", user: "admin", by: .server, at: 500)
        try store.endTokens(user: "admin", by: .server, at: 500)
        try store.setEnabled(true, user: "admin", by: .server, at: 500)
        for _ in 1...2 { try store.setEnabled(false, user: "admin", by: .server, at: 500) }
        let found = try entries(store)
        #expect(
            found.map(\.action) == [
                "add", "change_password", "end_tokens", "enable", "disable", "disable",
            ]
        )
        #expect(found[3].before == "{}" && found[3].after == "{}")
        #expect(found[2].after == #"{"tokens_valid_from":502}"#)
        #expect(found[5].after == #"{"tokens_valid_from":504}"#)
        #expect(try report(store).finding == nil)
    }

    @Test(arguments: StoreKind.all)
    func `what is refused or thrown away leaves no row`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        #expect(storeError { try store.insert(client("c1")) }?.kind == .alreadyExists)
        #expect(storeError { try store.removeClient("c2") }?.kind == .notFound)
        #expect(storeError { try store.setEnabled(true, user: "nobody") }?.kind == .notFound)
        struct Thrown: Error {}
        #expect(throws: Thrown.self) {
            try store.write(by: .server, at: 1) { writer in
                try writer.insert(user("admin"))
                throw Thrown()
            }
        }
        // Uses of certificates are no change of a registration.
        try store.recordTrustedUses([])
        #expect(try entries(store).count == 1)
        #expect(try report(store).checked == 1 && report(store).finding == nil)
    }

    @Test(arguments: StoreKind.all)
    func `no secret, hash or key is in any row`(kind: StoreKind) throws {
        let store = try kind.open()
        var record = client("c1")
        (record.secretHash, record.sharedSecret) = ("HASH-1", "SHARED-1")
        try store.insert(record)
        try store.updateClient("c1", at: 2) { ($0.secretHash, $0.sharedSecret) = ("HASH-2", nil) }
        try store.updateClient("c1", at: 3) { $0.secretHash = nil }
        try store.updateClient("c1", at: 3) { $0.secretHash = "HASH-3" }
        try store.removeClient("c1")
        try store.insert(user("admin"))
        try store.setPasswordHash("HASH-4", user: "admin")
        var signing = key("k1")
        signing.material = Array("MATERIAL".utf8)
        try store.insert(signing)
        let digest = [UInt8](repeating: 0xab, count: 32)
        try store.insert(
            AdminTokenRecord(name: "ci", role: .operate, digest: digest, createdAt: 1),
            by: .server,
            at: 1
        )
        let found = try entries(store)
        let text = found.map { String(decoding: $0.line, as: UTF8.self) }.joined()
        for secret in ["HASH", "SHARED", "argon2", "MATERIAL", "TUFURVJJQUw", "abab", "q6ur"] {
            #expect(!text.contains(secret))
        }
        #expect(found[0].after?.contains(#""client_secret":"set""#) == true)
        #expect(found[1].before == #"{"client_secret":"set"}"#)
        #expect(found[1].after == #"{"client_secret":"changed"}"#)
        #expect(found[2].after == #"{"client_secret":null}"#)
        #expect(found[3].after == #"{"client_secret":"set"}"#)
        #expect(found[6].after == #"{"password":"changed","tokens_valid_from":1001}"#)
    }

    @Test(arguments: StoreKind.all)
    func `a row is bounded, however much was changed`(kind: StoreKind) throws {
        let store = try kind.open()
        var record = client("c1")
        let long = String(repeating: "x", count: 200)
        record.redirectURIs = (0..<2_000).map { "https://\($0).example/\(long)" }
        record.jwks = #"{"keys":[{"kid":"one"},{"kid":"two"}],"x":"\#(long)"}"#
        record.certificates = (1...60 as ClosedRange<UInt8>).map { number in
            var one = certificate(number)
            one.subject = String(repeating: "ü", count: 5_000)
            return one
        }
        try store.insert(record)
        let after = try #require(try entries(store).first?.after)
        #expect(after.utf8.count < 32_000)
        #expect(after.contains(#""redirect_uris":{"bytes":"#) && after.contains(#"{"more":28}"#))
        #expect(after.contains(#""keys":2,"kids":["one","two"]"#))
    }

    @Test(arguments: StoreKind.all)
    func `entries are found by place, order and record`(kind: StoreKind) throws {
        let store = try kind.open()
        for name in ["c1", "c2", "c3"] { try store.insert(client(name)) }
        try store.insert(user("c1"))
        try store.removeClient("c1")
        func found(_ query: AuditQuery) throws -> [Int64] {
            try store.audit(query).map(\.sequence)
        }
        #expect(try found(AuditQuery(limit: 2)) == [1, 2])
        #expect(try found(AuditQuery(after: 3, limit: 9)) == [4, 5])
        #expect(try found(AuditQuery(limit: 2, newestFirst: true)) == [5, 4])
        #expect(try found(AuditQuery(before: 4, limit: 2, newestFirst: true)) == [3, 2])
        let one = AuditQuery.Thing(.client, "c1")
        #expect(try found(AuditQuery(limit: 9, of: [one])) == [1, 5])
        let both = [one, AuditQuery.Thing(.client, "c3")]
        #expect(try found(AuditQuery(after: 1, limit: 9, of: both)) == [3, 5])
        #expect(try found(AuditQuery(limit: 9, of: [AuditQuery.Thing(.key, "c1")])) == [])
        #expect(try found(AuditQuery(after: 5, limit: 9)) == [])
        func only(_ set: (inout AuditQuery) -> Void) throws -> [Int64] {
            var query = AuditQuery(limit: 9)
            set(&query)
            return try found(query)
        }
        #expect(try only { $0.kind = .user } == [4])
        #expect(try only { $0.action = .remove } == [5])
        let all = try store.audit(AuditQuery(limit: 9))
        #expect(try only { $0.author = all[0].author }.count == 5)
        #expect(try only { $0.author = all[0].author + "x" } == [])
        let time = try #require(all.map(\.time).max())
        #expect(try only { $0.since = time + 1 } == [] && only { $0.until = time + 1 }.count == 5)
        #expect(try only { $0.since = all[0].time }.count == 5)
        #expect(try only { $0.until = all[0].time } == [])
    }

    @Test(arguments: StoreKind.all)
    func `programs that write at once make one chain`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let stores = [try home.open(), try home.open()]
        for number in 0..<20 { try stores[number % 2].insert(client("c\(number)")) }
        try stores[0].insert((20..<60).map { client("c\($0)") })
        let found = try report(stores[1])
        #expect(found.finding == nil && found.checked == 60 && found.newest?.sequence == 60)
        #expect(try report(stores[1], keeping: found.newest).finding == nil)
    }

    @Test(arguments: StoreKind.all)
    func `a chain goes on under another key, and says from where`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let before = try report(store).newest
        try store.write(by: .command(user: "ann"), at: 5) { try $0.renewAudit() }
        try store.insert(client("c2"))
        let found = try report(store, keeping: before)
        #expect(found.finding == nil && found.earlier == 1 && found.checked == 2)
        #expect(try entries(store)[1].action == "renew")
    }

    @Test(arguments: StoreKind.all)
    func `a mark of another audit, or of a later one, is noticed`(kind: StoreKind) throws {
        let (store, other) = (try kind.open(), try kind.open())
        for one in [store, other] { try one.insert([client("c1"), client("c2")]) }
        let foreign = try report(other).newest
        #expect(try report(store, keeping: foreign).finding == .otherRow(2))
        try other.insert(client("c3"))
        let later = try report(other).newest
        #expect(try report(store, keeping: later).finding == .behind(kept: 3, newest: 2))
    }

    private func digest(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }
}

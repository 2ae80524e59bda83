// SPDX-License-Identifier: Apache-2.0
import Foundation
import PostgresTesting
import SQLiteStore
import Storage
import StorageTesting
import Tables
import Testing

@testable import PostgresStore

/// A data directory that is copied into a store that nodes share.
struct StoreCopyTests {
    /// A directory with records of every kind, which goes away with its test.
    private final class Source {
        let path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-copied-\(UInt64.random(in: 0 ... .max))").path

        func open() throws -> SQLiteDatabase {
            try SQLiteDatabase.open(directory: path, as: .tool)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func fill(_ store: SQLiteDatabase) throws {
        try store.insert(trustSet("partners"))
        var first = client("a", certificates: [certificate(1), certificate(2, createdAt: 7)])
        first.labels = ["team": "red", "größe": "M"]
        first.trustSet = "partners"
        try store.insert(first)
        var second = client("b")
        (second.authenticationMethod, second.sharedSecret) = ("client_secret_jwt", "s3cret")
        second.caCertificates = [certificate(3)]
        (second.refreshRotation, second.tokensValidFrom) = (false, 12)
        try store.insert(second)
        try store.updateClient("b", at: 2_000) { $0.name = "Second" }
        try store.insert(user("ann"))
        try store.insert(issuer("partner"))
        try store.insert(key("k1"))
        try store.insert(key("k2", kind: KeyRecord.sealing))
        _ = try store.perform([
            .addCode(SampleGrant.code(1), from: nil), .addRefreshFamily(SampleGrant.family(1)),
            .addRefreshFamily(SampleGrant.family(2)), .push(SampleGrant.request(1)),
            .revokeToken(RevokedToken(id: SampleGrant.identifier(1), until: 5_000)),
            .revokeToken(RevokedToken(id: SampleGrant.identifier(2), until: 6_000)),
        ])
        let use = UsedAssertion(digest: SampleGrant.digest(9), until: 9_000, steadyUntil: 77)
        _ = try store.recordUses([use], now: StoreMoment(wall: 1, steady: 1), sweeping: nil)
    }

    @discardableResult
    private func copy(_ source: SQLiteDatabase, to home: PostgresHome) throws -> [StoreCopy.Count] {
        let copy = try StoreCopy(to: home.url(), keyFile: home.keyFile())
        return try source.moving { try copy.copy($0, by: .command(user: "root"), at: 3_000) }
    }

    private func home() throws -> PostgresHome {
        try PostgresHome(cluster: PostgresCluster.shared.get())
    }

    @Test func `every record is the same in the copy`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        let counts = try copy(source, to: home)
        #expect(counts.first { $0.kind == "clients" }?.rows == 2)
        let target = try home.openPlain()
        for id in ["a", "b"] {
            let (old, new) = (try source.client(id), try target.client(id))
            #expect(old != nil && old == new)
        }
        let (before, after) = (try facts(source), try facts(target))
        #expect(before == after)
        let keys: [GrantKey] = [
            .code(SampleGrant.digest(1)), .refreshFamily(SampleGrant.identifier(1)),
            .refreshFamily(SampleGrant.identifier(2)),
            .pushedRequest(SampleGrant.digest(1, 0x50)),
        ]
        #expect(try source.find(keys) == target.find(keys))
        #expect(try target.find(keys).allSatisfy { $0 != nil })
    }

    private struct Facts: Equatable {
        let trustSets: [TrustSetRecord]
        let issuers: [IssuerRecord]
        let users: [UserRecord]
        let keys: [KeyRecord]
    }

    private func facts(_ store: any RegistrationStore) throws -> Facts {
        try store.read { reader in
            try Facts(
                trustSets: reader.trustSets(),
                issuers: reader.issuers(),
                users: reader.users(),
                keys: reader.keys()
            )
        }
    }

    @Test func `an assertion that was used is used in the copy`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        try copy(source, to: home)
        let target = try home.openPlain()
        let uses = [9, 10].map {
            UsedAssertion(digest: SampleGrant.digest($0), until: 9_000, steadyUntil: 1)
        }
        let now = StoreMoment(wall: 1_000, steady: 1)
        let written = try target.recordUses(uses, now: now, sweeping: nil)
        #expect(written.areFirst == [false, true])
    }

    @Test func `nodes hear of what was copied, revocations too`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        let target = try home.openPlain()
        let (place, position) = (try target.read { try $0.position() }, try revoked(target, 0).0)
        try copy(source, to: home)
        guard case .some(_, let changes) = try target.changes(after: place) else {
            Issue.record("everything is to be read again")
            return
        }
        #expect(Set(changes.map(\.id)) == ["partners", "a", "b", "ann", "partner", "k1", "k2"])
        #expect(changes.allSatisfy { $0.author == .command(user: "root") && $0.time == 3_000 })
        #expect(try revoked(target, position).1 == [5_000, 6_000])
        // The next one comes behind them: the trigger is on again.
        let now = try revoked(target, 0).0
        _ = try target.perform([
            .revokeToken(RevokedToken(id: SampleGrant.identifier(3), until: 7_000))
        ])
        #expect(try revoked(target, now).1 == [7_000])
    }

    private func revoked(_ store: PostgresDatabase, _ after: Int64) throws -> (Int64, [Int64]) {
        let (position, tokens) = try store.revocations(after: after)
        return (position, tokens.map(\.until).sorted())
    }

    @Test func `rows that triggers keep are as triggers make them`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        try copy(source, to: home)
        let rows = """
            SELECT row_to_json(s) FROM client_search AS s ORDER BY client;
            """
        let labels = "SELECT row_to_json(l) FROM client_label AS l ORDER BY client, name"
        let copied = (try home.run(rows), try home.run(labels))
        #expect(copied.0.contains("cn=client 1") && copied.1.contains("größe"))
        try home.run("UPDATE client SET labels = NULL; DELETE FROM client_search")
        let target = try home.openPlain()
        try target.updateClient("a", at: 3) { $0.labels = ["team": "red", "größe": "M"] }
        try target.updateClient("b", at: 3) { $0.createdAt = 1_000 }
        #expect(try home.run(rows) == copied.0)
        #expect(try home.run(labels) == copied.1)
        // A new client gets a number behind those of the copied ones.
        try target.insert(client("c", certificates: [certificate(1)]))
        #expect(try target.client("c")?.certificates.count == 1)
    }

    @Test func `the audit goes on behind its entries, under the store's key`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        let entries = try source.audit(AuditQuery(limit: 100))
        try copy(source, to: home)
        let target = try home.openPlain()
        try target.setEnabled(false, client: "a", at: 4_000)
        let now = try target.audit(AuditQuery(limit: 100))
        #expect(Array(now.prefix(entries.count)) == entries)
        #expect(now.count == entries.count + 2)
        let copied = now[entries.count]
        #expect(copied.kind == "audit" && copied.action == AuditAction.renew.rawValue)
        #expect(copied.after?.contains("copied_from") == true)
        let report = try target.read { try AuditVerification.report($0) }
        #expect(report.finding == nil && report.earlier == Int64(entries.count))
        #expect(report.checked == 2)
    }

    @Test func `a store that is not empty is left as it is, and the directory too`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        let target = try home.openPlain()
        try target.insert(key("own"))
        #expect { try copy(source, to: home) } throws: { error in
            let error = error as? StoreError
            return error?.kind == .notEmpty && error?.reason.contains("keys of tokens: 1") == true
        }
        #expect(try target.client("a") == nil)
        // Not marked: it is written to as before.
        try source.setEnabled(false, client: "a", at: 9)
    }

    @Test func `a copied directory takes no writes, and is not copied again`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        try copy(source, to: home)
        for error in [
            #expect(throws: StoreError.self) { try source.setEnabled(true, client: "a", at: 9) },
            #expect(throws: StoreError.self) {
                try source.perform([.addCode(SampleGrant.code(2), from: nil)])
            },
            #expect(throws: StoreError.self) { try copy(source, to: self.home()) },
            #expect(throws: StoreError.self) {
                try SQLiteDatabase.open(directory: folder.path, as: .server)
            },
        ] { #expect(error?.kind == .moved) }
        #expect(try folder.open().client("a") != nil)
        _ = try NodeDirectory.open(folder.path, as: .server)
    }

    @Test func `a copy that fails at its end leaves no mark`() throws {
        let (folder, home) = (Source(), try home())
        let source = try folder.open()
        try Self.fill(source)
        try home.run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'refused'; END $$;
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION refuse();
            """
        )
        #expect(throws: StoreError.self) { try copy(source, to: home) }
        #expect(try home.run("SELECT count(*) FROM client") == "0\n")
        try source.setEnabled(false, client: "a", at: 9)
        // The twin: without it, the same is copied.
        try home.run("DROP TRIGGER late ON audit")
        try copy(source, to: home)
    }
}

/// The list of tables that are copied, held against the tables that there are.
struct CopiedTableTests {
    @Test func `every column of SQLite's tables is copied, or is made by triggers`() throws {
        let path =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-columns-\(UInt64.random(in: 0 ... .max))").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try SQLiteDatabase.open(directory: path, as: .tool)
        let found = try store.withReader { database in
            try columns(
                database,
                """
                SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
                WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
                """
            )
        }
        let left: Set = [
            "change", "client_label", "client_search", "audit_head", "schema_compatibility",
        ]
        #expect(found.filter { !left.contains($0.key) } == copied)
    }

    @Test func `every column of PostgreSQL's tables is filled, or is made there`() throws {
        let home = try PostgresHome(cluster: PostgresCluster.shared.get())
        var found = try home.openPlain().withReader { database in
            try columns(
                database,
                """
                SELECT table_name::text, column_name::text FROM information_schema.columns
                WHERE table_schema = 'public'
                """
            )
        }
        found["revoked_token"]?.remove("sequence")
        let left: Set = [
            "change", "change_position", "change_transaction", "client_label", "client_search",
            "audit_head", "wrapped_secret", "handfast_schema", "revocation_position",
        ]
        #expect(found.filter { !left.contains($0.key) } == copied)
    }

    private var copied: [String: Set<String>] {
        Dictionary(
            uniqueKeysWithValues: CopiedTable.all.map { table in
                let name = table.name.filter { $0 != "\"" }
                return (name, Set(table.columns.map(\.name) + table.zeroed))
            }
        )
    }

    private func columns(
        _ database: any SQLDatabase,
        _ sql: String
    ) throws -> [String: Set<String>] {
        let pairs = try database.all(sql) { (try $0[0] as String, try $0[1] as String) }
        return Dictionary(grouping: pairs, by: \.0).mapValues { Set($0.map(\.1)) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// Databases of the program that used GRDB (Decision 0030).
///
/// `stopped.db` is of a server that ended, `killed.db` with its log of one that was killed; both
/// have schema version 5.
struct GRDBDatabasesTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func place(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Databases"
        try FileManager.default.createDirectory(
            atPath: directory.path,
            withIntermediateDirectories: true
        )
        for suffix in ["", "-wal"] {
            let source = "\(folder)/\(name).db\(suffix)"
            guard FileManager.default.fileExists(atPath: source) else { continue }
            try FileManager.default.copyItem(atPath: source, toPath: directory.database + suffix)
        }
    }

    private static let names = ["registered", "subject", "own-ca", "secret", "keys", "shared"]

    private func clients(_ store: SQLiteDatabase) throws -> [String: ClientRecord] {
        var found: [String: ClientRecord] = [:]
        try store.forEachClient { found[$0.name] = $0 }
        return found
    }

    @Test(arguments: [SQLiteDatabase.Role.server, .tool])
    func `everything in it is read`(role: SQLiteDatabase.Role) throws {
        try place("stopped")
        let store = try directory.open(role)
        let found = try clients(store)
        #expect(Set(found.keys) == Set(Self.names))
        let registered = try #require(found["registered"])
        let whole = try #require(try store.client(registered.clientID))
        #expect(whole.certificates.count == 2 && whole.boundAccessTokens)
        #expect(whole.certificates.allSatisfy { $0.der.first == 0x30 && !$0.subject.isEmpty })
        #expect(try store.certificateUses(of: registered.clientID).count == 1)
        #expect(found["subject"]?.trustSet == "internal")
        #expect(found["subject"]?.subjectValue == "CN=subject,O=Example")
        #expect(found["own-ca"]?.caCertificates.first?.der.isEmpty == false)
        #expect(found["keys"]?.jwks?.contains(#""kty""#) == true)
        #expect(found["shared"]?.sharedSecret?.isEmpty == false)
        #expect(found["secret"]?.secretHash?.hasPrefix("sha256:") == true)
        #expect(try store.users().map(\.name) == ["admin"])
        #expect(try store.keys().map(\.kind).sorted() == ["A256GCM", "ES256"])
        let set = try #require(try store.trustSet("internal"))
        #expect(set.caCertificates.map(\.count) == [390] && set.revocation == "soft")
        #expect(set.sources == ["https://crl.example/a.crl"])
    }

    @Test func `what was committed before the kill is there, from the log`() throws {
        try place("killed")
        let store = try directory.open(.server)
        let found = try clients(store)
        #expect(Set(found.keys) == Set(Self.names + ["late"]))
        #expect(found["secret"]?.enabled == false)
    }

    @Test(arguments: ["stopped", "killed"])
    func `it can be changed, and only later steps of the schema are applied`(name: String) throws {
        try place(name)
        do {
            let store = try directory.open(.server)
            let record = try #require(try clients(store)["registered"])
            try store.updateClient(record.clientID, at: 2_000_000_000) { client in
                client.certificates.removeLast()
                client.certificates.append(certificate(1))
            }
            try store.updateTrustSet("internal") { $0.sources.append("/etc/crl.pem") }
            try store.insert(key("k1"))
            try store.setEnabled(false, user: "admin")
            try store.insert(client("new"))
            let subject = try #require(try clients(store)["subject"])
            try store.removeClient(subject.clientID)
        }
        let store = try directory.open(.tool)
        let found = try clients(store)
        #expect(found["subject"] == nil && found["playground2"]?.clientID == "new")
        let registered = try #require(found["registered"])
        #expect(registered.certificates.contains { $0.thumbprint == certificate(1).thumbprint })
        #expect(try store.trustSet("internal")?.sources.count == 2)
        #expect(try store.keys().count == 3 && store.user("admin")?.enabled == false)
        let facts = try store.withReader { database in
            [
                try database.value("PRAGMA user_version") ?? 0,
                try database.value("SELECT count(*) FROM sqlite_schema WHERE name = 'client'") ?? 0,
                try database.value("SELECT count(*) FROM pragma_foreign_key_check") ?? 0,
            ]
        }
        #expect(facts == [Migration.all.last?.version, 1, 0])
    }
}

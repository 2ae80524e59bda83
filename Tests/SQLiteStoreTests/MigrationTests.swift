// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

struct MigrationTests {
    let directory: TemporaryDirectory
    /// A later version, as one will come.
    private let next =
        Migration.all + [
            Migration(
                version: (Migration.all.last?.version ?? 0) + 1,
                statements: """
                    ALTER TABLE client ADD COLUMN note TEXT NOT NULL DEFAULT '';
                    CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;
                    """
            )
        ]

    /// The one after it, which takes something away.
    private var contracted: [Migration] {
        let version = (next.last?.version ?? 0) + 1
        return next + [
            Migration(
                version: version,
                statements: "DROP TABLE later;",
                compatibleFrom: version
            )
        ]
    }

    /// A client as the first version wrote it.
    static let row = """
        INSERT INTO client (client_id, name, authentication_method, grant_types, scopes,
        redirect_uris, bound_access_tokens, audiences, token_format, reuse_window, may_introspect,
        enabled, created_at, updated_at) VALUES ('c1', 'c1', 'client_secret_basic',
        'password client_credentials', 'read write', '', 1, '', 'jwt', 0, 0, 1, 1, 1)
        """

    /// A user as the first version wrote it.
    private static let userRow = """
        INSERT INTO user (name, subject, password_hash, enabled, created_at) VALUES ('admin',
        'user:admin', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 1, 1000)
        """

    /// A key as the first version wrote it.
    private static let keyRow =
        "INSERT INTO server_key VALUES ('k1', 'ES256', x'010203', 1000, 1000, NULL)"

    init() throws { directory = try TemporaryDirectory() }

    @Test func `the steps are in order, each number once`() {
        let versions = Migration.all.map(\.version)
        #expect(versions.first == 1)
        #expect(zip(versions, versions.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test(arguments: 1...Migration.all.count)
    func `a database of each older version keeps its rows`(version: Int) throws {
        do {
            let old = try directory.open(
                migrations: Array(Migration.all.prefix(version))
            )
            // In SQL: the program of today writes columns that the older ones do not have.
            try old.withWriter { database in
                try database.execute(Self.row)
                try database.execute(Self.userRow)
            }
        }
        let new = try directory.open(.server, migrations: next)
        let kept = try #require(try new.client("c1"))
        #expect(kept.grantTypes == ["password", "client_credentials"])
        #expect(kept.scopes == ["read", "write"] && kept.boundAccessTokens && kept.enabled)
        #expect(kept.jwks == nil && kept.sharedSecret == nil && kept.assertionAlgorithm == nil)
        #expect(try new.user("admin") == user("admin"))
        try new.insert(client("c2"))
    }

    @Test func `a database of the second version keeps everything that it had`() throws {
        let thumbprint = certificate(1).thumbprint
        do {
            let old = try directory.open(migrations: Array(Migration.all.prefix(2)))
            try old.withWriter { database in
                try database.execute(Self.row)
                try database.execute(
                    """
                    UPDATE client SET jwks = '{}', shared_secret = 's',
                    assertion_algorithm = 'ES256'
                    """
                )
                try database.execute(
                    "INSERT INTO certificate VALUES (?, x'3000', 'CN=c', 500, 9000)",
                    [thumbprint]
                )
                for link in ["client_certificate", "client_authority"] {
                    let dates = link == "client_certificate" ? "500, 9000, " : ""
                    try database.execute(
                        "INSERT INTO \(link) VALUES (1, ?, \(dates)1000)",
                        [thumbprint]
                    )
                }
                try database.execute(Self.userRow)
                try database.execute(Self.keyRow)
            }
        }
        let new = try directory.open(.server)
        let kept = try #require(try new.client("c1"))
        #expect(kept.jwks == "{}" && kept.sharedSecret == "s" && kept.assertionAlgorithm == "ES256")
        #expect(kept.trustSet == nil && kept.jwksURI == nil && kept.fetchedJWKS == nil)
        #expect(kept.certificates.map(\.thumbprint) == [certificate(1).thumbprint])
        #expect(kept.caCertificates == kept.certificates)
        #expect(try new.users() == [user("admin")] && new.keys() == [key("k1")])
        #expect(try new.trustSets() == [] && new.certificateUses(of: "c1") == [])
        // The new tables hang together with what was there before.
        try new.insert(trustSet("internal"))
        try new.updateClient("c1", at: 2_000) { $0.trustSet = "internal" }
        try new.recordRegisteredUses([
            .init(client: "c1", thumbprint: thumbprint, firstSeen: 2_000, lastSeen: 3_000)
        ])
        #expect(try new.certificateUses(of: "c1").map(\.lastSeen) == [3_000])
        try new.removeClient("c1")
        #expect(try new.certificateUses(of: "c1") == [])
        #expect(try new.clientCount(trustSet: "internal") == 0)
    }

    /// Writes the tables that the third version added, in its own SQL.
    private func writeThirdVersion() throws {
        let old = try directory.open(migrations: Migration.all.filter { $0.version <= 3 })
        try old.withWriter { database in
            let thumbprint = certificate(1).thumbprint
            try database.execute(
                """
                INSERT INTO trust_set VALUES
                ('internal', '["MAE="]', '["/etc/crl.pem"]', 'soft', 700)
                """
            )
            try database.execute(Self.row)
            try database.execute("UPDATE client SET trust_set = 'internal'")
            for statement in [
                "certificate VALUES (?, x'3000', 'CN=c', 500, 9000)",
                "client_certificate VALUES (1, ?, 500, 9000, 1000)",
                "certificate_sighting VALUES (1, ?, 600, 650)",
            ] {
                try database.execute("INSERT INTO " + statement, [thumbprint])
            }
        }
    }

    @Test func `a database of the third version keeps its trust sets and uses`() throws {
        try writeThirdVersion()
        let new = try directory.open(.server)
        var kept = TrustSetRecord(
            name: "internal",
            caCertificates: [[0x30, 0x01]],
            sources: ["/etc/crl.pem"],
            revocation: "soft",
            created: 700
        )
        #expect(try new.trustSets() == [kept])
        #expect(try new.client("c1")?.trustSet == "internal")
        #expect(try new.certificateUses(of: "c1").map(\.lastSeen) == [650])
        #expect(try new.lastUse(of: "c1") == nil)
        (kept.serverAuthUntil, kept.version) = (86_400, 2)
        #expect(try new.updateTrustSet("internal") { $0.serverAuthUntil = 86_400 } == kept)
        let use = TrustedCertificateUse(
            client: "c1",
            thumbprint: certificate(1).thumbprint,
            anchor: certificate(2).thumbprint,
            notAfter: 9_000,
            isForServersOnly: true,
            lastSeen: 800
        )
        try new.recordTrustedUses([use])
        #expect(try new.lastUse(of: "c1") == use)
    }

    @Test func `records of the fifth version are of version one, and of no known author`() throws {
        do {
            let old = try directory.open(migrations: Migration.all.filter { $0.version <= 5 })
            try old.withWriter { database in
                try database.execute(Self.row)
                try database.execute(Self.userRow)
            }
        }
        let new = try directory.open(.server)
        #expect(try new.client("c1")?.version == 1 && new.user("admin")?.version == 1)
        guard case .some(let position, let changes) = try new.changes(after: .start) else {
            Issue.record("the log reaches back")
            return
        }
        #expect(
            changes == [Change(kind: .client, id: "c1"), Change(kind: .user, id: "admin")]
        )
        try new.setEnabled(false, client: "c1", at: 2_000)
        guard case .some(_, let later) = try new.changes(after: position) else {
            Issue.record("the log reaches back")
            return
        }
        #expect(later == [Change(kind: .client, id: "c1", author: .server, time: 2_000)])
        #expect(try new.client("c1")?.version == 2)
    }

    @Test func `records of the sixth version are without grants that last, and all tokens count`()
        throws
    {
        do {
            let old = try directory.open(migrations: Migration.all.filter { $0.version <= 6 })
            try old.withWriter { database in
                try database.execute(Self.row)
                try database.execute(Self.userRow)
            }
        }
        let new = try directory.open(.server)
        let kept = try #require(try new.client("c1"))
        #expect(kept.refreshRotation == nil && kept.refreshLifetime == nil)
        #expect(kept.refreshIdle == nil && !kept.requiresPushedRequests)
        #expect(kept.tokenSigningAlgorithm == "ES256" && kept.staticClaims == nil)
        #expect(kept.rate == nil)
        #expect(kept.ownAudiences.isEmpty && kept.exchangeMode == "delegate")
        #expect(!kept.exchangesBoundTokens)
        #expect(try kept.tokensValidFrom == 0 && new.user("admin")?.tokensValidFrom == 0)
    }

    @Test func `keys of the sixth version stay, and keys of other algorithms come beside them`()
        throws
    {
        do {
            let old = try directory.open(migrations: Migration.all.filter { $0.version <= 6 })
            try old.withWriter { try $0.execute(Self.keyRow) }
            #expect(
                storeError {
                    try old.withWriter {
                        try $0.execute("UPDATE server_key SET kind = 'ES384'")
                    }
                }?.kind == .invalid
            )
        }
        let new = try directory.open(.server)
        #expect(try new.keys() == [key("k1")])
        guard case .some(let position, let changes) = try new.changes(after: .start) else {
            Issue.record("the log reaches back")
            return
        }
        // Of the row's insertion alone: the new table is no change of the keys.
        #expect(changes.map(\.id) == ["k1"])
        for kind in ["ES384", "EdDSA", "PS256", "RS256"] { try new.insert(key(kind, kind: kind)) }
        #expect(storeError { try new.insert(key("k2", kind: "HS256")) }?.kind == .invalid)
        try new.withWriter {
            try $0.execute("UPDATE server_key SET retired_at = 9 WHERE key_id = 'k1'")
        }
        try new.withWriter { try $0.execute("DELETE FROM server_key WHERE key_id = 'RS256'") }
        guard case .some(_, let later) = try new.changes(after: position) else {
            Issue.record("the log reaches back")
            return
        }
        #expect(later.map(\.id) == ["ES384", "EdDSA", "PS256", "RS256", "k1"])
        #expect(later.allSatisfy { $0.kind == .key })
    }

    @Test func `clients of the ninth version are found by a search`() throws {
        do {
            let old = try directory.open(migrations: Migration.all.filter { $0.version <= 9 })
            try old.withWriter { database in
                try database.execute(Self.row)
                try database.execute(
                    "INSERT INTO certificate VALUES (zeroblob(32), x'3000', 'CN=Old', 500, 9000)"
                )
                try database.execute(
                    "INSERT INTO client_certificate VALUES (1, zeroblob(32), 500, 9000, 1000)"
                )
            }
        }
        let new = try directory.open(.server)
        var query = ClientQuery()
        query.text = "cn=old"
        let found = try new.clients(matching: query)
        #expect(found.map(\.summary.clientID) == ["c1"])
        #expect(found.map(\.certificateCount) == [1] && found.map(\.firstEnd) == [9_000])
        #expect(found.map(\.labels) == [[:]])
        query.text = "cn=new"
        #expect(try new.clients(matching: query).isEmpty)
    }

    @Test func `a database that is up to date is not migrated again`() throws {
        try directory.open(.server, migrations: next).insert(client("c1"))
        let again = try directory.open(.server, migrations: next)
        #expect(try again.client("c1") == client("c1"))
    }

    @Test func `the older program goes on where the newer one has only added`() throws {
        try directory.open(.server, migrations: next).insert(client("c1"))
        do {
            let older = try directory.open(.server)
            #expect(try older.client("c1") == client("c1"))
            try older.insert(client("c2"))
            try older.setEnabled(false, client: "c1", at: 5)
            #expect(try directory.open(.tool).client("c2") == client("c2"))
            // A move would leave behind what this program does not know.
            #expect(storeError { try older.moving { _ in } }?.kind == .newerVersion)
        }
        let newer = try directory.open(.server, migrations: next)
        #expect(try newer.client("c2") == client("c2"))
        #expect(try newer.client("c1")?.enabled == false)
        let version: Int? = try newer.withReader { try $0.value("PRAGMA user_version") }
        #expect(version == next.last?.version)
    }

    @Test func `the older program refuses what the newer one has taken something from`() throws {
        _ = try directory.open(.server, migrations: contracted)
        for migrations in [Migration.all, next] {
            let refused = storeError {
                _ = try directory.open(.server, migrations: migrations)
            }
            let version = contracted.last?.version ?? 0
            #expect(refused?.kind == .newerVersion)
            #expect(refused?.reason.contains("schema \(version)") == true)
            #expect(refused?.reason.contains("programs from \(version) on") == true)
        }
    }

    @Test func `a step that fails leaves the older version as it was`() throws {
        try directory.open().insert(client("c1"))
        let broken =
            next + [
                Migration(
                    version: (next.last?.version ?? 0) + 1,
                    statements: "CREATE TABLE client (id INTEGER)"
                )
            ]
        #expect(storeError { _ = try directory.open(.server, migrations: broken) } != nil)
        #expect(try directory.open(.server).client("c1") == client("c1"))
    }

    @Test func `a command does not migrate under a running server`() throws {
        let server = try directory.open(.server)
        try server.insert(client("c1"))
        let refused = storeError { _ = try directory.open(.tool, migrations: next) }
        #expect(refused?.kind == .olderVersion)
        #expect(refused?.reason.contains("a server of that version is using it") == true)
        #expect(try server.client("c1") == client("c1"))
    }

    @Test func `a command migrates when no server runs`() throws {
        try directory.open().insert(client("c1"))
        let tool = try directory.open(.tool, migrations: contracted)
        #expect(try tool.client("c1") == client("c1"))
        #expect(storeError { _ = try directory.open(.server) }?.kind == .newerVersion)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// The constraints of the schema, and the indexes that its queries use.
struct SchemaTests {
    let directory: TemporaryDirectory
    let store: SQLiteDatabase

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
    }

    @Test(
        arguments: [
            "", "two words", "a/b", "ü", "a\n", "*", "[",
            String(repeating: "n", count: 65),
        ]
    )
    func `a name of a trust set that is none is refused`(name: String) throws {
        let refused = storeError {
            try store.withWriter { database in
                try database.execute(
                    """
                    INSERT INTO trust_set (name, authorities, sources, revocation, created)
                    VALUES (?, '[]', '[]', 'off', 0)
                    """,
                    [name]
                )
            }
        }
        #expect(refused?.kind == .invalid)
        #expect(try store.trustSets() == [])
    }

    @Test func `a permission that does not end with a day is refused`() throws {
        try store.insert(trustSet("internal"))
        for end in [0, -86_400, 1, 1_814_400_001, .max] as [Int64] {
            let refused = storeError {
                try store.withWriter {
                    try $0.execute("UPDATE trust_set SET server_auth_until = ?", [end])
                }
            }
            #expect(refused?.kind == .invalid)
        }
        #expect(try store.trustSet("internal") == trustSet("internal"))
    }

    @Test
    func `a record that breaks every rule by now is disabled, and nothing else of it changes`()
        throws
    {
        try store.insert(client("c1"))
        let name = String(repeating: "n", count: 300)
        try store.withWriter { database in
            // As a program wrote it whose schema had other rules.
            try database.execute("PRAGMA ignore_check_constraints = ON")
            try database.execute(
                """
                UPDATE client SET client_id = ?, token_format = 'saml', reuse_window = -1,
                subject_kind = 'unheard_of', authentication_method = '', jwks_uri = 'x',
                jwks = '{}'
                """,
                [name]
            )
            try database.execute("PRAGMA ignore_check_constraints = OFF")
        }
        let before = try #require(try store.client(name))
        for enabled in [false, true] {
            try store.setEnabled(enabled, client: name, at: 2_000)
            var expected = before
            (expected.enabled, expected.updatedAt) = (enabled, 2_000)
            expected.version = before.version + (enabled ? 2 : 1)
            #expect(try store.client(name) == expected)
        }
        try store.endTokens(client: name, by: .server, at: 2_500)
        #expect(try store.client(name)?.tokensValidFrom == 2_501)
        // Another change of it is judged.
        #expect(storeError { try store.updateClient(name, at: 3_000) { _ in } }?.kind == .invalid)
        try store.removeClient(name)
        #expect(try store.clientCount() == 0)
    }

    @Test func `a client has one row of its last use`() throws {
        try store.insert(client("c1"))
        for number in [1, 2] as [UInt8] {
            try store.recordTrustedUses([
                TrustedCertificateUse(
                    client: "c1",
                    thumbprint: certificate(number).thumbprint,
                    anchor: certificate(3).thumbprint,
                    notAfter: 9_000,
                    isForServersOnly: false,
                    lastSeen: Int64(number)
                )
            ])
        }
        let rows: Int? = try store.withReader {
            try $0.value("SELECT count(*) FROM trusted_certificate_use")
        }
        #expect(rows == 1)
    }

    @Test func `the database itself keeps a set that is in use`() throws {
        try store.insert(trustSet("internal"))
        var record = client("c1")
        record.trustSet = "internal"
        try store.insert(record)
        let refused = storeError {
            try store.withWriter { try $0.execute("DELETE FROM trust_set") }
        }
        #expect(refused?.kind == .invalid)
        #expect(try store.client("c1") == record)
    }

    @Test func `a set whose lists cannot be read is reported as damage`() throws {
        try store.insert(trustSet("internal"))
        try store.withWriter { try $0.execute("UPDATE trust_set SET authorities = '[1]'") }
        #expect(storeError { _ = try store.trustSet("internal") }?.kind == .corrupt)
        // Among others it has no CA, and holds up nothing of theirs.
        try store.insert(trustSet("other"))
        let listed = try store.trustSets()
        #expect(listed.map(\.name) == ["internal", "other"])
        #expect(listed.map(\.caCertificates.count) == [0, 2])
        #expect(listed.map(\.revocation) == ["off", "off"])
    }

    @Test func `a set is found by its clients without looking at all clients`() throws {
        let plan = try store.withReader { database in
            try database.all(
                "EXPLAIN QUERY PLAN SELECT 1 FROM client WHERE trust_set = 'x'"
            ) { try $0[3] as String }
        }
        #expect(plan.contains { $0.contains("client_trust_set") }, "\(plan)")
    }

    @Test(arguments: [
        ("kind = 'user'", "audit_kind"),
        ("(kind, id) IN (VALUES ('client', 'a')) AND +kind = 'client'", "audit_thing"),
    ])
    func `entries of the audit are found by their things without looking at all`(
        condition: String,
        index: String
    ) throws {
        let plan = try store.withReader { database in
            try database.all(
                """
                EXPLAIN QUERY PLAN SELECT author FROM audit WHERE sequence > 0 AND \(condition)
                ORDER BY sequence DESC LIMIT 50
                """
            ) { try $0[3] as String }
        }
        #expect(plan.contains { $0.contains(index) }, "\(plan)")
    }
}

// SPDX-License-Identifier: Apache-2.0
import PostgresTesting
import Storage
import Testing

@testable import PostgresStore

/// The secret of session tickets as it stands in the database.
struct PostgresTicketSecretTests {
    /// A migrated database of its own.
    private final class Home {
        let cluster: PostgresCluster
        let name = "tickets_\(UInt64.random(in: 0 ... .max))"

        init() throws {
            cluster = try PostgresCluster.shared.get()
            try cluster.run("CREATE DATABASE \(name) TEMPLATE \(PostgresCluster.template)")
        }

        deinit { try? cluster.run("DROP DATABASE \(name) WITH (FORCE)") }

        var url: PostgresURL { get throws { try PostgresURL(cluster.url(name)) } }

        func open(keyPath: String? = nil) throws -> PostgresDatabase {
            let file = try StoreKeyFile(path: keyPath ?? cluster.keyPath)
            return try PostgresDatabase.open(url, keyFile: file, as: .server)
        }

        func run(_ sql: String) throws -> String { try cluster.run(sql, database: name) }
        func forget() throws { _ = try run("DELETE FROM wrapped_secret WHERE name = 'tickets'") }
    }

    private static func count(_ home: Home) throws -> String {
        try home.run("SELECT count(*) FROM wrapped_secret WHERE name = 'tickets'")
    }

    @Test func `a migration makes it, and the next one keeps it`() throws {
        let home = try Home()
        let secret = try home.open().read { try $0.ticketSecret() }
        #expect(secret?.count == 32)
        let keyFile = try StoreKeyFile(path: home.cluster.keyPath)
        _ = try PostgresMigration.migrate(home.url, keyFile: keyFile)
        #expect(try home.open().read { try $0.ticketSecret() } == secret)
        // A store that was made before there was one.
        try home.forget()
        #expect(try home.open().read { try $0.ticketSecret() } == nil)
        _ = try PostgresMigration.migrate(home.url, keyFile: keyFile)
        let made = try home.open().read { try $0.ticketSecret() }
        #expect(made != nil && made != secret)
    }

    @Test func `of many programs that make it at once one wins, and all have the winner's`()
        async throws
    {
        let home = try Home()
        let stores = try (0..<4).map { _ in try home.open() }
        for round in 0..<10 {
            try home.forget()
            let secrets = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                for store in stores {
                    group.addTask { try store.ensureTicketSecret(by: .server, at: Int64(round)) }
                }
                return try await group.reduce(into: Set<[UInt8]>()) { secrets, secret in
                    secrets.insert(secret ?? [])
                }
            }
            #expect(secrets.count == 1)
            #expect(secrets.first?.count == 32)
            #expect(try Self.count(home) == "1\n")
        }
    }

    @Test func `a migration and a program that make it at once have one`() async throws {
        let home = try Home()
        let store = try home.open()
        for round in 0..<5 {
            try home.forget()
            let url = try home.url
            let keyFile = try StoreKeyFile(path: home.cluster.keyPath)
            async let migrated = PostgresMigration.migrate(url, keyFile: keyFile)
            let secret = try store.ensureTicketSecret(by: .server, at: Int64(round))
            _ = try await migrated
            #expect(try store.read { try $0.ticketSecret() } == secret)
        }
    }

    @Test func `it is wrapped, and opens under no other name and no other key`() throws {
        let home = try Home()
        let secret = try #require(try home.open().read { try $0.ticketSecret() })
        let dumped = try home.run("SELECT encode(material, 'hex') FROM wrapped_secret")
        let digits = secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(!dumped.contains(digits))
        // The audit's key in its place.
        _ = try home.run(
            """
            UPDATE wrapped_secret SET material =
            (SELECT material FROM wrapped_secret WHERE name = 'audit') WHERE name = 'tickets'
            """
        )
        #expect(throws: StoreError.self) { try home.open().read { try $0.ticketSecret() } }

        // A key file that opens nothing here makes no secret either.
        try home.forget()
        let stranger = home.cluster.keyPath + ".\(UInt64.random(in: 0 ... .max))"
        try StoreKeyFile.make(at: stranger)
        #expect(throws: StoreError.self) {
            try home.open(keyPath: stranger).ensureTicketSecret(by: .server, at: 1)
        }
        #expect(try Self.count(home) == "0\n")
    }
}

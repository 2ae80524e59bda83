// SPDX-License-Identifier: Apache-2.0
import Foundation
import PostgresTesting
import Storage

@testable import PostgresStore

extension StoreKind {
    /// PostgreSQL, a database for each store.
    static let postgres = StoreKind(testDescription: "PostgreSQL") {
        try PostgresHome(cluster: PostgresCluster.shared.get())
    }
}

/// A database of the tests' own cluster.
final class PostgresHome: StoreHome {
    private let cluster: PostgresCluster
    private let name = "contract_\(UInt64.random(in: 0 ... .max))"

    init(cluster: PostgresCluster) throws {
        self.cluster = cluster
        try cluster.run("CREATE DATABASE \(name) TEMPLATE \(PostgresCluster.template)")
        // A key of its own, as a store has that was migrated by itself.
        let url = try PostgresURL(cluster.url(name))
        let connection = try PostgresConnection(
            url.parameters,
            .installed(),
            milliseconds: 5_000
        )
        try PostgresMigration.beginAudit(
            connection,
            StoreKeyFile(path: cluster.keyPath),
            url.description
        )
    }

    deinit { try? cluster.run("DROP DATABASE \(name) WITH (FORCE)") }

    /// Its address.
    func url() throws -> PostgresURL { try PostgresURL(cluster.url(name)) }

    /// The key under which its secrets are wrapped.
    func keyFile() throws -> StoreKeyFile { try StoreKeyFile(path: cluster.keyPath) }

    /// Opens it without a place that goes away with it.
    func openPlain() throws -> PostgresDatabase {
        try PostgresDatabase.open(url(), keyFile: keyFile(), as: .tool)
    }

    /// Runs statements with psql.
    @discardableResult
    func run(_ sql: String) throws -> String { try cluster.run(sql, database: name) }

    func open() throws -> any CompleteStore {
        let store = try PostgresDatabase.open(
            PostgresURL(cluster.url(name)),
            keyFile: StoreKeyFile(path: cluster.keyPath),
            as: .server
        )
        return KeptStore(store: store, home: self)
    }
}

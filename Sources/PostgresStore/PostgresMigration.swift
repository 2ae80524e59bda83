// SPDX-License-Identifier: Apache-2.0
package import Storage
internal import Tables

/// Makes and advances the schema, for `handfast store migrate`; a server never writes DDL.
package enum PostgresMigration {
    /// The schema before and after a migration.
    package struct Report: Sendable, Equatable {
        /// The version before; 0 where there were no tables.
        package let from: Int
        /// The version now.
        package let to: Int
    }

    /// Any number: of the one lock that keeps two migrations apart.
    private static let lockNumber = 0x6864_6674
    private static let milliseconds = 60_000

    /// Brings the database at `url` to the schema of this program, in one transaction, and begins
    /// its audit under a key that is wrapped under `keyFile`.
    package static func migrate(
        _ url: PostgresURL,
        keyFile: StoreKeyFile
    ) throws(StoreError) -> Report {
        do {
            let connection = try connect(url)
            try connection.script("BEGIN; SELECT pg_advisory_xact_lock(\(lockNumber))")
            return try connection.finishing { try advance(connection, keyFile, url.description) }
        } catch {
            throw StoreError(error, of: url.description)
        }
    }

    /// `.notEmpty` where the database at `url` has tables already, whose secrets are wrapped under
    /// another key than a new one.
    package static func requireEmpty(_ url: PostgresURL) throws(StoreError) {
        let found: (version: Int64, compatibleFrom: Int64)?
        do {
            let connection = try connect(url)
            found = try version(connection)
        } catch {
            throw StoreError(error, of: url.description)
        }
        guard found == nil else {
            throw StoreError(
                .notEmpty,
                "\(url.description) has tables of Handfast already, and a key that they are for",
                of: .storeKey
            )
        }
    }

    /// The schema of the database; nil where there are no tables.
    static func version(
        _ connection: PostgresConnection
    ) throws -> (version: Int64, compatibleFrom: Int64)? {
        let isThere: Bool? = try connection.value(
            "SELECT to_regclass('handfast_schema') IS NOT NULL"
        )
        guard isThere == true else { return nil }
        return try connection.first(
            "SELECT version, compatible_from FROM handfast_schema"
        ) { (try $0[0], try $0[1]) }
    }

    /// Throws where this program cannot work with tables of `found`.
    ///
    /// A newer schema that only adds to the one of this program is as good: a program of the
    /// release before serves beside the next one.
    static func require(
        _ found: (version: Int64, compatibleFrom: Int64)?,
        of store: String
    ) throws(StoreError) {
        guard let found else {
            throw StoreError(.olderVersion, "\(store) has no tables of Handfast", of: .sharedStore)
        }
        let current = Int64(PostgresSchema.current)
        guard found.version >= current else {
            throw StoreError(
                .olderVersion,
                "the tables at \(store) have version \(found.version), and this program needs"
                    + " \(current)",
                of: .sharedStore
            )
        }
        guard found.compatibleFrom <= current else {
            throw StoreError(
                .newerVersion,
                "the tables at \(store) have version \(found.version), which programs from"
                    + " version \(found.compatibleFrom) on understand; this one has \(current)",
                of: .sharedStore
            )
        }
    }

    /// Throws where the role does not own the tables.
    static func requireOwner(_ connection: PostgresConnection, of store: String) throws {
        let isOwner: Bool? = try connection.value(
            "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'client'::regclass"
        )
        guard isOwner == true else {
            throw StoreError(
                .readOnly,
                "the role does not own the tables at \(store), as the one that made them does",
                of: .sharedStore
            )
        }
    }

    static func connect(
        _ url: PostgresURL,
        milliseconds: Int = milliseconds
    ) throws(PostgresError) -> PostgresConnection {
        try PostgresHosts(url.targets, milliseconds: milliseconds).connect()
    }

    private static func advance(
        _ connection: PostgresConnection,
        _ keyFile: StoreKeyFile,
        _ store: String
    ) throws -> Report {
        let found = try version(connection)
        let before = Int(found?.version ?? 0)
        for step in PostgresSchema.steps where step.version > before {
            try connection.script(step.statements)
            if step.version == 1 { try beginAudit(connection, keyFile, store) }
            try connection.execute(
                "UPDATE handfast_schema SET version = ?, compatible_from = ?",
                [step.version, step.compatibleFrom]
            )
        }
        // Also of a store that was made before: a key that opens nothing there is a mistake.
        let key = PostgresAuditKey(database: connection, keyFile: keyFile) {
            StoreError($0, of: store)
        }
        guard try key.seal(of: nil) != nil else {
            throw StoreError.corrupt(store, "the key of its audit is missing")
        }
        // Also of a store that was made before there was one.
        _ = try PostgresTicketSecret(database: connection, keyFile: keyFile).ensured()
        return Report(from: before, to: max(before, PostgresSchema.current))
    }

    static func beginAudit(
        _ connection: PostgresConnection,
        _ keyFile: StoreKeyFile,
        _ store: String
    ) throws {
        let key = PostgresAuditKey(database: connection, keyFile: keyFile) {
            StoreError($0, of: store)
        }
        if let seal = try key.makeRenewed() { try AuditTable.begin(connection, seal) }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage
internal import Tables
internal import Text

/// Wraps every secret of a store under another key, beside running nodes: for `handfast store
/// rewrap`.
///
/// One transaction, and none of the secrets changes: nodes go on with those that they have in
/// memory, and take up the others when their key file has the new key.
package enum StoreRewrap {
    /// The secrets that were wrapped again, of each kind.
    package struct Report: Sendable, Equatable {
        /// Keys of tokens.
        package let keys: Int
        /// Secrets of clients.
        package let clients: Int
        /// The store's own, such as the key of its audit.
        package let others: Int
    }

    /// Clients of one statement.
    private static let rowsMax = 500
    private static let milliseconds = 60_000
    private static let lockMilliseconds = 10_000

    /// Makes a key file at `path`, with a new key and behind it the one that rows have until now,
    /// and wraps all secrets of the store at `url` under the new one.
    ///
    /// All or none. `.alreadyExists` where there is a file at `path`; the file is gone again where
    /// nothing was committed, and stays where that is unknown: it opens the secrets either way.
    package static func run(
        _ url: PostgresURL,
        keyFile: StoreKeyFile,
        to path: String,
        by author: Author,
        at time: Int64
    ) throws(StoreError) -> Report {
        var isMade = false
        do {
            let connection = try PostgresMigration.connect(url, milliseconds: milliseconds)
            try connection.script(
                """
                BEGIN ISOLATION LEVEL READ COMMITTED;
                SET LOCAL lock_timeout = \(lockMilliseconds)
                """
            )
            return try connection.finishing(commitMilliseconds: milliseconds) {
                let rewrap = try Transaction(connection, keyFile, url.description)
                try StoreKeyFile.make(at: path, keeping: [rewrap.old])
                isMade = true
                return try rewrap.run(under: StoreKeyFile(path: path), by: author, at: time)
            }
        } catch {
            if isMade, !(error is UnknownCommitError) { DataFile.remove(path) }
            throw StoreError(error, of: url.description)
        }
    }

    /// The work of the transaction.
    private struct Transaction {
        let connection: PostgresConnection
        let keyFile: StoreKeyFile
        let store: String
        /// The key that rows have.
        let old: StoreKeyFile.Key

        /// Locks what registrations write to, and finds the key that rows have.
        init(
            _ connection: PostgresConnection,
            _ keyFile: StoreKeyFile,
            _ store: String
        ) throws {
            (self.connection, self.keyFile, self.store) = (connection, keyFile, store)
            try PostgresMigration.require(PostgresMigration.version(connection), of: store)
            try PostgresMigration.requireOwner(connection, of: store)
            // Registrations are written by transactions that have this row.
            try connection.script("SELECT one FROM audit_head FOR UPDATE")
            try connection.script(
                "LOCK TABLE server_key, wrapped_secret, client IN SHARE ROW EXCLUSIVE MODE"
            )
            guard let old = try PresentKey(connection, keyFile).key else {
                throw StoreError.corrupt(store, "the key of its audit is missing")
            }
            self.old = old
        }

        func run(
            under file: StoreKeyFile,
            by author: Author,
            at time: Int64
        ) throws -> Report {
            // The triggers of the change log read author and time from settings.
            _ = try connection.query(
                """
                SELECT set_config('handfast.author', $1, true),
                    set_config('handfast.time', $2, true)
                """,
                [.text(author.text), .text(String(time))]
            )
            let report = try Report(
                keys: rows("server_key", "key_id", under: file),
                clients: clients(under: file),
                others: rows("wrapped_secret", "name", under: file)
            )
            let key = PostgresAuditKey(database: connection, keyFile: file) {
                StoreError($0, of: store)
            }
            let audit = AuditWriter(connection, key, author, at: time)
            try audit.recordRewrap([
                "keys": .integer(Int64(report.keys)), "clients": .integer(Int64(report.clients)),
                "others": .integer(Int64(report.others)),
            ])
            try audit.finish()
            return report
        }

        private func rows(
            _ table: String,
            _ name: String,
            under file: StoreKeyFile
        ) throws -> Int {
            let rows = try connection.all("SELECT \(name), material FROM \(table)") {
                (name: try $0[0] as String, material: try $0[1] as [UInt8])
            }
            for row in rows {
                let wrapped = try file.wrap(keyFile.open(row.material, of: row.name), of: row.name)
                try connection.execute(
                    "UPDATE \(table) SET material = ? WHERE \(name) = ?",
                    [wrapped, row.name]
                )
            }
            return rows.count
        }

        /// Without triggers: nothing that they keep changes, and they take a millisecond for each.
        private func clients(under file: StoreKeyFile) throws -> Int {
            try connection.script("ALTER TABLE client DISABLE TRIGGER USER")
            var (count, last) = (0, Int64.min)
            while true {
                let block = try connection.all(
                    """
                    SELECT id, client_id, shared_secret FROM client
                    WHERE shared_secret IS NOT NULL AND id > ? ORDER BY id LIMIT ?
                    """,
                    [last, StoreRewrap.rowsMax]
                ) {
                    (
                        id: try $0[0] as Int64, client: try $0[1] as String,
                        secret: try $0[2] as String
                    )
                }
                guard let newest = block.last?.id else { break }
                var values: [SQLValue] = []
                for row in block {
                    let secret = try keyFile.unwrap(secret: row.secret, of: row.client)
                    let wrapped = try file.wrap(secret: secret, of: row.client)
                    values += [.integer(row.id), .text(wrapped)]
                }
                let marks = block.indices.map { "($\(2 * $0 + 1), $\(2 * $0 + 2))" }
                _ = try connection.query(
                    """
                    UPDATE client SET shared_secret = v.secret
                    FROM (VALUES \(marks.joined(separator: ", "))) AS v (id, secret)
                    WHERE client.id = v.id
                    """,
                    values
                )
                (count, last) = (count + block.count, newest)
            }
            try connection.script("ALTER TABLE client ENABLE TRIGGER USER")
            return count
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Tables

/// Revocations of all nodes, by the places of their commits, and the clock that nodes share.
extension PostgresDatabase {
    /// The database's own clock: a node whose clock is ahead removes nothing that others need.
    package func storeTime(_ database: any SQLDatabase) throws -> Int64? {
        try database.value("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint")
    }

    package func revocationPosition() throws(StoreError) -> Int64? {
        try withReader { try $0.value("SELECT value FROM revocation_position") ?? 0 }
    }

    package func revocations(
        after position: Int64
    ) throws(StoreError) -> (position: Int64, tokens: [RevokedToken]) {
        try withReader { database in
            let newest: Int64? = try database.value("SELECT value FROM revocation_position")
            // A lower place is that of a database that was restored, or promoted too early: all of
            // its revocations are read again.
            let position = newest ?? 0 < position ? 0 : position
            var last = position
            let tokens = try database.all(
                """
                SELECT id, until, sequence FROM revoked_token WHERE sequence > ?
                ORDER BY sequence
                """,
                [position]
            ) { row in
                last = try row[2]
                return try RevokedToken(id: row[0], until: row[1])
            }
            return (last, tokens)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// Every key of the server, in the order in which they become active.
    public func keys() throws(StoreError) -> [KeyRecord] {
        try read { try Self.keys($0) }
    }

    /// The key of this identity, or nil.
    public func key(_ keyID: String) throws(StoreError) -> KeyRecord? {
        try read { try Self.keys($0).first { $0.keyID == keyID } }
    }

    /// Adds `key`; `.alreadyExists` if the `kid` is taken.
    public func insert(_ key: KeyRecord) throws(StoreError) {
        try write { try Self.insert($0, key) }
    }

    /// Returns the newest key of `kind`; makes and adds one first if there is none.
    ///
    /// Two programs that call this at once end up with the same key. `make` runs inside the
    /// transaction and may throw; nothing is written then.
    public func ensureKey(kind: String, _ make: () throws -> KeyRecord) throws -> KeyRecord {
        if let key = try keys().last(where: { $0.kind == kind }) { return key }
        var refusal: (any Error)?
        do {
            return try write { database in
                if let key = try Self.keys(database).last(where: { $0.kind == kind }) { return key }
                do {
                    let key = try make()
                    try Self.insert(database, key)
                    return key
                } catch {
                    refusal = error
                    throw error
                }
            }
        } catch {
            throw refusal ?? error
        }
    }

    /// Adds `key` and ends the others of its kind that have no end yet, at `retiredAt`.
    ///
    /// In the same transaction, keys of the kind that end before `forgotten` are removed: those
    /// that ended long ago, or with `.max` all of them.
    public func rotate(
        to key: KeyRecord,
        retiringOthersAt retiredAt: Int64,
        removingEndedBefore forgotten: Int64
    ) throws(StoreError) {
        try write { database in
            try database.execute(
                "UPDATE server_key SET retired_at = ? WHERE kind = ? AND retired_at IS NULL",
                [retiredAt, key.kind]
            )
            try database.execute(
                "DELETE FROM server_key WHERE kind = ? AND retired_at < ?",
                [key.kind, forgotten]
            )
            try Self.insert(database, key)
        }
    }

    private static func insert(_ database: SQLiteConnection, _ key: KeyRecord) throws {
        do throws(SQLiteError) {
            try database.execute(
                """
                INSERT INTO server_key
                (key_id, kind, material, created_at, active_from, retired_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    key.keyID, key.kind, key.material, key.createdAt, key.activeFrom,
                    key.retiredAt,
                ]
            )
        } catch {
            guard error.isTaken else { throw error }
            throw StoreError(
                .alreadyExists,
                "there is already a key \(key.keyID)",
                remedy: "give the new key another kid"
            )
        }
    }

    private static func keys(_ database: SQLiteConnection) throws -> [KeyRecord] {
        try database.all(
            """
            SELECT key_id, kind, material, created_at, active_from, retired_at
            FROM server_key ORDER BY active_from, created_at, key_id
            """
        ) { row in
            try KeyRecord(
                keyID: row[0],
                kind: row[1],
                material: row[2],
                createdAt: row[3],
                activeFrom: row[4],
                retiredAt: row[5]
            )
        }
    }
}

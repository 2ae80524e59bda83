// SPDX-License-Identifier: Apache-2.0
internal import Storage

extension SQLiteTransaction {
    func keys() throws(StoreError) -> [KeyRecord] {
        try attempt { try Self.keys($0) }
    }

    func insert(_ key: KeyRecord) throws(StoreError) {
        try attempt { database in
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
                throw StoreError(.alreadyExists, "there is already a key \(key.keyID)", of: .key)
            }
            try record(from: nil, to: AuditFacts(key))
        }
    }

    func setRetired(at time: Int64, key keyID: String) throws(StoreError) {
        try attempt { database in
            let old = try facts(keyID)
            try database.execute(
                "UPDATE server_key SET retired_at = ? WHERE key_id = ?",
                [time, keyID]
            )
            guard database.changes > 0 else { throw StoreError.noKey(keyID) }
            try record(from: old, to: try facts(keyID))
        }
    }

    func removeKey(_ keyID: String) throws(StoreError) {
        try attempt { database in
            let old = try facts(keyID)
            try database.execute("DELETE FROM server_key WHERE key_id = ?", [keyID])
            guard database.changes > 0 else { throw StoreError.noKey(keyID) }
            try record(from: old, to: nil)
        }
    }

    private static func keys(_ database: SQLiteConnection) throws -> [KeyRecord] {
        try database.all(
            selectKeys + " ORDER BY active_from, created_at, key_id",
            [],
            key
        )
    }

    /// The key as the audit says it.
    private func facts(_ keyID: String) throws -> AuditFacts? {
        try readable(.key, keyID) {
            try database.first(Self.selectKeys + " WHERE key_id = ?", [keyID], Self.key)
                .map { AuditFacts($0) }
        }
    }

    private static let selectKeys = """
        SELECT key_id, kind, material, created_at, active_from, retired_at FROM server_key
        """

    private static func key(_ row: SQLiteRows) throws -> KeyRecord {
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

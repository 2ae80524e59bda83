// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    package func keys() throws(StoreError) -> [KeyRecord] {
        try attempt { database in
            try database.all(
                Self.selectKeys + " ORDER BY active_from, created_at, key_id",
                [],
                key
            )
        }
    }

    package func insert(_ key: KeyRecord) throws(StoreError) {
        try attempt { database in
            guard !key.material.isEmpty else {
                throw StoreError(.invalid, "a key without material cannot be stored", of: .key)
            }
            let material = try parts.wrapping.wrap(key.material, of: key.keyID)
            do {
                try database.execute(
                    """
                    INSERT INTO server_key
                    (key_id, kind, material, created_at, active_from, retired_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                    [
                        key.keyID, key.kind, material, key.createdAt, key.activeFrom, key.retiredAt,
                    ]
                )
            } catch let error as any SQLError where error.isTaken {
                throw StoreError(.alreadyExists, "there is already a key \(key.keyID)", of: .key)
            }
            try record(from: nil, to: AuditFacts(key))
        }
    }

    package func setRetired(at time: Int64, key keyID: String) throws(StoreError) {
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

    package func removeKey(_ keyID: String) throws(StoreError) {
        try attempt { database in
            let old = try facts(keyID)
            try database.execute("DELETE FROM server_key WHERE key_id = ?", [keyID])
            guard database.changes > 0 else { throw StoreError.noKey(keyID) }
            try record(from: old, to: nil)
        }
    }

    /// The key as the audit says it.
    private func facts(_ keyID: String) throws -> AuditFacts? {
        try readable(.key, keyID) {
            try database.first(Self.selectKeys + " WHERE key_id = ?", [keyID], self.key)
                .map { AuditFacts($0) }
        }
    }

    private static let selectKeys = """
        SELECT key_id, kind, material, created_at, active_from, retired_at FROM server_key
        """

    /// Fails closed: a key that cannot be opened has no material, so that it is not used, and all
    /// others are.
    private func key(_ row: any SQLRows) throws -> KeyRecord {
        let keyID: String = try row[0]
        let stored: [UInt8] = try row[2]
        return try KeyRecord(
            keyID: keyID,
            kind: row[1],
            material: (try? parts.wrapping.unwrap(stored, of: keyID)) ?? [],
            createdAt: row[3],
            activeFrom: row[4],
            retiredAt: row[5]
        )
    }
}

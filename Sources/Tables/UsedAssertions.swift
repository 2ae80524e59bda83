// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The table `used_assertion`.
package enum UsedAssertionTable {
    /// Keeps uses as `UsedAssertionStore.recordUses` does.
    package static func record(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?,
        _ database: any SQLDatabase
    ) throws -> UsesWritten {
        let removed = if let byte { try sweep(database, byte, now) } else { 0 }
        var areFirst = [Bool](repeating: false, count: uses.count)
        // In one order on every node, so that no two transactions wait for each other; of equal
        // digests the first use stays the first.
        let order = uses.indices.sorted { one, other in
            let (a, b) = (uses[one].digest, uses[other].digest)
            return a == b ? one < other : a.lexicographicallyPrecedes(b)
        }
        for index in order {
            let use = uses[index]
            try database.execute(
                """
                INSERT INTO used_assertion (digest, until, steady_until) VALUES (?1, ?2, ?3)
                ON CONFLICT (digest) DO UPDATE
                SET until = excluded.until, steady_until = excluded.steady_until
                WHERE used_assertion.until <= ?4 AND used_assertion.steady_until <= ?5
                """,
                [use.digest, use.until, use.steadyUntil, now.wall, now.steady]
            )
            areFirst[index] = database.changes > 0
        }
        let added = areFirst.count { $0 }
        return UsesWritten(areFirst: areFirst, growth: added - removed)
    }

    /// Removes uses as `UsedAssertionStore.forgetUses` does.
    package static func forget(
        now: StoreMoment,
        steadyMax: Int64,
        _ database: any SQLDatabase
    ) throws -> Int {
        try database.execute(
            "UPDATE used_assertion SET steady_until = ?1 WHERE steady_until > ?1",
            [steadyMax]
        )
        try database.execute(
            "DELETE FROM used_assertion WHERE until <= ? AND steady_until <= ?",
            [now.wall, now.steady]
        )
        return try database.value("SELECT count(*) FROM used_assertion") ?? 0
    }

    /// Removes the uses that are over, of one part; returns how many.
    private static func sweep(
        _ database: any SQLDatabase,
        _ byte: UInt8,
        _ now: StoreMoment
    ) throws -> Int {
        // No digest has 33 bytes, so that the last part ends behind all of them.
        let end: [UInt8] = byte == .max ? Array(repeating: .max, count: 33) : [byte + 1]
        try database.execute(
            """
            DELETE FROM used_assertion
            WHERE digest >= ? AND digest < ? AND until <= ? AND steady_until <= ?
            """,
            [[byte] as [UInt8], end, now.wall, now.steady]
        )
        return database.changes
    }
}

extension TableStore {
    package func forEachUse(_ body: (UsedAssertion) -> Void) throws(StoreError) {
        try withReader { database in
            let rows = try database.run(
                "SELECT digest, until, steady_until FROM used_assertion",
                []
            )
            while try rows.next() {
                body(try UsedAssertion(digest: rows[0], until: rows[1], steadyUntil: rows[2]))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage

extension SQLiteDatabase: GrantStore {
    package func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        guard !writes.isEmpty else { return [] }
        var growth = GrantCounts()
        let results = try withWriter { database in
            var transaction = GrantTransaction(database, rows: try grantRows(database))
            let results = try writes.map { try transaction.perform($0) }
            growth = transaction.growth
            return results
        }
        grantCounts.withLock { $0?.add(growth) }
        return results
    }

    package func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] {
        guard !keys.isEmpty else { return [] }
        return try withReader { database in
            try keys.map { try GrantRows(database: database, path: path).find($0) }
        }
    }

    package func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {
        try withReader { database in
            let rows = try database.rows(
                "SELECT id, until FROM revoked_token WHERE until > ?",
                [now]
            )
            while try rows.next() { body(try RevokedToken(id: rows[0], until: rows[1])) }
        }
    }

    package func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int {
        // Mostly there is nothing to remove, and then no other program waits for it.
        guard try haveEnded(before: now) else { return 0 }
        var growth = GrantCounts()
        let removed = try withWriter { database in
            _ = try grantRows(database)
            var left = max(0, limit)
            for table in GrantTable.allCases where left > 0 {
                try database.execute(table.removal, [now, left])
                let count = database.changes
                left -= count
                growth[table] -= count
            }
            return max(0, limit) - left
        }
        grantCounts.withLock { $0?.add(growth) }
        return removed
    }

    private func haveEnded(before now: Int64) throws(StoreError) -> Bool {
        try withReader { database in
            for table in GrantTable.allCases {
                if try database.value(table.search, [now]) as Int? != nil { return true }
            }
            return false
        }
    }

    /// The rows before the transaction; counts them once, since that is linear in them.
    private func grantRows(_ database: SQLiteConnection) throws -> GrantCounts {
        if let known = grantCounts.withLock({ $0 }) { return known }
        var counted = GrantCounts()
        for table in GrantTable.allCases where table.rowsMax != nil {
            counted[table] = try database.value("SELECT count(*) FROM \(table.rawValue)") ?? 0
        }
        grantCounts.withLock { $0 = counted }
        return counted
    }
}

/// A table of grants.
enum GrantTable: String, CaseIterable {
    case code = "authorization_code"
    case pushedRequest = "pushed_request"
    case refreshFamily = "refresh_family"
    case revokedToken = "revoked_token"

    /// The rows that it may have; nil where only clients and users bound them.
    var rowsMax: Int? {
        switch self {
        case .code: GrantLimits.codesMax
        case .pushedRequest: GrantLimits.pushedRequestsMax
        case .refreshFamily: nil
        case .revokedToken: GrantLimits.revokedTokensMax
        }
    }

    /// Finds a row that ended before the argument.
    var search: String { "SELECT 1 FROM \(rawValue) WHERE \(end) < ? LIMIT 1" }

    /// Removes rows that ended before the first argument, as many as the second says.
    var removal: String {
        """
        DELETE FROM \(rawValue) WHERE \(key) IN
        (SELECT \(key) FROM \(rawValue) WHERE \(end) < ?1 ORDER BY \(end) LIMIT ?2)
        """
    }

    private var key: String {
        switch self {
        case .code, .pushedRequest: "digest"
        case .refreshFamily: "grant_id"
        case .revokedToken: "id"
        }
    }

    /// The column of the index by which rows are removed.
    private var end: String {
        switch self {
        case .code: "kept_until"
        case .pushedRequest: "expires_at"
        case .refreshFamily: "ends_at"
        case .revokedToken: "until"
        }
    }
}

/// A number of rows for each table of grants.
struct GrantCounts: Sendable, Equatable {
    private var counts: [GrantTable: Int] = [:]

    subscript(table: GrantTable) -> Int {
        get { counts[table, default: 0] }
        set { counts[table] = newValue }
    }

    mutating func add(_ growth: GrantCounts) {
        for table in GrantTable.allCases { self[table] += growth[table] }
    }
}

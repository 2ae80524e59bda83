// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage

extension TableStore {
    package func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        guard !writes.isEmpty else { return [] }
        var growth = GrantCounts()
        let results = try withWriter { database in
            var transaction = GrantTransaction(database, rows: try grantRows(database))
            let results = try writes.map { try transaction.perform($0) }
            growth = transaction.growth
            return results
        }
        grantCounts.add(growth)
        return results
    }

    package func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] {
        guard !keys.isEmpty else { return [] }
        return try withReader { database in
            try keys.map { try GrantRows(database: database, corrupt: corrupt).find($0) }
        }
    }

    package func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {
        try withReader { database in
            let rows = try database.run(
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
            let now = min(now, try storeTime(database) ?? now)
            var left = max(0, limit)
            for table in GrantTable.allCases where left > 0 {
                try database.execute(table.removal, [now, left])
                let count = database.changes
                left -= count
                growth[table] -= count
            }
            return max(0, limit) - left
        }
        grantCounts.add(growth)
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

    /// The rows before the transaction; counting them is linear.
    private func grantRows(_ database: any SQLDatabase) throws -> GrantCounts {
        try grantCounts.known {
            var counted = GrantCounts()
            for table in GrantTable.allCases where table.rowsMax != nil {
                counted[table] = try database.value("SELECT count(*) FROM \(table.rawValue)") ?? 0
            }
            return counted
        }
    }
}

/// The rows of the bounded tables of grants, as one program knows them.
package final class GrantRowCounts: Sendable {
    private struct Known {
        var counts: GrantCounts
        let counted: UInt64
    }

    private let known = Lock<Known?>(nil)
    private let millisecondsMax: UInt64

    /// Counts that are taken again after so many milliseconds: other programs write too.
    ///
    /// Without an argument never, for a store of which one program alone writes grants.
    package init(for millisecondsMax: UInt64 = .max) {
        self.millisecondsMax = millisecondsMax
    }

    /// The counts, by `count` where they are not known.
    func known(_ count: () throws -> GrantCounts) rethrows -> GrantCounts {
        let now = Clock.milliseconds
        let recent = known.withLock { known in
            known.flatMap { now &- $0.counted < millisecondsMax ? $0.counts : nil }
        }
        if let recent { return recent }
        let counted = try count()
        known.withLock { $0 = Known(counts: counted, counted: now) }
        return counted
    }

    /// The counts as they are known now, however old; settable, so that no test fills a table.
    var present: GrantCounts? {
        get { known.withLock { $0?.counts } }
        set {
            let now = Clock.milliseconds
            known.withLock { $0 = newValue.map { Known(counts: $0, counted: now) } }
        }
    }

    /// Takes in the change of a transaction that was committed.
    func add(_ growth: GrantCounts) {
        known.withLock { $0?.counts.add(growth) }
    }
}

/// A table of grants.
package enum GrantTable: String, CaseIterable {
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

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage

/// The tables `audit` and `audit_head`.
package enum AuditTable {
    /// The schema from which on there is an audit.
    package static let firstVersion = 11

    /// Makes the head of a database that had none: the chain begins empty.
    ///
    /// In the transaction that makes the tables and nowhere else: a head that is missing later was
    /// taken away.
    package static func begin(_ database: any SQLDatabase, _ seal: AuditSeal) throws {
        try write(.start, seal, database)
    }

    package static func head(
        _ database: any SQLDatabase,
        isLocked: Bool = false
    ) throws -> (head: AuditHead, code: [UInt8])? {
        let lock = isLocked ? database.dialect.lock : ""
        return try database.first(
            "SELECT first, sequence, row_mac, mac FROM audit_head" + lock
        ) { row in
            let mark = AuditMark(sequence: try row[1], code: try row[2])
            return (AuditHead(first: try row[0], mark: mark), try row[3])
        }
    }

    static func write(
        _ head: AuditHead,
        _ seal: AuditSeal,
        _ database: any SQLDatabase
    ) throws {
        try database.execute(
            """
            INSERT INTO audit_head (one, first, sequence, row_mac, mac) VALUES (1, ?, ?, ?, ?)
            ON CONFLICT (one) DO UPDATE SET first = excluded.first, sequence = excluded.sequence,
            row_mac = excluded.row_mac, mac = excluded.mac
            """,
            [head.first, head.mark.sequence, head.mark.code, try seal.code(of: head)]
        )
    }

    static func insert(_ row: AuditRow, _ database: any SQLDatabase) throws {
        let entry = row.entry
        do {
            try database.execute(
                """
                INSERT INTO audit (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    entry.sequence, entry.time, entry.author, entry.kind, entry.id, entry.action,
                    entry.before, entry.after, row.code,
                ]
            )
        } catch let error as any SQLError where error.isTaken {
            throw StoreError(
                .unaudited,
                "the audit has a row \(entry.sequence) that is not of this program"
            )
        }
    }

    /// The audit's last row of a thing; nil where it has none.
    ///
    /// A look-up in the index.
    static func last(
        _ database: any SQLDatabase,
        _ kind: Change.Kind,
        _ id: String
    ) throws -> AuditEntry? {
        try database.first(
            """
            SELECT \(columns) FROM audit WHERE kind = ? AND id = ?
            ORDER BY sequence DESC LIMIT 1
            """,
            [kind.rawValue, id],
            entry
        )
    }

    static func rows(
        _ database: any SQLDatabase,
        after sequence: Int64,
        limit: Int
    ) throws -> [AuditRow] {
        try database.all(
            "SELECT \(columns) FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
            [sequence, limit]
        ) { AuditRow(try entry($0), code: try $0[8]) }
    }

    static func entries(
        _ database: any SQLDatabase,
        _ query: AuditQuery
    ) throws -> [AuditEntry] {
        var conditions = ["sequence > ?"]
        var arguments: [any SQLBindable] = [query.after]
        if let before = query.before {
            conditions.append("sequence < ?")
            arguments.append(before)
        }
        if !query.things.isEmpty {
            let things = query.things.prefix(AuditQuery.thingsMax)
            let pairs = Array(repeating: "(?, ?)", count: things.count).joined(separator: ", ")
            conditions.append("(kind, id) IN (VALUES \(pairs))")
            for thing in things { arguments += [thing.kind.rawValue, thing.id] }
        }
        // An expression, which is in no index, keeps SQLite at that of the things, where there are
        // some. Author and action are in none: linear in the rows until there are enough.
        let ofKind = query.things.isEmpty ? "kind = ?" : "kind || '' = ?"
        for (condition, value) in [
            (ofKind, query.kind?.rawValue), ("author = ?", query.author),
            ("action = ?", query.action?.rawValue),
        ] {
            guard let value else { continue }
            conditions.append(condition)
            arguments.append(value)
        }
        for (condition, value) in [("time >= ?", query.since), ("time < ?", query.until)] {
            guard let value else { continue }
            conditions.append(condition)
            arguments.append(value)
        }
        arguments.append(query.limit)
        return try database.all(
            """
            SELECT \(columns) FROM audit WHERE \(conditions.joined(separator: " AND "))
            ORDER BY sequence\(query.newestFirst ? " DESC" : "") LIMIT ?
            """,
            arguments,
            entry
        )
    }

    private static let columns = "sequence, time, author, kind, id, action, before, after, mac"

    private static func entry(_ row: any SQLRows) throws -> AuditEntry {
        try AuditEntry(
            sequence: row[0],
            time: row[1],
            author: row[2],
            kind: row[3],
            id: row[4],
            action: row[5],
            before: row[6],
            after: row[7]
        )
    }
}

extension AuditNaming {
    /// SHA-256, and subjects as they are registered.
    static let ofCertificates = AuditNaming(
        digest: { Digest256.of($0).base64URL },
        subject: { (try? Certificate(der: $0))?.subject.canonical ?? "" }
    )
}

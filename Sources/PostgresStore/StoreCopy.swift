// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Tables
internal import Text

/// Copies everything of another database into an empty store: for `handfast store copy`.
///
/// One transaction, in which no other program writes to either of them; a role that owns the tables
/// is needed, as for a migration.
package struct StoreCopy {
    /// A kind of rows, and their number.
    package struct Count: Sendable, Equatable {
        /// In words.
        package let kind: String
        /// The number of rows.
        package let rows: Int
    }

    /// As many rows as one statement adds, and as many bytes of them: a block of clients.
    private static let rowsMax = 500
    private static let bytesMax = 1 << 20
    /// The time for one block, and for the locks.
    private static let milliseconds = 60_000
    private static let lockMilliseconds = 10_000

    private let connection: PostgresConnection
    private let keyFile: StoreKeyFile
    private let store: String

    /// Connects to the store at `url`, whose secrets are wrapped under `keyFile`.
    package init(to url: PostgresURL, keyFile: StoreKeyFile) throws(StoreError) {
        self.keyFile = keyFile
        store = url.description
        do {
            connection = try PostgresMigration.connect(url, milliseconds: Self.milliseconds)
        } catch {
            throw StoreError(error, of: store)
        }
    }

    /// The rows that would be copied, of each kind.
    package static func counts(of source: CopySource) throws -> [Count] {
        try CopiedTable.all.compactMap { table in
            guard let kind = table.kind else { return nil }
            return Count(kind: kind, rows: try table.count(source.database))
        }
    }

    /// Throws the first thing that stands against a copy, without changing anything.
    package func check() throws {
        try translating {
            try connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try connection.finishing { try requireEmpty() }
        }
    }

    /// Copies `source`, and returns the number of rows of each kind; durable when it returns.
    ///
    /// All or nothing, however it ends. `.notEmpty` where the store has anything already,
    /// `.commitUnknown` where the source stays marked, and the store may have everything.
    package func copy(
        _ source: CopySource,
        by author: Author,
        at time: Int64
    ) throws -> [Count] {
        try translating {
            try connection.script(
                """
                BEGIN ISOLATION LEVEL READ COMMITTED;
                SET LOCAL lock_timeout = \(Self.lockMilliseconds)
                """
            )
            var isMarked = false
            do {
                return try connection.finishing(commitMilliseconds: Self.milliseconds) {
                    let counts = try fill(from: source, by: author, at: time)
                    // Before the commit: at no moment can both be served, whatever ends when.
                    isMarked = true
                    try source.mark()
                    return counts
                }
            } catch {
                if isMarked, !(error is UnknownCommitError) { source.unmark() }
                throw error
            }
        }
    }

    private func fill(
        from source: CopySource,
        by author: Author,
        at time: Int64
    ) throws -> [Count] {
        try connection.script(
            "LOCK TABLE \(CopiedTable.all.map(\.name).joined(separator: ", "))"
                + " IN SHARE ROW EXCLUSIVE MODE"
        )
        try requireEmpty()
        // The triggers of the change log read author and time from settings of the transaction.
        _ = try connection.query(
            "SELECT set_config('handfast.author', $1, true), set_config('handfast.time', $2, true)",
            [.text(author.text), .text(String(time))]
        )
        let key = try PresentKey(connection, keyFile)
        try DerivedRows(connection: connection).replacingTriggers {
            for table in CopiedTable.all { try copy(table, from: source.database, under: key) }
        }
        // Numbers that the database gives from now on come behind those of the copied rows.
        try connection.script(
            """
            SELECT setval(pg_get_serial_sequence('client', 'id'), max(id)) FROM client
            HAVING count(*) > 0
            """
        )
        let counts = try CopiedTable.all.compactMap { table in
            try table.kind.map { Count(kind: $0, rows: try table.count(connection)) }
        }
        try beginAudit(counts, from: source.place, by: author, at: time)
        // The work of the commit is done here: it takes minutes for a million clients.
        try connection.script(
            "SET CONSTRAINTS ALL IMMEDIATE",
            milliseconds: DerivedRows.milliseconds
        )
        return counts
    }

    /// Has the chain go on behind the copied entries under the store's own key, which cannot
    /// check those: the directory's key does.
    private func beginAudit(
        _ counts: [Count],
        from place: String,
        by author: Author,
        at time: Int64
    ) throws {
        let key = PostgresAuditKey(database: connection, keyFile: keyFile) {
            StoreError($0, of: store)
        }
        let audit = AuditWriter(connection, key, author, at: time)
        var facts: [String: JSONValue] = ["copied_from": .string(place)]
        for count in counts where count.rows > 0 { facts[count.kind] = .integer(Int64(count.rows)) }
        try audit.renew(facts)
        try audit.finish()
    }

    // MARK: Rows

    private func copy(
        _ table: CopiedTable,
        from source: any SQLDatabase,
        under key: PresentKey
    ) throws {
        let rows = try table.rows(source)
        var block: [SQLValue] = []
        var (count, bytes) = (0, 0)
        while try rows.next() {
            var values = try table.values(rows)
            try wrap(table.secret, in: &values, under: key)
            values += table.zeroed.map { _ in .integer(0) }
            bytes += values.reduce(0) { $0 + $1.size }
            block += values
            count += 1
            if count == Self.rowsMax || bytes >= Self.bytesMax {
                try insert(count, block, into: table)
                block.removeAll(keepingCapacity: true)
                (count, bytes) = (0, 0)
            }
        }
        if count > 0 { try insert(count, block, into: table) }
    }

    private func insert(_ count: Int, _ values: [SQLValue], into table: CopiedTable) throws {
        let width = values.count / count
        let rows = (0..<count).map { row in
            let marks = (1...width).map { "$\(row * width + $0)" }.joined(separator: ",")
            return "(\(marks))"
        }
        let columns = (table.columns.map(\.name) + table.zeroed).joined(separator: ", ")
        // Clients keep their numbers, to which other rows refer.
        _ = try connection.query(
            """
            INSERT INTO \(table.name) (\(columns)) OVERRIDING SYSTEM VALUE
            VALUES \(rows.joined(separator: ","))
            """,
            values
        )
    }

    private func wrap(
        _ secret: CopiedTable.Secret?,
        in values: inout [SQLValue],
        under key: PresentKey
    ) throws {
        switch secret {
        case .material(let place, let owner):
            guard case .bytes(let material) = values[place], case .text(let name) = values[owner]
            else { return }
            values[place] = .bytes(try key.wrap(material, of: name))
        case .client(let place, let owner):
            guard case .text(let secret) = values[place], case .text(let name) = values[owner]
            else { return }
            values[place] = .text(try key.wrap(secret: secret, of: name))
        case nil: return
        }
    }

    // MARK: The store as it must be

    private func requireEmpty() throws {
        let found = try PostgresMigration.version(connection)
        try PostgresMigration.require(found, of: store)
        // Tables of the next release may have rows beside these that this program does not make.
        guard let found, found.version == PostgresSchema.current else {
            throw StoreError(
                .newerVersion,
                "the tables at \(store) are those of a newer version of this program",
                of: .sharedStore
            )
        }
        try PostgresMigration.requireOwner(connection, of: store)
        // Under another key, nodes would open none of what is copied.
        let key = PostgresAuditKey(database: connection, keyFile: keyFile) {
            StoreError($0, of: store)
        }
        guard try key.seal(of: nil) != nil else {
            throw StoreError.corrupt(store, "the key of its audit is missing")
        }
        let rows = try CopiedTable.all.compactMap { table -> String? in
            let rows = try table.count(connection)
            guard rows > 0, let kind = table.kind else { return nil }
            return "\(kind): \(rows)"
        }
        guard rows.isEmpty else {
            throw StoreError(
                .notEmpty,
                "\(store) is not empty (\(rows.joined(separator: ", ")))",
                of: .sharedStore
            )
        }
    }

    /// Errors of the source stay as they are: it translates them.
    private func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError {
            throw StoreError(error, of: store)
        } catch let error as UnknownCommitError {
            throw StoreError(error, of: store)
        }
    }
}

extension SQLValue {
    /// The bytes of a text or of bytes.
    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .null, .integer, .boolean: 8
        }
    }
}

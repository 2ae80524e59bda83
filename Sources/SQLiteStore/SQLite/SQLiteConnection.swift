// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Tables
internal import Text

/// One connection to a database file, with a cache of its statements.
///
/// For one thread at a time: threads share it by `SerializedConnection`.
@safe final class SQLiteConnection: SQLDatabase {
    /// The mode of access to the file.
    enum Access {
        /// Reads and writes; makes the file where it is missing.
        case readWrite
        /// Reads, and sees what others write meanwhile.
        case readOnly
        /// Reads a file that no program writes meanwhile, without locks and without files beside
        /// it.
        case immutable
    }

    /// The module has some eighty statements; more are finalised after their run.
    private static let statementsMax = 128

    // SAFETY: opened by sqlite3_open_v2 and not NULL; closed in `deinit` alone, when no cursor is
    // left, since each owns the connection. Used under the lock of its owner.
    private let handle: OpaquePointer
    /// Cached statements that no cursor uses at the moment, by their text.
    private var statements: [String: SQLiteStatement] = [:]
    private var isInTransaction = false

    private init(_ handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    deinit {
        // Before the connection, which would otherwise stay open until they are finalised.
        statements = [:]
        unsafe sqlite3_close_v2(handle)
    }

    /// Opens the database at `path`; a call waits `busyMilliseconds` for the locks of others.
    ///
    /// Foreign keys are enforced, words in double quotes are no texts, result codes are extended.
    /// A path with a symbolic link in it is refused. Throws `SQLITE_NOTADB` or `SQLITE_CORRUPT` for
    /// a file that is no database.
    static func open(
        _ path: String,
        _ access: Access,
        busyMilliseconds: Int32
    ) throws(SQLiteError) -> SQLiteConnection {
        let (name, flags) =
            switch access {
            case .readWrite: (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
            case .readOnly: (path, SQLITE_OPEN_READONLY)
            case .immutable: (immutableURI(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
            }
        var opened: OpaquePointer?
        // SAFETY: the name is a C string for the time of the call. A call that fails makes a
        // connection nevertheless, which has the reason; none where memory is short. SQLite's own
        // mutex is off: our lock is around each use.
        let common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW
        let code = unsafe sqlite3_open_v2(name, &opened, flags | common, nil)
        guard let opened = unsafe opened else {
            throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory")
        }
        let connection = unsafe SQLiteConnection(opened)
        guard code == SQLITE_OK else {
            // The message is the handle's, which closes with `connection`.
            throw withExtendedLifetime(connection) { unsafe SQLiteError(code, of: opened) }
        }
        try connection.check(unsafe sqlite3_busy_timeout(opened, busyMilliseconds))
        try connection.check(unsafe handfast_sqlite_refuse_quoted_texts(opened))
        try connection.execute("PRAGMA foreign_keys = ON")
        if access != .readWrite { try connection.execute("PRAGMA query_only = ON") }
        return connection
    }

    /// Reads the schema: throws `SQLITE_NOTADB` or `SQLITE_CORRUPT` where there is none.
    func requireDatabase() throws(SQLiteError) {
        try execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    }

    // MARK: Statements

    let dialect = SQLDialect(
        orderedJoin: "CROSS JOIN",
        place: "instr",
        larger: "max",
        smaller: "min",
        // A writing transaction has the database to itself.
        lock: ""
    )

    func run(_ sql: String, _ arguments: [any SQLBindable]) throws -> any SQLRows {
        try rows(sql, arguments)
    }

    /// Runs one statement to its end, and drops its rows.
    func execute(_ sql: String, _ arguments: [any SQLBindable] = []) throws(SQLiteError) {
        let rows = try rows(sql, arguments)
        while try rows.next() {}
    }

    /// Runs several statements without arguments; they are not kept.
    func executeScript(_ sql: String) throws(SQLiteError) {
        try requireTransaction()
        // SAFETY: the text is a C string for the time of the call; no row is asked for.
        try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Begins a run of one statement.
    func rows(
        _ sql: String,
        _ arguments: [any SQLBindable] = []
    ) throws(SQLiteError) -> SQLiteRows {
        try requireTransaction()
        // One that is in use is missing there, so that the same text can run twice at once.
        let kept = statements.removeValue(forKey: sql)
        let statement =
            if let kept { kept } else { try unsafe SQLiteStatement(sql, connection: handle) }
        let rows = SQLiteRows(statement, of: self)
        try rows.bind(arguments)
        return rows
    }

    /// The first column of the first row; nil where there is no row, or NULL.
    func value<Value: SQLReadable>(
        _ sql: String,
        _ arguments: [any SQLBindable] = []
    ) throws(SQLiteError) -> Value? {
        let rows = try rows(sql, arguments)
        return try rows.next() ? try rows[0] : nil
    }

    /// Takes a statement back that has been reset.
    func keep(_ statement: SQLiteStatement) {
        guard statements.count < Self.statementsMax else { return }
        statements[statement.sql] = statement
    }

    // SAFETY: here and below, the connection is open as long as this object, and nothing else is
    // passed.

    /// The number of rows that the last INSERT, UPDATE or DELETE has changed, without those of
    /// triggers.
    var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    // MARK: Transactions

    /// Runs `body` in a transaction that has the write lock from its beginning.
    func write<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try transaction("BEGIN IMMEDIATE", body)
    }

    /// Runs `body` in a transaction that sees the database of one moment.
    func read<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try transaction("BEGIN DEFERRED", body)
    }

    private func transaction<Value>(
        _ begin: String,
        _ body: (SQLiteConnection) throws -> Value
    ) throws -> Value {
        precondition(!isInTransaction, "transactions do not nest")
        // Retries a rollback that failed in the call before.
        rollBack()
        try execute(begin)
        isInTransaction = true
        defer { isInTransaction = false }
        do {
            let value = try body(self)
            try execute("COMMIT")
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// After some errors, SQLite has rolled back by itself, and a second time is an error.
    private func rollBack() {
        guard hasOpenTransaction else { return }
        // Not `execute`: nothing can be done about an error, and the next transaction tries again.
        // SAFETY: as in `executeScript`.
        unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    // SAFETY: here and below, as with `changes`.
    private var hasOpenTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Throws where SQLite has rolled the transaction back: further statements would each be a
    /// transaction of their own.
    private func requireTransaction() throws(SQLiteError) {
        guard !isInTransaction || hasOpenTransaction else {
            throw SQLiteError(code: SQLITE_ABORT, message: "the transaction was rolled back")
        }
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw unsafe SQLiteError(code, of: handle) }
    }

    /// `path`, which is absolute, as a URI (RFC 3986); bytes that may mean something are escaped.
    private static func immutableURI(_ path: String) -> String {
        var uri = Array("file:".utf8)
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                uri.append(byte)
            default:
                uri += "%\(Hexadecimal.text([byte]))".utf8
            }
        }
        return String(decoding: uri, as: UTF8.self) + "?immutable=1"
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Tables
internal import Text

/// A prepared statement.
///
/// Finalised in `deinit`; used by one `SQLiteRows` at a time.
@safe final class SQLiteStatement {
    let sql: String
    // SAFETY: made by sqlite3_prepare_v3 and not NULL, finalised in `deinit` alone. The statement
    // belongs to a connection that lives longer: the connection's cache or an open `SQLiteRows`
    // owns this object, and the latter owns the connection too. Texts are passed with their length.
    private let handle: OpaquePointer

    /// Prepares `sql`, which is one statement, for many runs.
    init(_ sql: String, connection: OpaquePointer) throws(SQLiteError) {
        var sql = sql
        var statement: OpaquePointer?
        let (code, isWhole) = sql.withUTF8 { text in
            let count = Int32(clamping: text.count)
            let persistent = UInt32(SQLITE_PREPARE_PERSISTENT)
            return unsafe text.withMemoryRebound(to: CChar.self) { text in
                var tail: UnsafePointer<CChar>?
                let code = unsafe sqlite3_prepare_v3(
                    connection,
                    text.baseAddress,
                    count,
                    persistent,
                    &statement,
                    &tail
                )
                let end = unsafe text.baseAddress.map { unsafe $0 + text.count }
                return (code, unsafe tail == end)
            }
        }
        guard code == SQLITE_OK else { throw unsafe SQLiteError(code, of: connection) }
        // A second statement behind the first one would never be run.
        guard let statement = unsafe statement, isWhole else {
            unsafe sqlite3_finalize(statement)
            throw SQLiteError(code: SQLITE_MISUSE, message: "not one statement: \(sql)")
        }
        self.sql = sql
        unsafe handle = statement
    }

    deinit {
        unsafe sqlite3_finalize(handle)
    }

    /// Binds `arguments`, one for each parameter.
    func bind(_ arguments: [any SQLBindable]) throws(SQLiteError) {
        // SAFETY: here and below, the statement is prepared as long as this object.
        precondition(
            unsafe Int(sqlite3_bind_parameter_count(handle)) == arguments.count,
            "as many arguments as parameters"
        )
        for (index, argument) in arguments.enumerated() {
            let code = bind(argument.sqlValue, to: Int32(index + 1))
            guard code == SQLITE_OK else { throw error(code) }
        }
    }

    private func bind(_ value: SQLValue, to index: Int32) -> Int32 {
        // SAFETY: SQLite copies a text or a blob before the call returns.
        switch value {
        case .null:
            return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number):
            return unsafe sqlite3_bind_int64(handle, index, number)
        case .boolean(let isTrue):
            return unsafe sqlite3_bind_int64(handle, index, isTrue ? 1 : 0)
        case .text(var text):
            return text.withUTF8 { utf8 in
                unsafe utf8.withMemoryRebound(to: CChar.self) {
                    unsafe handfast_sqlite_bind_text(handle, index, $0.baseAddress, $0.count)
                }
            }
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes {
                unsafe handfast_sqlite_bind_blob(handle, index, $0.baseAddress, $0.count)
            }
        }
    }

    /// Whether there is another row; the statement has ended where there is none.
    func step() throws(SQLiteError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw error(code)
        }
    }

    /// Ends the run, and releases its locks and arguments.
    func reset() {
        // The code of a failed step comes once more, and was thrown then.
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    var columnCount: Int { unsafe Int(sqlite3_column_count(handle)) }

    /// The value of a column of the row at which the statement stands.
    ///
    /// Throws `SQLITE_CORRUPT` for a text that is not UTF-8 and for a floating-point number, which
    /// no table of ours has.
    func value(_ column: Int32) throws(SQLiteError) -> SQLValue {
        // SAFETY: the pointers are valid until the next call with this column, and what they lead
        // to, `sqlite3_column_bytes` long, is copied at once. An empty value may be a null pointer.
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_NULL:
            return .null(.text)
        case SQLITE_INTEGER:
            return .integer(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_TEXT:
            let start = unsafe sqlite3_column_text(handle, column)
            let count = unsafe Int(sqlite3_column_bytes(handle, column))
            guard count > 0 else { return .text("") }
            guard let start = unsafe start else { throw error(SQLITE_NOMEM) }
            let utf8 = unsafe UnsafeBufferPointer(start: start, count: count)
            // Not the generic `String(validating:as:)`, which looks its types up for each text.
            guard let text = try? unsafe UTF8Span(validating: utf8.span) else {
                throw mismatch(column, "a text that is not UTF-8")
            }
            return .text(String(copying: text))
        case SQLITE_BLOB:
            let start = unsafe sqlite3_column_blob(handle, column)
            let count = unsafe Int(sqlite3_column_bytes(handle, column))
            guard count > 0 else { return .bytes([]) }
            guard let start = unsafe start else { throw error(SQLITE_NOMEM) }
            return .bytes(unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default:
            throw mismatch(column, "a floating-point number")
        }
    }

    /// Whether a column of the row at which the statement stands holds exactly `text`.
    func holds(_ text: String, in column: Int32) -> Bool {
        // SAFETY: as in `value`; the bytes are compared before the next call with this column.
        guard unsafe sqlite3_column_type(handle, column) == SQLITE_TEXT,
            let start = unsafe sqlite3_column_text(handle, column)
        else { return false }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe UnsafeBufferPointer(start: start, count: count).span.isText(text)
    }

    /// The error for a column that holds `finding`, which the schema does not allow there.
    func mismatch(_ column: Int32, _ finding: String) -> SQLiteError {
        // SAFETY: the name is a C string until the next call with this column, and copied at once.
        let name = unsafe sqlite3_column_name(handle, column).map { unsafe String(cString: $0) }
        return SQLiteError(
            code: SQLITE_CORRUPT,
            message: "the column \(name ?? "\(column)") holds \(finding)"
        )
    }

    private func error(_ code: Int32) -> SQLiteError {
        unsafe SQLiteError(code, of: sqlite3_db_handle(handle))
    }
}

extension SQLiteError {
    /// `code` with what the connection says of its last call.
    init(_ code: Int32, of connection: OpaquePointer?) {
        self.code = code
        // SAFETY: a C string until the connection's next call, copied at once.
        message =
            unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? "no words"
    }
}

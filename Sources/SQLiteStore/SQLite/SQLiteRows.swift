// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Tables

/// One run of a statement: a cursor, and its current row.
///
/// `deinit` ends the run on every path out of the function that has it: the statement is reset and
/// goes back to the connection's cache. Several may be open on one connection. A run must
/// not outlive the call that has the connection.
final class SQLiteRows: SQLRows {
    private let connection: SQLiteConnection
    private let statement: SQLiteStatement
    private var state = State.beforeFirst

    private enum State {
        case beforeFirst
        case onRow
        case ended
    }

    init(_ statement: SQLiteStatement, of connection: SQLiteConnection) {
        self.connection = connection
        self.statement = statement
    }

    deinit {
        statement.reset()
        connection.keep(statement)
    }

    func bind(_ arguments: [any SQLBindable]) throws(SQLiteError) {
        try statement.bind(arguments)
    }

    /// Moves to the next row; false where there is none, and each time after that.
    func next() throws(SQLiteError) -> Bool {
        // A further step would run the statement once more.
        if state == .ended { return false }
        state = .ended
        guard try statement.step() else { return false }
        state = .onRow
        return true
    }

    func value(_ column: Int) throws -> SQLValue {
        precondition(state == .onRow, "there is a row")
        precondition(0..<statement.columnCount ~= column, "the statement has the column")
        return try statement.value(Int32(column))
    }

    func holds(_ text: String, in column: Int) -> Bool {
        precondition(state == .onRow, "there is a row")
        precondition(0..<statement.columnCount ~= column, "the statement has the column")
        return statement.holds(text, in: Int32(column))
    }

    /// `SQLITE_CORRUPT`.
    func mismatch(_ column: Int, _ finding: String) -> any Error {
        statement.mismatch(Int32(column), finding)
    }

    /// The value of the column, as `SQLRows` has it, with SQLite's errors alone.
    subscript<Value: SQLReadable>(column: Int) -> Value {
        get throws(SQLiteError) {
            precondition(state == .onRow, "there is a row")
            let found = try statement.value(Int32(column))
            guard let value = Value(found) else {
                throw statement.mismatch(Int32(column), "\(found.kind), and not \(Value.self)")
            }
            return value
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
/// One connection to a database, in a transaction of its owner.
///
/// Arguments stand in statements as `?`, from left to right, or as `?1`, `?2`. For one thread at a
/// time.
package protocol SQLDatabase: AnyObject {
    /// The words in which databases differ.
    var dialect: SQLDialect { get }

    /// Begins a run of one statement.
    func run(_ sql: String, _ arguments: [any SQLBindable]) throws -> any SQLRows

    /// The number of rows that the last INSERT, UPDATE or DELETE has changed, without those of
    /// triggers.
    var changes: Int { get }
}

/// One run of a statement: a cursor, and its current row.
///
/// Must not outlive the call that has the connection.
package protocol SQLRows: AnyObject {
    /// Moves to the next row; false where there is none, and each time after that.
    func next() throws -> Bool

    /// The value of the column at this place, from 0.
    ///
    /// Throws where the database holds a value that no column of ours can have.
    func value(_ column: Int) throws -> SQLValue

    /// Whether the column at this place holds exactly `text`: false for NULL and other types.
    ///
    /// Compares bytes where they are, without a copy.
    func holds(_ text: String, in column: Int) -> Bool

    /// The error for a column that holds `finding`, which the schema does not allow there.
    func mismatch(_ column: Int, _ finding: String) -> any Error
}

extension SQLRows {
    /// The value of the column at this place, from 0.
    ///
    /// Throws where it is of another type: NULL where the value is not optional, a text that is not
    /// UTF-8, a number out of range.
    package subscript<Value: SQLReadable>(column: Int) -> Value {
        get throws { try SQLRow(self)[column] }
    }
}

/// The current row of a run whose columns are read by the million.
///
/// As `SQLRows` by its subscript, and generic in the value's type alone: the compiler makes one
/// function for each type then, where an existential's would look its types up for every value.
package struct SQLRow {
    private let rows: any SQLRows

    package init(_ rows: any SQLRows) {
        self.rows = rows
    }

    /// Whether the column at this place holds exactly `text`, as `SQLRows` has it.
    func holds(_ text: String, in column: Int) -> Bool { rows.holds(text, in: column) }

    /// The value of the column at this place; throws as that of `SQLRows`.
    package subscript<Value: SQLReadable>(column: Int) -> Value {
        get throws {
            let found = try rows.value(column)
            guard let value = Value(found) else {
                throw rows.mismatch(column, "\(found.kind), and not \(Value.self)")
            }
            return value
        }
    }
}

/// An error of a database about one statement.
package protocol SQLError: Error {
    /// Whether a row breaks a constraint of its table.
    var isConstraint: Bool { get }
    /// Whether a `UNIQUE` column, or a `PRIMARY KEY`, already has the value.
    var isTaken: Bool { get }
}

/// The words in which databases differ.
package struct SQLDialect: Sendable {
    /// A join whose tables are read in the order in which they stand, where the database does not
    /// find a good order by itself.
    package let orderedJoin: String
    /// The function that gives the place of its second text in the first, 0 where it is not in it.
    package let place: String
    /// The functions of the larger and of the smaller of two values.
    package let larger: String
    package let smaller: String
    /// Behind a query: no other transaction changes the rows until this one ends.
    package let lock: String

    /// A dialect from its words.
    package init(orderedJoin: String, place: String, larger: String, smaller: String, lock: String)
    {
        self.orderedJoin = orderedJoin
        self.place = place
        self.larger = larger
        self.smaller = smaller
        self.lock = lock
    }
}

extension SQLDatabase {
    /// Runs one statement to its end, and drops its rows.
    package func execute(_ sql: String, _ arguments: [any SQLBindable] = []) throws {
        let rows = try run(sql, arguments)
        while try rows.next() {}
    }

    /// Runs a query, and collects the results of `body` for its rows.
    package func all<Value>(
        _ sql: String,
        _ arguments: [any SQLBindable] = [],
        _ body: (any SQLRows) throws -> Value
    ) throws -> [Value] {
        let rows = try run(sql, arguments)
        var values: [Value] = []
        while try rows.next() { values.append(try body(rows)) }
        return values
    }

    /// Runs a query, and returns the result of `body` for the first row; nil without a row.
    package func first<Value>(
        _ sql: String,
        _ arguments: [any SQLBindable] = [],
        _ body: (any SQLRows) throws -> Value
    ) throws -> Value? {
        let rows = try run(sql, arguments)
        return try rows.next() ? try body(rows) : nil
    }

    /// The first column of the first row; nil where there is no row, or NULL.
    package func value<Value: SQLReadable>(
        _ sql: String,
        _ arguments: [any SQLBindable] = []
    ) throws -> Value? {
        let rows = try run(sql, arguments)
        return try rows.next() ? try rows[0] : nil
    }
}

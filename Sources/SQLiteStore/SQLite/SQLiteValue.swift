// SPDX-License-Identifier: Apache-2.0
/// A value as SQLite stores it; no column of ours has floating-point numbers.
enum SQLiteValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    /// The name of the type, for errors.
    var kind: String {
        switch self {
        case .null: "NULL"
        case .integer: "an integer"
        case .text: "a text"
        case .blob: "a BLOB"
        }
    }
}

/// A value that can be the argument of a statement.
protocol SQLiteBindable {
    var sqliteValue: SQLiteValue { get }
}

/// A value that a column can hold.
protocol SQLiteReadable {
    /// Nil where `value` is of another type, or out of range.
    init?(_ value: SQLiteValue)
}

extension String: SQLiteBindable, SQLiteReadable {
    var sqliteValue: SQLiteValue { .text(self) }

    init?(_ value: SQLiteValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension [UInt8]: SQLiteBindable, SQLiteReadable {
    var sqliteValue: SQLiteValue { .blob(self) }

    init?(_ value: SQLiteValue) {
        guard case .blob(let bytes) = value else { return nil }
        self = bytes
    }
}

extension Int64: SQLiteBindable, SQLiteReadable {
    var sqliteValue: SQLiteValue { .integer(self) }

    init?(_ value: SQLiteValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

extension Int: SQLiteBindable, SQLiteReadable {
    var sqliteValue: SQLiteValue { .integer(Int64(self)) }

    init?(_ value: SQLiteValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }
}

extension Bool: SQLiteBindable, SQLiteReadable {
    var sqliteValue: SQLiteValue { .integer(self ? 1 : 0) }

    /// As in SQL: every number but 0 is true.
    init?(_ value: SQLiteValue) {
        guard case .integer(let number) = value else { return nil }
        self = number != 0
    }
}

extension Optional: SQLiteBindable where Wrapped: SQLiteBindable {
    var sqliteValue: SQLiteValue { self?.sqliteValue ?? .null }
}

extension Optional: SQLiteReadable where Wrapped: SQLiteReadable {
    init?(_ value: SQLiteValue) {
        if value == .null {
            self = .none
            return
        }
        guard let wrapped = Wrapped(value) else { return nil }
        self = .some(wrapped)
    }
}

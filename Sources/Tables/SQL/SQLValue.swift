// SPDX-License-Identifier: Apache-2.0
/// A value as a database stores it; no column of ours has floating-point numbers.
package enum SQLValue: Sendable, Equatable {
    /// No value, of a type: PostgreSQL finds a statement's types by its arguments.
    case null(SQLType)
    /// A number, or a truth value where the database has no type for these.
    case integer(Int64)
    /// A truth value.
    case boolean(Bool)
    /// A text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])

    /// Whether there is no value.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The name of the type, for errors.
    package var kind: String {
        switch self {
        case .null: "NULL"
        case .integer: "an integer"
        case .boolean: "a truth value"
        case .text: "a text"
        case .bytes: "bytes"
        }
    }
}

/// The type of a column.
package enum SQLType: Sendable, Equatable, CaseIterable {
    /// 64 bits with a sign.
    case integer
    /// True or false.
    case boolean
    /// UTF-8.
    case text
    /// Bytes.
    case bytes
}

/// A value that can be the argument of a statement.
package protocol SQLBindable {
    /// The type, for a value that is missing.
    static var sqlType: SQLType { get }
    /// The value as the database takes it.
    var sqlValue: SQLValue { get }
}

/// A value that a column can hold.
package protocol SQLReadable {
    /// Nil where `value` is of another type, or out of range.
    init?(_ value: SQLValue)
}

extension String: SQLBindable, SQLReadable {
    package static var sqlType: SQLType { .text }
    package var sqlValue: SQLValue { .text(self) }

    package init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension [UInt8]: SQLBindable, SQLReadable {
    package static var sqlType: SQLType { .bytes }
    package var sqlValue: SQLValue { .bytes(self) }

    package init?(_ value: SQLValue) {
        guard case .bytes(let bytes) = value else { return nil }
        self = bytes
    }
}

extension Int64: SQLBindable, SQLReadable {
    package static var sqlType: SQLType { .integer }
    package var sqlValue: SQLValue { .integer(self) }

    package init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

extension Int: SQLBindable, SQLReadable {
    package static var sqlType: SQLType { .integer }
    package var sqlValue: SQLValue { .integer(Int64(self)) }

    package init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }
}

extension Bool: SQLBindable, SQLReadable {
    package static var sqlType: SQLType { .boolean }
    package var sqlValue: SQLValue { .boolean(self) }

    /// As in SQL: every number but 0 is true.
    package init?(_ value: SQLValue) {
        switch value {
        case .boolean(let isTrue): self = isTrue
        case .integer(let number): self = number != 0
        case .null, .text, .bytes: return nil
        }
    }
}

extension Optional: SQLBindable where Wrapped: SQLBindable {
    package static var sqlType: SQLType { Wrapped.sqlType }
    package var sqlValue: SQLValue { self?.sqlValue ?? .null(Wrapped.sqlType) }
}

extension Optional: SQLReadable where Wrapped: SQLReadable {
    package init?(_ value: SQLValue) {
        if value.isNull {
            self = .none
            return
        }
        guard let wrapped = Wrapped(value) else { return nil }
        self = .some(wrapped)
    }
}

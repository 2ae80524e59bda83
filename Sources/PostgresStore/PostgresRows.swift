// SPDX-License-Identifier: Apache-2.0
internal import CPostgres
internal import Tables
internal import Text

/// The result of one statement: its rows in memory, and the current one.
@safe final class PostgresRows: SQLRows {
    // SAFETY: a result of PQgetResult that is not NULL, freed in `deinit` alone.
    private let result: OpaquePointer
    private let library: PostgresLibrary
    private let count: Int32
    private let columnCount: Int32
    private var row: Int32 = -1

    // The types of PostgreSQL's catalogue (`pg_type`) that statements of ours give.
    static let boolean: Oid = 16
    static let bytes: Oid = 17
    static let name: Oid = 19
    static let integer64: Oid = 20
    static let integer16: Oid = 21
    static let integer32: Oid = 23
    static let text: Oid = 25
    static let varchar: Oid = 1043
    static let unknown: Oid = 705

    @unsafe init(_ result: OpaquePointer, _ library: PostgresLibrary) {
        unsafe self.result = result
        self.library = library
        count = unsafe library.table.pointee.rows(result)
        columnCount = unsafe library.table.pointee.columns(result)
    }

    deinit {
        unsafe library.table.pointee.clear(result)
    }

    /// The error that the server answered with; nil where there is none.
    var error: PostgresError? {
        switch unsafe library.table.pointee.result_status(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_SINGLE_TUPLE: return nil
        default: break
        }
        // SAFETY: C strings of the result, copied at once. `C` is PG_DIAG_SQLSTATE and `M`
        // PG_DIAG_MESSAGE_PRIMARY.
        let state = unsafe library.table.pointee.error_field(result, Int32(UInt8(ascii: "C")))
            .map { unsafe String(cString: $0) }
        let message = unsafe library.table.pointee.error_field(result, Int32(UInt8(ascii: "M")))
            .map { unsafe String(cString: $0) }
        guard let state else {
            let said = unsafe library.table.pointee.result_error(result)
                .map { unsafe String(cString: $0) }
            return PostgresError(origin: .connection, message: Self.line(said ?? ""))
        }
        return PostgresError(origin: .server(state: state), message: Self.line(message ?? state))
    }

    /// The number of rows that the statement has changed.
    var affectedRows: Int {
        // SAFETY: a C string of the result, empty for statements that change none.
        unsafe library.table.pointee.affected_rows(result)
            .flatMap { unsafe Int(String(cString: $0)) } ?? 0
    }

    func next() throws -> Bool {
        guard row + 1 < count else {
            row = count
            return false
        }
        row += 1
        return true
    }

    func value(_ column: Int) throws -> SQLValue {
        precondition(0..<count ~= row, "there is a row")
        precondition(0..<Int(columnCount) ~= column, "the statement has the column")
        let column = Int32(column)
        let type = unsafe library.table.pointee.column_type(result, column)
        guard unsafe library.table.pointee.is_null(result, row, column) == 0 else {
            return .null(.text)
        }
        let length = unsafe Int(library.table.pointee.length(result, row, column))
        // SAFETY: the value is as long as its length, in the result's memory, and copied at once.
        let start = unsafe library.table.pointee.bytes(result, row, column)
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)
        switch type {
        case Self.boolean: return .boolean(unsafe bytes.contains { $0 != 0 })
        case Self.integer16, Self.integer32, Self.integer64:
            return .integer(unsafe Self.integer(bytes))
        case Self.bytes: return .bytes(unsafe [UInt8](bytes))
        case Self.text, Self.varchar, Self.name, Self.unknown:
            guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
                throw mismatch(Int(column), "a text that is not UTF-8")
            }
            return .text(text)
        default: throw mismatch(Int(column), "a value of type \(type)")
        }
    }

    func holds(_ text: String, in column: Int) -> Bool {
        precondition(0..<count ~= row, "there is a row")
        precondition(0..<Int(columnCount) ~= column, "the statement has the column")
        let column = Int32(column)
        guard unsafe library.table.pointee.is_null(result, row, column) == 0 else { return false }
        switch unsafe library.table.pointee.column_type(result, column) {
        case Self.text, Self.varchar, Self.name, Self.unknown: break
        default: return false
        }
        let length = unsafe Int(library.table.pointee.length(result, row, column))
        // SAFETY: as in `value`; the bytes are compared at once.
        let start = unsafe library.table.pointee.bytes(result, row, column)
        let held = unsafe UnsafeRawBufferPointer(start: start, count: length)
        return unsafe held.withMemoryRebound(to: UInt8.self) { unsafe $0.span.isText(text) }
    }

    func mismatch(_ column: Int, _ finding: String) -> any Error {
        // SAFETY: a C string of the result, copied at once.
        let name = unsafe library.table.pointee.column_name(result, Int32(column))
            .map { unsafe String(cString: $0) }
        return PostgresError(
            origin: .value,
            message: "the column \(name ?? "\(column)") holds \(finding)"
        )
    }

    /// A number of two, four or eight bytes in network byte order.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        let bits = unsafe bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch bytes.count {
        case 2: Int64(Int16(truncatingIfNeeded: bits))
        case 4: Int64(Int32(truncatingIfNeeded: bits))
        default: Int64(bitPattern: bits)
        }
    }

    /// libpq's messages have several lines and end with one.
    static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingSpaces }.joined(separator: "; ")
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate var trimmingSpaces: Substring {
        let start = self.drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}

/// An argument in PostgreSQL's binary format, with its type.
struct PostgresArgument {
    let type: Oid
    /// Nil for NULL.
    let bytes: [UInt8]?

    init(_ value: SQLValue) {
        switch value {
        case .null(let kind):
            (type, bytes) = (Self.type(of: kind), nil)
        case .integer(let number):
            let bits = UInt64(bitPattern: number)
            bytes = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
            type = PostgresRows.integer64
        case .boolean(let isTrue):
            (type, bytes) = (PostgresRows.boolean, [isTrue ? 1 : 0])
        case .text(let text):
            (type, bytes) = (PostgresRows.text, Array(text.utf8))
        case .bytes(let value):
            (type, bytes) = (PostgresRows.bytes, value)
        }
    }

    private static func type(of kind: SQLType) -> Oid {
        switch kind {
        case .integer: PostgresRows.integer64
        case .boolean: PostgresRows.boolean
        case .text: PostgresRows.text
        case .bytes: PostgresRows.bytes
        }
    }
}

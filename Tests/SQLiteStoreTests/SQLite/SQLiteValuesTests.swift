// SPDX-License-Identifier: Apache-2.0
import CSQLite
import Storage
import Testing

@testable import SQLiteStore
@testable import Tables

/// Values on their way into a table and out of it.
struct SQLiteValuesTests {
    let file: TemporaryDatabase
    let connection: SQLiteConnection

    init() throws {
        file = try TemporaryDatabase()
        connection = try file.connect()
        try connection.execute("CREATE TABLE t (number INTEGER, text TEXT, bytes BLOB) STRICT")
        try connection.execute("CREATE TABLE loose (value)")
    }

    /// The value as it is read after it was stored.
    private func stored<Value: SQLBindable & SQLReadable>(_ value: Value) throws -> Value? {
        try connection.execute("DELETE FROM loose")
        try connection.execute("INSERT INTO loose VALUES (?)", [value])
        return try connection.first("SELECT value FROM loose") { try $0[0] }
    }

    /// Why reading `expression` as `Value` was refused.
    private func error<Value: SQLReadable>(
        of expression: String,
        as type: Value.Type
    ) -> SQLiteError? {
        do {
            let value: Value? = try connection.first("SELECT \(expression) AS found") {
                try $0[0]
            }
            Issue.record("read as \(String(describing: value))")
            return nil
        } catch {
            return error as? SQLiteError
        }
    }

    @Test func `a text is compared where it is, with nothing else taken for it`() throws {
        let rows = try connection.rows(
            "SELECT 'jwt', '', NULL, 7, x'6a7774', 'jw', 'JWT', 'jwt' || char(0)"
        )
        #expect(try rows.next())
        let held = (0..<8).map { rows.holds("jwt", in: $0) }
        #expect(held == [true, false, false, false, false, false, false, false])
        #expect((0..<8).map { rows.holds("", in: $0) } == (0..<8).map { $0 == 1 })
        #expect(!rows.holds("7", in: 3))
    }

    @Test func `lists that rows repeat are those of each row`() throws {
        let texts = ["read write", "read write", "", "read", "read write", "write"]
        var lists = ListTexts()
        for text in texts {
            let rows = try connection.rows("SELECT 0, ?, ?, NULL", [text, text])
            #expect(try rows.next())
            let row = SQLRow(rows)
            #expect(try lists.list(row, 1) == text.split(separator: " ").map(String.init))
            #expect(try lists.text(row, 2) == text)
            #expect(try lists.optionalText(row, 2) == text)
            #expect(try lists.optionalText(row, 3) == nil)
            #expect(throws: (any Error).self) { try lists.text(row, 3) }
        }
    }

    @Test(arguments: [
        "", "a", "NUL\0 inside", "\0", "ü € 𝄞", "'; DROP TABLE t; --", "e\u{301}",
        String(repeating: "x", count: 100_000),
    ])
    func `a text comes back byte for byte`(text: String) throws {
        let found = try #require(try stored(text))
        #expect(found.utf8.elementsEqual(text.utf8))
        let length: Int? = try connection.value("SELECT length(CAST(value AS BLOB)) FROM loose")
        #expect(length == text.utf8.count)
    }

    @Test(arguments: [[], [0], [0, 1, 0], [UInt8](repeating: 0xff, count: 70_000)] as [[UInt8]])
    func `a blob comes back byte for byte, an empty one too`(bytes: [UInt8]) throws {
        #expect(try stored(bytes) == bytes)
        let type: String? = try connection.value("SELECT typeof(value) FROM loose")
        #expect(type == "blob")
    }

    @Test func `integers and truth come back`() throws {
        for number in [0, 1, -1, .min, .max] as [Int64] { #expect(try stored(number) == number) }
        #expect(try stored(Int.max) == Int.max)
        #expect(try stored(true) == true && stored(false) == false)
        #expect(try connection.value("SELECT 7") as Bool? == true)
    }

    @Test func `NULL is nil of an optional and nothing else`() throws {
        #expect(try stored(String?.none) == .some(nil))
        #expect(try stored(Int64?.none) == .some(nil))
        #expect(try stored([UInt8]?.none) == .some(nil))
        #expect(try stored(String?.some("")) == .some(""))
        #expect(error(of: "NULL", as: String.self)?.message.contains("NULL") == true)
        #expect(error(of: "NULL", as: Int64.self)?.code == SQLITE_CORRUPT)
        #expect(error(of: "NULL", as: [UInt8].self)?.code == SQLITE_CORRUPT)
        #expect(error(of: "NULL", as: Bool.self)?.code == SQLITE_CORRUPT)
        // A single value that is absent and one that is NULL are the same.
        #expect(try connection.value("SELECT NULL") as Int64? == nil)
        #expect(try connection.value("SELECT 1 WHERE 0") as Int64? == nil)
    }

    @Test func `a column of another type is a damage and no value`() {
        for expression in ["1", "x'61'", "1.5"] {
            #expect(error(of: expression, as: String.self)?.code == SQLITE_CORRUPT)
        }
        for expression in ["'1'", "x'31'", "1.0", "9e99"] {
            #expect(error(of: expression, as: Int64.self)?.code == SQLITE_CORRUPT)
            #expect(error(of: expression, as: Bool.self)?.code == SQLITE_CORRUPT)
            #expect(error(of: expression, as: Int?.self)?.code == SQLITE_CORRUPT)
        }
        for expression in ["'a'", "1", "1.5"] {
            #expect(error(of: expression, as: [UInt8].self)?.code == SQLITE_CORRUPT)
        }
        #expect(error(of: "'secret'", as: Int64.self)?.message.contains("found") == true)
        #expect(error(of: "'secret'", as: Int64.self)?.message.contains("secret") == false)
    }

    @Test(arguments: ["ff", "c080", "eda080", "61ff62", "f4908080", "e282"])
    func `a text that is not UTF-8 is a damage`(bytes: String) {
        let expression = "CAST(x'\(bytes)' AS TEXT)"
        #expect(error(of: expression, as: String.self)?.code == SQLITE_CORRUPT)
        #expect(error(of: expression, as: String?.self)?.message.contains("UTF-8") == true)
    }

    @Test func `such a damage is reported as one of the store`() {
        let refused = error(of: "NULL", as: String.self).map { StoreError($0, at: "/x/y") }
        #expect(refused?.kind == .corrupt)
        #expect(refused?.reason.contains("/x/y") == true)
    }
}

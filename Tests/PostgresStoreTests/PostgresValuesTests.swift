// SPDX-License-Identifier: Apache-2.0
import PostgresTesting
import Storage
import StorageTesting
import Tables
import Testing

@testable import PostgresStore

/// Values on their way to PostgreSQL and back.
struct PostgresValuesTests {
    private static let values: [SQLValue] = [
        .text("audit"), .text(""), .text("größe 𝄞"), .bytes([0xd1, 0x59, 0, 1]), .bytes([]),
        .integer(0), .integer(-1), .integer(.max), .integer(.min), .boolean(true),
        .boolean(false),
    ]

    private func connect() throws -> PostgresConnection {
        let url = try PostgresURL(PostgresCluster.shared.get().url("postgres"))
        return try PostgresConnection(url.parameters, .installed(), milliseconds: 5_000)
    }

    @Test func `values of each type come back as they went, beside each other`() throws {
        let connection = try connect()
        let marks = Self.values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let rows = try connection.query("SELECT \(marks)", Self.values)
        #expect(try rows.next())
        for (index, value) in Self.values.enumerated() { #expect(try rows.value(index) == value) }
        #expect(try !rows.next())
    }

    @Test func `what is missing is missing, of each type`() throws {
        let connection = try connect()
        let values = SQLType.allCases.map { SQLValue.null($0) }
        let marks = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let rows = try connection.query("SELECT \(marks)", values)
        #expect(try rows.next())
        for index in values.indices { #expect(try rows.value(index).isNull) }
    }

    @Test func `a column of another type is refused`() throws {
        let connection = try connect()
        let rows = try connection.query("SELECT 1.5, 'a'::text")
        #expect(try rows.next())
        #expect(throws: PostgresError.self) { try rows.value(0) }
        #expect(throws: PostgresError.self) { try rows[1] as Int64 }
    }

    @Test(arguments: [
        ("SELECT ?, ?", "SELECT $1, $2"), ("SELECT ?2, ?1, ?12", "SELECT $2, $1, $12"),
        ("a = ?", "a = $1"), ("a = 1", "a = 1"), ("(?)", "($1)"),
    ])
    func `marks of arguments become numbers`(sql: String, numbered: String) {
        #expect(PostgresConnection.numbered(sql) == numbered)
    }
}

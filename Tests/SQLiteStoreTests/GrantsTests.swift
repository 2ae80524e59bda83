// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reactor
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// The tables of grants: bounds, transactions, damage.
struct GrantsTests {
    private typealias Sample = SampleGrant

    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func revoked(_ store: SQLiteDatabase) throws -> Int {
        var count = 0
        try store.forEachRevokedToken(after: 0) { _ in count += 1 }
        return count
    }

    /// Has `store` believe that a table has room for one more row.
    private func fill(_ table: GrantTable, of store: SQLiteDatabase) throws {
        _ = try store.perform([.extendRefreshFamily(Sample.identifier(999), endsAt: 1)])
        store.grantCounts.present?[table] = (table.rowsMax ?? 0) - 1
    }

    @Test func `a full disk keeps none of a group, and all that was there`() throws {
        let store = try directory.open(migrations: Migration.all, pageCountMax: 80)
        #expect(try store.perform([.addRefreshFamily(Sample.family(0))]) == [.done])
        let counted = store.grantCounts.present
        let refused = storeError {
            _ = try store.perform(
                (1..<5_000).map { .addCode(Sample.code($0), from: nil) }
            )
        }
        #expect(refused?.kind == .full)
        #expect(store.grantCounts.present == counted)
        #expect(try store.find([.code(Sample.digest(1))]) == [nil])
        #expect(try store.perform([.rotateRefreshToken(Sample.rotation(0, 0))]) == [.done])
    }

    @Test func `a group is one transaction`() throws {
        let store = try directory.open()
        let before: Int? = try store.withReader { try $0.value("PRAGMA data_version") }
        _ = try store.perform((0..<500).map { .addRefreshFamily(Sample.family($0)) })
        _ = try store.perform((0..<500).map { .rotateRefreshToken(Sample.rotation($0, 0)) })
        // Each frame of the log that ends a transaction has the size of the database.
        #expect(try Log(directory.database + "-wal").commits == 2)
        let after: Int? = try store.withReader { try $0.value("PRAGMA data_version") }
        #expect(before != nil && before != after)
        // The twin: as many transactions as calls.
        for number in 0..<5 { _ = try store.perform([.push(Sample.request(number))]) }
        #expect(try Log(directory.database + "-wal").commits == 7)
    }

    @Test func `no more tokens are revoked than may be, until some have expired`() throws {
        let store = try directory.open()
        #expect(try store.perform([.addRefreshFamily(Sample.family(1))]) == [.done])
        try fill(.revokedToken, of: store)
        let (first, second) = (Sample.identifier(1), Sample.identifier(2))
        let results = try store.perform([
            // The last eighth is for grants.
            .revokeToken(RevokedToken(id: Sample.digest(3), until: 60)),
            .revokeGrant(RevokedToken(id: second, until: 50)),
            .revokeGrant(RevokedToken(id: first, until: 60)),
            // One that is revoked already needs no room.
            .revokeGrant(RevokedToken(id: second, until: 70)),
            .revokeToken(RevokedToken(id: second, until: 60)),
        ])
        #expect(results == [.full, .done, .full, .done, .done])
        // The family stays for another attempt, without a token that could be used.
        var useless = Sample.family(1)
        useless.current = [UInt8](repeating: 0, count: 32)
        #expect(try store.find([.refreshFamily(first)]) == [.refreshFamily(useless)])
        #expect(try store.removeEnded(before: 70, limit: 10) == 0)
        #expect(try store.removeEnded(before: 71, limit: 10) == 1)
        let grant = GrantWrite.revokeGrant(RevokedToken(id: first, until: 100))
        #expect(try store.perform([grant]) == [.done])
        #expect(try store.find([.refreshFamily(first)]) == [nil])
        #expect(try revoked(store) == 1)
    }

    @Test func `no more codes and pushed requests are kept than may be`() throws {
        let store = try directory.open()
        try fill(.code, of: store)
        try fill(.pushedRequest, of: store)
        let results = try store.perform([
            .push(Sample.request(1)), .push(Sample.request(2)),
            .addCode(Sample.code(1), from: Sample.request(1).digest),
            .addCode(Sample.code(2), from: nil),
            // The code has made room for another request.
            .push(Sample.request(3)), .push(Sample.request(4)),
        ])
        #expect(results == [.done, .full, .done, .full, .done, .full])
        #expect(try store.find([.code(Sample.digest(2))]) == [nil])
        #expect(try store.removeEnded(before: 9_000, limit: 10) == 2)
        #expect(
            try store.perform([.push(Sample.request(2)), .addCode(Sample.code(2), from: nil)])
                == [.done, .done]
        )
    }

    @Test func `rows are counted again at the next start`() throws {
        do {
            let store = try directory.open()
            _ = try store.perform(
                [.push(Sample.request(1)), .addCode(Sample.code(1), from: nil)]
                    + (0..<3).map { .revokeToken(RevokedToken(id: Sample.digest($0), until: 9)) }
            )
        }
        let store = try directory.open()
        #expect(store.grantCounts.present == nil)
        #expect(try store.perform([.push(Sample.request(2))]) == [.done])
        let counts = store.grantCounts.present
        #expect(counts?[.pushedRequest] == 2 && counts?[.code] == 1)
        #expect(counts?[.revokedToken] == 3)
    }

    @Test func `a grant whose lists cannot be read is reported as damage`() throws {
        let store = try directory.open()
        _ = try store.perform([1, 2].map { .addRefreshFamily(Sample.family($0)) })
        try store.withWriter {
            try $0.execute(
                "UPDATE refresh_family SET scopes = '{}' WHERE grant_id = ?",
                [Sample.identifier(1)]
            )
        }
        let damaged = storeError { _ = try store.find([.refreshFamily(Sample.identifier(1))]) }
        #expect(damaged?.kind == .corrupt)
        #expect(
            try store.find([.refreshFamily(Sample.identifier(2))])
                == [.refreshFamily(Sample.family(2))]
        )
    }

    @Test(arguments: GrantTable.allCases)
    func `rows that have ended are found by their ends`(table: GrantTable) throws {
        let store = try directory.open()
        for (sql, arguments) in [(table.search, [1_000]), (table.removal, [1_000, 10])] {
            let plan = try store.withReader { database in
                try database.all("EXPLAIN QUERY PLAN \(sql)", arguments) { try $0[3] as String }
            }
            #expect(plan.contains { $0.contains("\(table.rawValue)_end (") }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("B-TREE") }, "\(plan)")
        }
    }

    @Test func `where nothing has ended, a removal waits for no other writer`() throws {
        let store = try directory.open()
        let other = try directory.open()
        _ = try store.perform([.push(Sample.request(1, expiresAt: 100))])
        try other.withWriter { _ in
            let removed = try store.removeEnded(before: 100, limit: 10)
            #expect(removed == 0)
            // The twin waits until the lock is given up, or its time is.
            let refused = storeError { _ = try store.removeEnded(before: 101, limit: 10) }
            #expect(refused?.kind == .busy)
        }
        #expect(try store.removeEnded(before: 101, limit: 10) == 1)
    }

    @Test func `a database of the sixth version takes grants`() throws {
        do {
            let old = try directory.open(migrations: Array(Migration.all.prefix(6)))
            try old.withWriter { try $0.execute(MigrationTests.row) }
        }
        let new = try directory.open()
        #expect(try new.perform([.addCode(Sample.code(1), from: nil)]) == [.done])
        #expect(try new.client("c1")?.grantTypes == ["password", "client_credentials"])
    }
}

/// The write-ahead log of a database (SQLite's file format, §4.1).
private struct Log {
    let commits: Int

    init(_ path: String) throws {
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        func number(_ offset: Int) -> Int {
            bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        let frame = number(8) + 24
        // A frame of an earlier round of the log has another salt than its header.
        commits = stride(from: 32, to: bytes.count - 24, by: frame).count {
            bytes[$0 + 8..<$0 + 16] == bytes[16..<24] && number($0 + 4) != 0
        }
    }
}

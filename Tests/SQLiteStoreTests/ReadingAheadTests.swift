// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// Registrations that are read while a server's database is checked.
struct ReadingAheadTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private struct Enough: Error {}

    /// Opens as a server; the clients that were read ahead, and whether they count.
    private func open() throws -> (clients: [String], counts: Bool) {
        var read: [String] = []
        let store = try SQLiteDatabase.open(directory: directory.path, as: .server) { reader in
            try reader.forEachClient { read.append($0.clientID) }
        }
        return (read, store.isReadAhead)
    }

    @Test func `what is read of a database that rests counts`() throws {
        try directory.open().insert([client("c1"), client("c2")])
        let (clients, counts) = try open()
        #expect(clients == ["c1", "c2"] && counts)
    }

    @Test func `nothing is read beside a log, which another program may write`() throws {
        try directory.open().insert(client("c1"))
        let other = try directory.open(.tool)
        try other.insert(client("c2"))
        let (clients, counts) = try open()
        #expect(clients.isEmpty && !counts)
        #expect(try other.client("c2") == client("c2"))
    }

    @Test func `what is read does not count where somebody has written meanwhile`() throws {
        try directory.open().insert(client("c1"))
        let url = URL(fileURLWithPath: directory.database)
        let store = try SQLiteDatabase.open(directory: directory.path, as: .server) { reader in
            try reader.forEachClient { _ in }
            // Another program than ours, which asks for no lock of the directory.
            let file = try FileHandle(forUpdating: url)
            try file.write(contentsOf: Data("SQLite format 3\0".utf8))
            try file.close()
        }
        #expect(!store.isReadAhead)
        #expect(try store.client("c1") == client("c1"))
    }

    @Test func `a reader that gives up leaves the store as it is`() throws {
        try directory.open().insert(client("c1"))
        let store = try SQLiteDatabase.open(directory: directory.path, as: .server) { _ in
            throw Enough()
        }
        #expect(!store.isReadAhead)
        #expect(try store.client("c1") == client("c1"))
    }

    @Test func `an older schema is brought up to date before it is read`() throws {
        _ = try directory.open(migrations: Array(Migration.all.prefix(9)))
        let (clients, counts) = try open()
        #expect(clients.isEmpty && !counts)
    }

    @Test func `damage is found beside the reading, and nothing is changed`() throws {
        try directory.open().insert((0..<200).map { client("c\($0)") })
        let url = URL(fileURLWithPath: directory.database)
        var data = try Data(contentsOf: url)
        // The last page's header, and what follows it: of some table that the reader may not need.
        data.replaceSubrange((data.count - 4_096)..<(data.count - 4_000), with: Data(count: 96))
        try data.write(to: url)
        let before = try directory.contents()
        #expect(storeError { _ = try open() }?.kind == .corrupt)
        #expect(try directory.contents() == before)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reactor
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

struct FaultsTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Opens in each role, and expects a refusal that changes nothing in the directory.
    private func expectUntouched(_ kind: StoreError.Kind) throws {
        let before = try directory.contents()
        for role in [SQLiteDatabase.Role.server, .tool] {
            let refused = storeError { _ = try directory.open(role) }
            #expect(refused?.kind == kind)
            #expect(refused?.description.contains(directory.database) == true)
            #expect(try directory.contents() == before)
        }
    }

    private func rewrite(_ change: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: directory.database)
        var data = try Data(contentsOf: url)
        change(&data)
        try data.write(to: url)
    }

    @Test func `a second server is refused and told who holds the directory`() throws {
        var first: SQLiteDatabase? = try directory.open(.server)
        let refused = storeError { _ = try directory.open(.server) }
        #expect(refused?.kind == .locked)
        #expect(refused?.reason.contains(directory.path) == true)
        #expect(refused?.reason.contains("process \(getpid())") == true)
        try first?.insert(client("c1"))
        first = nil
        #expect(try directory.open(.server).client("c1") == client("c1"))
    }

    @Test func `commands work beside a server`() throws {
        let server = try directory.open(.server)
        try directory.open(.tool).insert(client("c1"))
        #expect(try server.client("c1") == client("c1"))
    }

    @Test func `a database of a newer version is refused and untouched`() throws {
        try directory.open().insert(client("c1"))
        // user_version stands at byte 60 of the header, big endian.
        let version = UInt8(Migration.all.last?.version ?? 0)
        try set(compatibleFrom: version + 1)
        try rewrite { $0.replaceSubrange(60..<64, with: [0, 0, 0, 99]) }
        try expectUntouched(.newerVersion)
        try rewrite { $0.replaceSubrange(60..<64, with: [0, 0, 0, version]) }
        #expect(try directory.open(.server).client("c1") == client("c1"))
        // One whose steps have only added is as good, and is not taken back.
        try set(compatibleFrom: version)
        try rewrite { $0.replaceSubrange(60..<64, with: [0, 0, 0, 99]) }
        try directory.open(.server).insert(client("c2"))
        #expect(try directory.open(.tool).client("c2") == client("c2"))
        try rewrite { #expect($0[63] == 99) }
    }

    private func set(compatibleFrom version: UInt8) throws {
        try directory.open().withWriter { database in
            try database.execute(
                "UPDATE schema_compatibility SET compatible_from = ?",
                [Int64(version)]
            )
        }
    }

    @Test(arguments: ["", "SQLite format 3\0"])
    func `a file that is no database is refused and untouched`(start: String) throws {
        try directory.open().insert(client("c1"))
        try rewrite { $0 = Data(start.utf8) + Data(repeating: 0x41, count: 9_000) }
        try expectUntouched(.corrupt)
    }

    @Test func `the database of another program is refused and untouched`() throws {
        try directory.open().insert(client("c1"))
        try rewrite { $0.replaceSubrange(68..<72, with: [0, 0, 0, 7]) }
        try expectUntouched(.corrupt)
    }

    @Test func `a truncated database is refused and untouched`() throws {
        try directory.open().insert((0..<200).map { client("c\($0)") })
        try rewrite { $0 = $0.prefix($0.count / 2) }
        try expectUntouched(.corrupt)
    }

    // MARK: an emptied database

    @Test func `an emptied database is refused, and is none that is new`() throws {
        try directory.open().insert(client("c1"))
        let sound = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        try rewrite { $0 = Data() }
        try expectUntouched(.corrupt)
        try rewrite { $0 = sound }
        #expect(try directory.open(.server).client("c1") == client("c1"))
    }

    @Test func `a database without tables is refused and untouched`() throws {
        _ = try directory.open()
        try FileManager.default.removeItem(atPath: directory.database)
        do {
            let empty = try SQLiteConnection.open(
                directory.database,
                .readWrite,
                busyMilliseconds: 0
            )
            try empty.executeScript("PRAGMA journal_mode = WAL; VACUUM;")
        }
        #expect(FileSystem.size(directory.database) == 4_096)
        try expectUntouched(.corrupt)
    }

    @Test func `a log without its database is refused, and stays for whoever finds that`() throws {
        _ = try directory.open()
        try FileManager.default.removeItem(atPath: directory.database)
        try Data("pages".utf8).write(to: URL(fileURLWithPath: directory.database + "-wal"))
        try expectUntouched(.corrupt)
        try FileManager.default.removeItem(atPath: directory.database + "-wal")
        try directory.open(.server).insert(client("c1"))
    }

    @Test func `a database that was moved away takes no writes until it is back`() throws {
        let store = try directory.open(.server)
        try store.insert(client("c1"))
        let url = URL(fileURLWithPath: directory.database)
        let away = URL(fileURLWithPath: directory.path + "/away")
        try FileManager.default.moveItem(at: url, to: away)
        func errorKinds() -> [StoreError.Kind?] {
            [
                storeError { try store.insert(client("c2")) },
                storeError { _ = try store.waitForChange(after: .start, milliseconds: 0) },
            ].map { $0?.kind }
        }
        #expect(errorKinds() == [.replaced, .replaced])
        // Another file of its name is not the one that is open.
        try Data("other".utf8).write(to: url)
        #expect(errorKinds() == [.replaced, .replaced])
        try FileManager.default.removeItem(at: url)
        // A new one beside the server would be one that it does not see.
        #expect(storeError { _ = try directory.open(.tool) }?.kind == .replaced)
        #expect(!DataDirectory.exists(directory.database))
        try FileManager.default.moveItem(at: away, to: url)
        try store.insert(client("c2"))
        #expect(try directory.open(.tool).client("c2") == client("c2"))
    }

    @Test func `a new database keeps a log from its first moment on`() throws {
        try FileSystem.makeDirectories(directory.path)
        let made = DataDirectory(directory.path)
        try Creation.makeDatabase(in: made, Migration.all, pageCountMax: nil)
        // Both format versions stand in the header: 2 is the write-ahead log, 1 the journal, whose
        // first change a killed program would leave half done.
        let header = try Data(contentsOf: URL(fileURLWithPath: directory.database)).prefix(20)
        #expect(Array(header.suffix(2)) == [2, 2])
        #expect(!made.sidePaths.contains(where: DataDirectory.exists))
    }

    @Test func `what a killed first start has left is made anew`() throws {
        let folder = directory.path + "/create.partial"
        try FileSystem.makeDirectories(folder)
        for name in ["handfast.db", "handfast.db-journal"] {
            try Data("half".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        #expect(try !SQLiteDatabase.isMade(in: directory.path))
        try directory.open(.server).insert(client("c1"))
        #expect(!DataDirectory.exists(folder))
        // Or one that was killed when the database had appeared.
        try FileSystem.makeDirectory(folder)
        #expect(try directory.open(.server).client("c1") == client("c1"))
        #expect(!DataDirectory.exists(folder))
    }

    @Test func `a database for which there is no room does not appear`() throws {
        let refused = storeError {
            _ = try directory.open(.server, migrations: Migration.all, pageCountMax: 3)
        }
        #expect(refused?.kind == .full)
        #expect(refused?.reason.contains("\(directory.database) ") == true)
        #expect(try Folder.names(in: directory.path).sorted() == ["open.lock", "server.lock"])
        try directory.open(.server).insert(client("c1"))
    }

    @Test func `a damaged page is refused and untouched`() throws {
        try directory.open().insert((0..<2_000).map { client("c\($0)") })
        try rewrite { data in
            for page in stride(from: 8_192, to: data.count, by: 16_384) {
                data.replaceSubrange(page..<page + 64, with: Data(repeating: 0xff, count: 64))
            }
        }
        try expectUntouched(.corrupt)
    }

    @Test func `flipped bytes never crash: the store answers or refuses`() throws {
        try directory.open().insert((0..<50).map { client("c\($0)") })
        let sound = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        for _ in 0..<100 {
            // xorshift64: any seed of a failed run can be set here again.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            var damaged = sound
            damaged[Int(state % UInt64(sound.count))] ^= UInt8(truncatingIfNeeded: state >> 40) | 1
            try damaged.write(to: URL(fileURLWithPath: directory.database))
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: directory.database + suffix)
            }
            do {
                let store = try directory.open(.server)
                try store.forEachClient { _ in }
            } catch {
                #expect(error is StoreError, "seed \(seed): \(error)")
            }
        }
    }

    @Test func `a full disk loses nothing that was there, and takes nothing half`() throws {
        let store = try directory.open(migrations: Migration.all, pageCountMax: 60)
        try store.insert(client("c1"))
        let refused = storeError {
            try store.insert((0..<5_000).map { client("d\($0)", certificates: [certificate(1)]) })
        }
        #expect(refused?.kind == .full)
        #expect(refused?.subject == .file(directory.database))
        #expect(try store.clientCount() == 1)
        try store.insert(client("c2"))
        #expect(try directory.open(.tool).clientCount() == 2)
    }

    @Test func `reading and opening do not wait for another program's write`() throws {
        let store = try directory.open()
        try store.insert(client("c1"))
        try store.withWriter { _ in
            let other = try directory.open()
            #expect(try other.client("c1") == client("c1"))
            var count = 0
            try other.forEachClient { _ in count += 1 }
            #expect(count == 1)
        }
    }

    @Test func `a database kept busy is reported after the busy timeout`() throws {
        let store = try directory.open()
        let other = try directory.open()
        let refused = storeError {
            try other.withWriter { _ in try store.insert(client("c1")) }
        }
        #expect(refused?.kind == .busy)
        try store.insert(client("c1"))
        #expect(try other.clientCount() == 1)
    }

    @Test func `a text that is not UTF-8 is reported as damage, and the other rows are there`()
        throws
    {
        let store = try directory.open()
        try store.insert(["c1", "c2"].map { client($0) })
        try store.withWriter { database in
            try database.execute("UPDATE client SET name = CAST(x'61ff' AS TEXT) WHERE id = 2")
        }
        let refused = storeError { _ = try store.client("c2") }
        #expect(refused?.kind == .corrupt)
        #expect(refused?.reason.contains(directory.database) == true)
        #expect(storeError { try store.forEachClient { _ in } }?.kind == .corrupt)
        #expect(try store.client("c1") == client("c1"))
        try store.removeClient("c2")
        #expect(try store.clientCount() == 1)
    }

    @Test func `a text with a NUL in it comes back whole`() throws {
        let store = try directory.open()
        var record = client("c1")
        record.name = "before\0after"
        try store.insert(record)
        #expect(try store.client("c1") == record)
        #expect(try store.clientID(for: record.name) == "c1")
        #expect(storeError { _ = try store.clientID(for: "before") }?.kind == .notFound)
    }
}

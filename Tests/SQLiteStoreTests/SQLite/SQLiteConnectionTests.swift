// SPDX-License-Identifier: Apache-2.0
import CSQLite
import Foundation
import Storage
import Testing

@testable import SQLiteStore
@testable import Tables

/// How connections are set up, and what becomes of statements and transactions.
struct SQLiteConnectionTests {
    let file: TemporaryDatabase

    init() throws { file = try TemporaryDatabase() }

    private struct Enough: Error {}

    @Test func `foreign keys are enforced, and removals cascade`() throws {
        let connection = try file.connect()
        try connection.executeScript(
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (parent INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE)
                STRICT;
            INSERT INTO parent VALUES (1), (2);
            INSERT INTO child VALUES (1), (1), (2);
            """
        )
        let refused = sqliteError { try connection.execute("INSERT INTO child VALUES (3)") }
        #expect(refused?.isConstraint == true && refused?.isTaken == false)
        try connection.execute("DELETE FROM parent WHERE id = 1")
        #expect(connection.changes == 1)
        #expect(try connection.value("SELECT count(*) FROM child") as Int? == 1)
        #expect(try file.connect(.readOnly).value("PRAGMA foreign_keys") as Int? == 1)
    }

    @Test func `a word in double quotes is no text`() throws {
        let connection = try file.connect()
        #expect(sqliteError { try connection.execute(#"SELECT "text""#) }?.code == SQLITE_ERROR)
        #expect(
            sqliteError { try connection.execute(#"CREATE TABLE t (a TEXT DEFAULT ("text"))"#) }
                != nil
        )
        try connection.execute(#"CREATE TABLE "t" ("a" TEXT DEFAULT ('text'))"#)
    }

    @Test func `codes are extended, and tell what is taken`() throws {
        let connection = try file.connect()
        try connection.execute(
            "CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT UNIQUE, c TEXT CHECK (c > 'a'))"
        )
        try connection.execute("INSERT INTO t VALUES ('a', 'b', 'c')")
        let key = sqliteError { try connection.execute("INSERT INTO t VALUES ('a', 'x', 'c')") }
        let unique = sqliteError {
            try connection.execute("INSERT INTO t VALUES ('x', 'b', 'c')")
        }
        let check = sqliteError { try connection.execute("INSERT INTO t VALUES ('x', 'x', 'a')") }
        #expect(key?.isTaken == true && unique?.isTaken == true && check?.isTaken == false)
        #expect(key?.code != unique?.code && check?.isConstraint == true)
        #expect(unique?.message == "UNIQUE constraint failed: t.b")
        // The words were copied: a call in between has others.
        let other = sqliteError { try connection.execute("nonsense") }
        #expect(other?.message.contains("nonsense") == true)
        #expect(key?.message == "UNIQUE constraint failed: t.a")
    }

    @Test func `a reader writes nothing, and makes no file`() throws {
        #expect(sqliteError { _ = try file.connect(.readOnly) }?.primaryCode == SQLITE_CANTOPEN)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        try file.connect().execute("CREATE TABLE t (a)")
        for access in [SQLiteConnection.Access.readOnly, .immutable] {
            let reader = try file.connect(access)
            let refused = sqliteError { try reader.execute("INSERT INTO t VALUES (1)") }
            #expect(refused?.primaryCode == SQLITE_READONLY)
            #expect(try reader.value("PRAGMA query_only") as Int? == 1)
        }
    }

    @Test func `an immutable reader makes no file beside the database, whatever its name`()
        throws
    {
        let names = ["a b?mode=memory#100%", "ü&x=%41;", "plain.db"]
        for name in names {
            let odd = try TemporaryDatabase(name)
            let writer = try odd.connect()
            try writer.executeScript("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
            try writer.execute("INSERT INTO t VALUES (7)")
            _ = consume writer
            let before = try odd.files()
            let reader = try odd.connect(.immutable)
            #expect(try reader.value("SELECT a FROM t") as Int? == 7)
            #expect(try odd.files() == before && before == [name])
        }
    }

    @Test func `the bound of pages is one`() throws {
        let connection = try file.connect()
        try connection.executeScript("PRAGMA max_page_count = 20; CREATE TABLE t (a BLOB) STRICT")
        let refused = sqliteError {
            try connection.write { connection in
                for _ in 0..<100 {
                    try connection.execute(
                        "INSERT INTO t VALUES (?)",
                        [[UInt8](repeating: 1, count: 4_000)]
                    )
                }
            }
        }
        #expect(refused?.code == SQLITE_FULL)
        #expect(try connection.value("SELECT count(*) FROM t") as Int? == 0)
        #expect(StoreError(try #require(refused), at: "/x").kind == .full)
    }

    @Test func `changed rows are counted`() throws {
        let connection = try file.connect()
        try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)")
        try connection.execute("INSERT INTO t VALUES (41, 1)")
        try connection.execute("INSERT INTO t (a) VALUES (2), (3)")
        #expect(connection.changes == 2)
        try connection.execute("UPDATE t SET a = 0 WHERE id > 41")
        #expect(connection.changes == 2)
        try connection.execute("DELETE FROM t WHERE id = 99")
        #expect(connection.changes == 0)
    }

    @Test func `what is no statement, or two, is refused`() throws {
        let connection = try file.connect()
        for sql in ["", "  ", "-- nothing", "SELECT 1; SELECT 2", "SELECT"] {
            #expect(sqliteError { try connection.execute(sql) } != nil, "\(sql)")
        }
        try connection.execute("SELECT 1")
    }

    @Test func `an error in the middle leaves the statement usable, and no argument in it`()
        throws
    {
        let connection = try file.connect()
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        let insert = "INSERT INTO t VALUES (?, ?)"
        try connection.execute(insert, [1, "one"])
        #expect(sqliteError { try connection.execute(insert, [1, "again"]) }?.isTaken == true)
        try connection.execute(insert, [2, String?.none])
        #expect(throws: Enough.self) {
            _ = try connection.all("SELECT a FROM t ORDER BY a") { _ in throw Enough() }
        }
        let numbers = try connection.all("SELECT a FROM t ORDER BY a") { try $0[0] as Int }
        #expect(numbers == [1, 2])
        #expect(try connection.value("SELECT b FROM t WHERE a = 2") as String? == nil)
        // A run that was left half done holds no lock.
        #expect(try connection.first("SELECT a FROM t") { try $0[0] as Int } == 1)
        try file.connect().execute("DROP TABLE t")
    }

    @Test func `two runs of one statement do not disturb each other`() throws {
        let connection = try file.connect()
        try connection.executeScript("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)")
        let sql = "SELECT a FROM t ORDER BY a"
        var pairs: [[Int]] = []
        let outer = try connection.rows(sql)
        while try outer.next() {
            let inner = try connection.rows(sql)
            while try inner.next() { pairs.append([try outer[0], try inner[0]]) }
        }
        #expect(pairs.count == 9 && pairs.first == [1, 1] && pairs.last == [3, 3])
        #expect(try !outer.next() && !outer.next())
    }

    @Test func `a transaction that throws leaves nothing, and the next one works`() throws {
        let connection = try file.connect()
        try connection.execute("CREATE TABLE t (a)")
        #expect(throws: Enough.self) {
            try connection.write { connection in
                try connection.execute("INSERT INTO t VALUES (1)")
                throw Enough()
            }
        }
        try connection.write { try $0.execute("INSERT INTO t VALUES (2)") }
        let found = try connection.read { try $0.all("SELECT a FROM t") { try $0[0] as Int } }
        #expect(found == [2])
    }

    @Test func `a transaction that SQLite has rolled back goes on with nothing`() throws {
        let connection = try file.connect()
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        try connection.execute("INSERT INTO t VALUES (1)")
        let refused = sqliteError {
            try connection.write { connection in
                try connection.execute("INSERT INTO t VALUES (2)")
                try? connection.execute("INSERT OR ROLLBACK INTO t VALUES (1)")
                try connection.execute("INSERT INTO t VALUES (3)")
            }
        }
        #expect(refused?.code == SQLITE_ABORT)
        let swallowed = sqliteError {
            try connection.write { connection in
                try? connection.execute("INSERT OR ROLLBACK INTO t VALUES (1)")
            }
        }
        #expect(swallowed?.code == SQLITE_ABORT)
        #expect(try connection.value("SELECT count(*) FROM t") as Int? == 1)
    }

    @Test func `a read sees one moment, and no cursor stays`() throws {
        let (writer, reader) = (try file.connect(), try file.connect(.readOnly))
        try writer.executeScript("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
        try reader.read { reader in
            #expect(try reader.value("SELECT count(*) FROM t") as Int? == 0)
            try writer.execute("INSERT INTO t VALUES (1)")
            #expect(try reader.value("SELECT count(*) FROM t") as Int? == 0)
        }
        #expect(try reader.value("SELECT count(*) FROM t") as Int? == 1)
        // With a reader in the old state, the log could not be folded back whole.
        let busy: Int? = try writer.value("PRAGMA wal_checkpoint(TRUNCATE)")
        #expect(busy == 0)
    }

    @Test func `a file that is no database is refused at once`() throws {
        try Data(repeating: 0x41, count: 9_000).write(to: URL(fileURLWithPath: file.path))
        let refused = sqliteError {
            _ = try SerializedConnection(file.path, .readOnly, busyMilliseconds: 0)
        }
        #expect(refused?.code == SQLITE_NOTADB)
    }

    @Test func `a closed connection answers with an error, and the last writer folds the log`()
        throws
    {
        let setup = "PRAGMA journal_mode = WAL; CREATE TABLE t (a)"
        let writer = try SerializedConnection(
            file.path,
            .readWrite,
            busyMilliseconds: 0,
            setup: setup
        )
        let reader = try SerializedConnection(file.path, .readOnly, busyMilliseconds: 0)
        try writer.write { try $0.execute("INSERT INTO t VALUES (1)") }
        #expect(try reader.read { try $0.value("SELECT count(*) FROM t") as Int? } == 1)
        #expect(try file.files().count == 3)
        reader.close()
        writer.close()
        #expect(try file.files().count == 1)
        let refused = sqliteError {
            try writer.write { try $0.execute("INSERT INTO t VALUES (2)") }
        }
        #expect(refused?.code == SQLITE_MISUSE)
        writer.close()
    }

    @Test func `a call inside a call on one connection traps, and does not wait for ever`() async {
        await #expect(processExitsWith: .failure) {
            let file = try TemporaryDatabase()
            let connection = try SerializedConnection(file.path, .readWrite, busyMilliseconds: 0)
            try connection.read { _ in try connection.read { _ in } }
        }
    }
}

/// The `SQLiteError` that `body` throws; nil for none, or another error.
func sqliteError(_ body: () throws -> Void) -> SQLiteError? {
    do {
        try body()
        return nil
    } catch {
        return error as? SQLiteError
    }
}

/// A database file in a folder that goes away with its test.
final class TemporaryDatabase: Sendable {
    private let folder: String
    let path: String

    init(_ name: String = "test.db") throws {
        let number = UInt64.random(in: 0 ... .max)
        folder = FileManager.default.temporaryDirectory.path + "/handfast-sqlite-\(number)"
        path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func connect(
        _ access: SQLiteConnection.Access = .readWrite
    ) throws(SQLiteError) -> SQLiteConnection {
        try SQLiteConnection.open(path, access, busyMilliseconds: 0)
    }

    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

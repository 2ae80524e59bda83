// SPDX-License-Identifier: Apache-2.0
import CSQLite
import Dispatch
import Foundation
import Storage
import Testing

@testable import SQLiteStore
@testable import Tables

/// Threads of this process beside another process, which writes and holds locks: Python's sqlite3.
@Suite(.serialized) struct SQLiteProcessesTests {
    let file: TemporaryDatabase
    let writer: SerializedConnection

    init() throws {
        file = try TemporaryDatabase()
        writer = try SerializedConnection(
            file.path,
            .readWrite,
            busyMilliseconds: 2_000,
            setup: """
                PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                CREATE TABLE pair (a INTEGER NOT NULL, b INTEGER NOT NULL) STRICT;
                INSERT INTO pair VALUES (0, 0);
                """
        )
    }

    /// Starts Python with `program`, which finds the database's path in `path`.
    ///
    /// Returns after its first line of output.
    private func start(_ program: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        let first = """
            import sqlite3, sys, time
            path = sys.argv[1]
            base = sqlite3.connect(path, isolation_level=None, timeout=10)
            def say():
                print("ready", flush=True)

            """
        process.arguments = ["-c", first + program, file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        #expect(try output.fileHandleForReading.read(upToCount: 6) == Data("ready\n".utf8))
        return process
    }

    @Test func `readers do not wait for another process's write, and see none of it`() throws {
        let reader = try SerializedConnection(file.path, .readOnly, busyMilliseconds: 0)
        let other = try start(
            """
            base.execute("BEGIN IMMEDIATE")
            base.execute("UPDATE pair SET a = 1")
            say()
            time.sleep(60)
            """
        )
        for _ in 0..<100 {
            let sum: Int? = try reader.read { try $0.value("SELECT sum(a + b) FROM pair") }
            #expect(sum == 0)
        }
        other.terminate()
        other.waitUntilExit()
    }

    @Test func `a write waits for another process's lock, and then succeeds`() throws {
        let other = try start(
            """
            base.execute("BEGIN IMMEDIATE")
            say()
            time.sleep(0.4)
            base.execute("UPDATE pair SET a = a + 1")
            base.execute("COMMIT")
            """
        )
        try writer.write { try $0.execute("UPDATE pair SET a = a + 10") }
        other.waitUntilExit()
        #expect(try writer.read { try $0.value("SELECT a FROM pair") as Int? } == 11)
    }

    @Test func `a lock that stays is reported as busy, and nothing is half written`() throws {
        let impatient = try SerializedConnection(file.path, .readWrite, busyMilliseconds: 50)
        let other = try start(
            """
            base.execute("BEGIN IMMEDIATE")
            say()
            time.sleep(60)
            """
        )
        let refused = sqliteError {
            try impatient.write { try $0.execute("UPDATE pair SET a = 5") }
        }
        #expect(refused?.primaryCode == SQLITE_BUSY)
        #expect(refused.map { StoreError($0, at: file.path).kind } == .busy)
        // A process that was killed holds no lock any more.
        kill(other.processIdentifier, SIGKILL)
        other.waitUntilExit()
        try impatient.write { try $0.execute("UPDATE pair SET a = 6") }
        #expect(try impatient.read { try $0.value("SELECT a FROM pair") as Int? } == 6)
    }

    @Test func `many threads on few connections see whole transactions of all writers`() throws {
        let other = try start(
            """
            say()
            for _ in range(300):
                base.execute("BEGIN IMMEDIATE")
                base.execute("UPDATE pair SET a = a + 1")
                base.execute("UPDATE pair SET b = b + 1")
                base.execute("COMMIT")
            """
        )
        let readers = try (0..<2).map { _ in
            try SerializedConnection(file.path, .readOnly, busyMilliseconds: 2_000)
        }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<50 {
                do {
                    if thread % 4 == 0 {
                        try writer.write { connection in
                            try connection.execute("UPDATE pair SET a = a + 1")
                            if round % 10 == 0 { throw CancellationError() }
                            try connection.execute("UPDATE pair SET b = b + 1")
                        }
                    } else {
                        let differences = try readers[thread % 2].read { connection in
                            try connection.all("SELECT a, b FROM pair") {
                                try $0[0] as Int - $0[1]
                            }
                        }
                        #expect(differences == [0])
                    }
                } catch is CancellationError {
                    continue
                } catch {
                    Issue.record(error)
                }
            }
        }
        other.waitUntilExit()
        #expect(other.terminationStatus == 0)
        let sum: Int? = try readers[0].read { try $0.value("SELECT a FROM pair") }
        #expect(sum == 300 + 2 * 45)
        let check: String? = try writer.read { try $0.value("PRAGMA integrity_check") }
        #expect(check == "ok")
    }

    @Test func `the version of the data moves with another process's commits`() throws {
        let reader = try SerializedConnection(file.path, .readOnly, busyMilliseconds: 0)
        let version = { try reader.withConnection { try $0.value("PRAGMA data_version") as Int? } }
        let first = try version()
        #expect(try version() == first)
        let other = try start(
            """
            base.execute("UPDATE pair SET a = 3")
            say()
            """
        )
        other.waitUntilExit()
        #expect(try version() != first)
    }
}

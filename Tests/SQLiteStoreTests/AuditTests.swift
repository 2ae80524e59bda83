// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// Somebody who can write to the database, and not read the key.
struct AuditTests {
    let directory: TemporaryDirectory
    let store: SQLiteDatabase

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
        for number in 1...6 { try store.insert(client("c\(number)")) }
    }

    private func finding(keeping kept: AuditMark? = nil) throws -> AuditFinding? {
        try store.read { try AuditVerification.report($0, keeping: kept).finding }
    }

    private func tamper(_ statements: String...) throws {
        try store.withWriter { database in
            try database.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements { try database.execute(statement) }
        }
    }

    /// Gives two rows each other's place.
    private func exchange(_ one: Int, _ other: Int) throws {
        try tamper(
            "UPDATE audit SET sequence = 1000 WHERE sequence = \(one)",
            "UPDATE audit SET sequence = \(one) WHERE sequence = \(other)",
            "UPDATE audit SET sequence = \(other) WHERE sequence = 1000"
        )
    }

    @Test func `an audit that nobody has touched is whole`() throws {
        #expect(try finding() == nil)
        #expect(directory.mode("audit.key") == 0o600)
    }

    @Test func `what a killed program has left of the key is removed with the next key`() throws {
        let other = try TemporaryDirectory()
        let url = URL(filePath: other.path)
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for name in ["audit.key.99999999.partial", "other.1.partial"] {
            try Data("00".utf8).write(to: url.appending(path: name))
        }
        _ = try other.open()
        let names = try other.contents().keys
        #expect(names.contains("audit.key") && names.contains("other.1.partial"))
        #expect(names.filter { $0.hasPrefix("audit.key.") }.isEmpty)
    }

    @Test(
        arguments: [
            "author = 'command:eve'", "time = 1", "kind = 'user'", "id = 'c9'", "action = 'x'",
            "before = '{}'", "after = NULL", "after = after || ' '", "mac = zeroblob(32)",
        ]
    )
    func `a changed row is found`(change: String) throws {
        try tamper("UPDATE audit SET \(change) WHERE sequence = 3")
        #expect(try finding() == .changed(3))
    }

    @Test func `a removed row is found, with those behind it moved up or not`() throws {
        try tamper("DELETE FROM audit WHERE sequence = 3")
        #expect(try finding() == .removed(3, through: 3))
        for number in 4...6 {
            try tamper("UPDATE audit SET sequence = \(number - 1) WHERE sequence = \(number)")
        }
        #expect(try finding() == .changed(3))
    }

    @Test func `the first rows and several rows are found to be missing`() throws {
        try tamper("DELETE FROM audit WHERE sequence IN (4, 5)")
        #expect(try finding() == .removed(4, through: 5))
        try tamper("DELETE FROM audit WHERE sequence < 3")
        #expect(try finding() == .removed(1, through: 2))
    }

    @Test func `rows that have changed places are found`() throws {
        try exchange(3, 4)
        #expect(try finding() == .moved(3, from: 4))
        try exchange(3, 4)
        #expect(try finding() == nil)
        try exchange(2, 5)
        #expect(try finding() == .moved(2, from: 5))
    }

    @Test func `rows that were cut off are found, all of them too`() throws {
        try tamper("DELETE FROM audit WHERE sequence > 4")
        #expect(try finding() == .cutOff(5, through: 6))
        try tamper("DELETE FROM audit")
        #expect(try finding() == .cutOff(1, through: 6))
    }

    @Test func `an inserted row is found, at the end and in between`() throws {
        let columns = "time, author, kind, id, action, before, after, mac"
        try tamper("INSERT INTO audit SELECT 7, \(columns) FROM audit WHERE sequence = 6")
        #expect(try finding() == .inserted(7))
        // A change that would take its place is refused, and not written without its row.
        #expect(storeError { try store.insert(client("c7")) }?.kind == .unaudited)
        #expect(try store.client("c7") == nil)
        try tamper("DELETE FROM audit WHERE sequence = 7")
        for number in (4...6).reversed() {
            try tamper("UPDATE audit SET sequence = \(number + 1) WHERE sequence = \(number)")
        }
        try tamper("INSERT INTO audit SELECT 4, \(columns) FROM audit WHERE sequence = 1")
        #expect(try finding() == .inserted(4))
        try tamper("DELETE FROM audit WHERE sequence = 4")
        try tamper("INSERT INTO audit SELECT 0, \(columns) FROM audit WHERE sequence = 1")
        #expect(try finding() == .inserted(0))
    }

    @Test(arguments: ["sequence = 4", "first = 5", "row_mac = zeroblob(32)", "mac = row_mac"])
    func `a changed head is found, and nothing is written behind it`(change: String) throws {
        try tamper("DELETE FROM audit WHERE sequence > 4", "UPDATE audit_head SET \(change)")
        #expect(try finding() == .foreignHead)
        let refused = storeError { try store.setEnabled(false, client: "c1", at: 1) }
        #expect(refused?.kind == .unaudited)
        #expect(try store.client("c1")?.enabled == true)
    }

    @Test func `a missing head is found, and no new chain begins in its place`() throws {
        try tamper("DELETE FROM audit", "DELETE FROM audit_head")
        #expect(try finding() == .noHead)
        #expect(storeError { try store.insert(client("c7")) }?.kind == .unaudited)
        let other = try directory.open()
        #expect(storeError { try other.insert(client("c7")) }?.kind == .unaudited)
    }

    @Test func `an old head with its rows verifies, unless a newer mark was kept`() throws {
        let kept = try store.read { try AuditVerification.report($0).newest }
        let head = try store.withReader { try AuditTable.head($0) }
        try store.insert(client("c7"))
        let newer = try store.read { try AuditVerification.report($0).newest }
        let (old, code) = try #require(head)
        try store.withWriter { database in
            try database.execute("DELETE FROM audit WHERE sequence = 7")
            try database.execute(
                "UPDATE audit_head SET (first, sequence, row_mac, mac) = (?, ?, ?, ?)",
                [old.first, old.mark.sequence, old.mark.code, code]
            )
        }
        #expect(try finding() == nil)
        #expect(try finding(keeping: kept) == nil)
        #expect(try finding(keeping: newer) == .behind(kept: 7, newest: 6))
        try store.insert(client("c8"))
        #expect(try finding(keeping: newer) == .otherRow(7))
    }

    @Test func `without its key nothing is changed, and reading goes on`() throws {
        let (key, away) = (directory.path + "/audit.key", directory.path + "/away")
        try FileManager.default.moveItem(atPath: key, toPath: away)
        #expect(storeError { try store.insert(client("c7")) }?.kind == .unaudited)
        #expect(try store.client("c1") != nil)
        #expect(try finding() == .noKey)
        try FileManager.default.moveItem(atPath: away, toPath: key)
        try store.insert(client("c7"))
        #expect(try finding() == nil)
    }

    @Test func `another key, a broken one and a link are refused`() throws {
        let key = directory.path + "/audit.key"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: key))
        let other = Data((String(repeating: "ab", count: 32) + "\n").utf8)
        try other.write(to: URL(fileURLWithPath: key))
        #expect(storeError { try store.insert(client("c7")) }?.kind == .unaudited)
        #expect(try finding() == .foreignHead)
        for broken in [Data(), Data("abc\n".utf8), bytes + bytes] {
            try broken.write(to: URL(fileURLWithPath: key))
            #expect(storeError { try store.insert(client("c7")) }?.kind == .unaudited)
        }
        try FileManager.default.removeItem(atPath: key)
        let elsewhere = directory.path + "/elsewhere"
        try bytes.write(to: URL(fileURLWithPath: elsewhere))
        try FileManager.default.createSymbolicLink(atPath: key, withDestinationPath: elsewhere)
        #expect(storeError { try store.insert(client("c7")) }?.kind == .notFile)
        #expect(storeError { _ = try directory.open() }?.kind == .notFile)
    }

    @Test func `after a renewal without a key, changes are written again`() throws {
        try FileManager.default.removeItem(atPath: directory.path + "/audit.key")
        try tamper("DELETE FROM audit_head")
        try store.write(by: .server, at: 1) { try $0.renewAudit() }
        try store.insert(client("c7"))
        let report = try store.read { try AuditVerification.report($0) }
        #expect(report.finding == nil && report.earlier == 6 && report.checked == 2)
        #expect(directory.mode("audit.key") == 0o600)
    }

    /// A file of the key's, by what its name has at the end.
    private func key(_ suffix: String = "") -> String { directory.path + "/audit.key" + suffix }

    private func renew() throws { try store.write(by: .server, at: 1) { try $0.renewAudit() } }

    @Test func `a renewal gives its key the name, and keeps the one before`() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: key()))
        try renew()
        #expect(try finding() == nil && directory.mode("audit.key.new") == nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: key(".old"))) == before)
        #expect(try Data(contentsOf: URL(fileURLWithPath: key())) != before)
    }

    @Test func `a renewal that ended behind its commit has its key, and the next change names it`()
        throws
    {
        let files = FileManager.default
        for (isBetween, id) in [(false, "c7"), (true, "c8")] {
            try renew()
            let renewed = try Data(contentsOf: URL(fileURLWithPath: key()))
            // As it was before the first step that follows the commit, or between the two.
            try files.moveItem(atPath: key(), toPath: key(".new"))
            if !isBetween { try files.moveItem(atPath: key(".old"), toPath: key()) }
            #expect(try finding() == nil)
            try store.insert(client(id))
            #expect(try finding() == nil && directory.mode("audit.key.new") == nil)
            #expect(try Data(contentsOf: URL(fileURLWithPath: key())) == renewed)
        }
    }

    @Test func `a renewal that ended before its commit leaves the key that counts`() throws {
        struct Killed: Error {}
        #expect(throws: Killed.self) {
            try store.write(by: .server, at: 1) {
                try $0.renewAudit()
                throw Killed()
            }
        }
        #expect(directory.mode("audit.key.new") == 0o600 && directory.mode("audit.key.old") == nil)
        #expect(try finding() == nil)
        try store.insert(client("c7"))
        try renew()
        #expect(try finding() == nil && directory.mode("audit.key.new") == nil)
    }

    @Test func `a key that cannot be written takes nothing away`() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: key()))
        let partial = key(".new.\(getpid()).partial")
        try FileManager.default.createDirectory(
            atPath: partial + "/x",
            withIntermediateDirectories: true
        )
        #expect(storeError { try renew() } != nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: key())) == before)
        try store.insert(client("c7"))
        #expect(try finding() == nil)
    }

    @Test func `a damaged record can be removed, and its row says so`() throws {
        try store.insert(trustSet("ours"))
        try tamper("UPDATE trust_set SET authorities = '[1]'")
        try store.removeTrustSet("ours")
        let last = try store.audit(AuditQuery(limit: 1, newestFirst: true)).first
        #expect(last?.before == #"{"unreadable":true}"#)
        #expect(try finding() == nil)
    }
}

struct AuditUpgradeTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [1, 9, 10])
    func `a database of an older version begins an empty chain`(version: Int) throws {
        do {
            let old = try directory.open(migrations: Array(Migration.all.prefix(version)))
            try old.withWriter { try $0.execute(MigrationTests.row) }
        }
        #expect(directory.mode("audit.key") == nil)
        let store = try directory.open(.server)
        #expect(try store.read { try AuditVerification.report($0) } == AuditReport())
        try store.setEnabled(false, client: "c1", at: 2)
        let report = try store.read { try AuditVerification.report($0) }
        #expect(report.finding == nil && report.checked == 1)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import PostgresTesting
import Storage
import StorageTesting
import Testing

@testable import PostgresStore

/// A store whose secrets are wrapped under another key, beside programs that have it open.
struct StoreRewrapTests {
    /// A store, and the key files of its programs.
    private final class Fixture {
        let home: PostgresHome
        let folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-rewrap-\(UInt64.random(in: 0 ... .max))").path

        init() throws {
            home = try PostgresHome(cluster: PostgresCluster.shared.get())
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
            try put(home.keyFile().path, at: "old")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func path(_ name: String) -> String { folder + "/" + name }

        func put(_ source: String, at name: String) throws {
            let text = try String(contentsOfFile: source, encoding: .utf8)
            try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        }

        func open(_ name: String) throws -> PostgresDatabase {
            try PostgresDatabase.open(
                home.url(),
                keyFile: StoreKeyFile(path: path(name)),
                as: .server
            )
        }

        @discardableResult
        func rewrap(_ name: String = "old", to new: String = "new") throws -> StoreRewrap.Report {
            try StoreRewrap.run(
                home.url(),
                keyFile: StoreKeyFile(path: path(name)),
                to: path(new),
                by: .command(user: "root"),
                at: 3_000
            )
        }
    }

    private func signing(_ id: String, secret: String? = "s3cret") -> ClientRecord {
        var record = client(id)
        (record.authenticationMethod, record.sharedSecret) = ("client_secret_jwt", secret)
        return record
    }

    @Test func `every secret is the same under the new key, and the audit is whole`() throws {
        let fixture = try Fixture()
        let old = try fixture.open("old")
        try old.insert([signing("a"), signing("b", secret: "other"), client("c")])
        try old.insert(key("k1"))
        let (clients, keys) = (try old.client("a"), try old.keys())
        #expect(try fixture.rewrap() == StoreRewrap.Report(keys: 1, clients: 2, others: 2))
        let new = try fixture.open("new")
        #expect(try new.client("a") == clients)
        #expect(try new.client("b")?.sharedSecret == "other")
        #expect(try new.keys() == keys)
        try new.insert(client("d"))
        let report = try new.read { try AuditVerification.report($0) }
        #expect(report.finding == nil && report.earlier == 0)
        let entries = try new.audit(AuditQuery(limit: 100))
        #expect(entries.contains { $0.kind == "audit" && $0.id == "secrets" })
        // A file without the old key opens all of it, and one without the new one nothing.
        let line = try String(contentsOfFile: fixture.path("new"), encoding: .utf8)
            .split(separator: "\n")[0]
        try (line + "\n").write(
            toFile: fixture.path("alone"),
            atomically: true,
            encoding: .utf8
        )
        #expect(try fixture.open("alone").client("a") == clients)
        #expect { try fixture.open("old") } throws: {
            ($0 as? StoreError)?.subject == .storeKey
        }
    }

    @Test func `a program with the old file hears of changes, and drops no secret`() throws {
        let fixture = try Fixture()
        let old = try fixture.open("old")
        try old.insert([signing("a"), client("c")])
        try old.insert(key("k1"))
        let known = try old.keys()
        try fixture.rewrap()
        let new = try fixture.open("new")
        try new.insert(key("k2"))
        let position = try old.read { try $0.position() }
        try new.setEnabled(false, client: "c", at: 9)
        guard case .some(_, let changes) = try old.changes(after: position) else {
            Issue.record("everything is to be read again")
            return
        }
        #expect(changes.map(\.id) == ["c"])
        #expect(try old.client("c")?.enabled == false)
        // Opened material is kept, and the new key is left out alone.
        let keys = try old.keys()
        #expect(keys.filter { $0.keyID == "k1" } == known)
        #expect(keys.first { $0.keyID == "k2" }?.material == [])
        #expect(try old.client("a")?.sharedSecret == nil)
        for write in [
            { try old.updateClient("a", at: 9) { $0.name = "x" } } as () throws -> Void,
            { try old.setEnabled(false, client: "a", at: 9) },
            { try old.insert(self.signing("new")) },
        ] {
            #expect { try write() } throws: { ($0 as? StoreError)?.subject == .storeKey }
        }
        #expect(try new.client("a")?.sharedSecret == "s3cret")
        #expect(old.unopened?.contains("handfast store rewrap") == true)
    }

    @Test func `when the file comes everything is read again, once`() throws {
        let fixture = try Fixture()
        let old = try fixture.open("old")
        try fixture.rewrap()
        let new = try fixture.open("new")
        try new.insert(signing("late"))
        let position = try old.read { try $0.position() }
        #expect(try old.client("late")?.sharedSecret == nil)
        #expect(try !old.waitForChange(after: position, milliseconds: 0))
        try fixture.put(fixture.path("new"), at: "old")
        usleep(1_100_000)
        #expect(try old.waitForChange(after: position, milliseconds: 0))
        #expect(try old.changes(after: position) == .reload(position: position))
        var secrets: [String?] = []
        try old.read { try $0.forEachClient { secrets.append($0.sharedSecret) } }
        #expect(secrets == ["s3cret"])
        #expect(try !old.waitForChange(after: position, milliseconds: 0))
        try old.updateClient("late", at: 9) { $0.name = "x" }
        #expect(old.unopened == nil)
    }

    @Test func `a file that has the new key early wraps under the store's key`() throws {
        let fixture = try Fixture()
        let old = try fixture.open("old")
        try StoreKeyFile.make(at: fixture.path("other"))
        let both = try ["other", "old"].map {
            try String(contentsOfFile: fixture.path($0), encoding: .utf8)
        }
        try both.joined().write(
            toFile: fixture.path("both"),
            atomically: true,
            encoding: .utf8
        )
        try fixture.open("both").insert(signing("early"))
        #expect(try old.client("early")?.sharedSecret == "s3cret")
        try fixture.open("both").insert(key("k1"))
        #expect(try old.keys().first?.material == key("k1").material)
    }

    @Test func `a secret that was changed stops it, and leaves all as it was`() throws {
        let fixture = try Fixture()
        let old = try fixture.open("old")
        try old.insert([signing("a"), signing("b")])
        try fixture.home.run(
            "UPDATE client SET shared_secret = reverse(shared_secret) WHERE client_id = 'b'"
        )
        #expect(throws: StoreError.self) { try fixture.rewrap() }
        #expect(!FileManager.default.fileExists(atPath: fixture.path("new")))
        #expect(try old.client("a")?.sharedSecret == "s3cret")
        // An update of it would drop what cannot be read, and is refused; a new secret is taken.
        #expect(throws: StoreError.self) { try old.updateClient("b", at: 9) { $0.name = "x" } }
        try old.updateClient("b", at: 9) { $0.sharedSecret = "new" }
        try fixture.rewrap()
    }
}

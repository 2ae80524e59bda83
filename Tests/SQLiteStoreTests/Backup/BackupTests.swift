// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

@testable import Reactor
@testable import SQLiteStore
@testable import Tables

/// Backups as files: what is written is taken apart again, and nothing else is.
struct BackupTests {
    private let folder: String

    init() throws {
        folder = FileSystem.absolute(NSTemporaryDirectory()) + "/handfast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder + "/out",
            withIntermediateDirectories: true
        )
    }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A backup of a database of these bytes, of a key and of one file more.
    private func backup(_ database: [UInt8]) throws -> (path: String, digest: Digest256) {
        let database = try file("copy.db", database)
        _ = try file("server.key", Array("key".utf8))
        _ = try file("extra.pem", [UInt8](repeating: 7, count: 512))
        let path = folder + "/made.tar"
        let digest = try Backup(of: folder).write(
            database: database,
            besides: ["extra.pem", "server.key", "absent.pem"],
            to: .file(path),
            now: 1_800_000_000
        )
        return (path, digest)
    }

    private func extract(_ archive: [UInt8]) throws -> (names: [String], digest: Digest256) {
        let path = try file("read.tar", archive)
        let out = "\(folder)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        return try BackupReader(named: path).extract(to: out, of: "/data")
    }

    private func bytes(_ path: String) throws -> [UInt8] { try DataFile.read(path, upTo: 1 << 30) }

    @Test(arguments: [0, 1, 511, 512, 513, 600_000])
    func `what was backed up is what is restored`(size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 31) }
        let (path, digest) = try backup(content)
        let archive = try bytes(path)
        #expect(Digest256.of(archive) == digest)
        let found = try BackupReader(named: path).extract(to: folder + "/out", of: folder)
        #expect(found.names == ["handfast.db", "server.key", "extra.pem"])
        #expect(found.digest == digest)
        #expect(try bytes(folder + "/out/handfast.db") == content)
        #expect(try bytes(folder + "/out/server.key") == Array("key".utf8))
        let mode = FileSystem.mode(folder + "/out/server.key")
        #expect(mode == 0o600 && FileSystem.mode(path) == 0o600)
    }

    @Test func `one byte that is not as it was written is found, by the digest at the latest`()
        throws
    {
        let (path, digest) = try backup([UInt8](repeating: 1, count: 700))
        let archive = try bytes(path)
        #expect(try extract(archive).digest == digest)
        for at in stride(from: 0, to: archive.count, by: 37) {
            var changed = archive
            changed[at] ^= 0x41
            do {
                // The checksum alone covers the fields of ustar besides name and size.
                #expect(try extract(changed).digest != digest, "at \(at)")
            } catch {
                #expect(error is BackupError)
            }
        }
        var changed = archive
        changed[try #require(archive.indices.last) - 1024 - 300] ^= 1
        #expect(throws: BackupError.self) { try extract(changed) }
    }

    @Test func `an archive that was cut off anywhere, or goes on, is refused`() throws {
        let archive = try bytes(try backup(Array("database".utf8)).path)
        for count in stride(from: 0, to: archive.count, by: 101) {
            #expect(throws: BackupError.self, "\(count)") { try extract(Array(archive[..<count])) }
        }
        let longer = #expect(throws: BackupError.self) { try extract(archive + [0]) }
        #expect(longer == .damaged("\(folder)/read.tar", "something follows after its end"))
    }

    @Test(arguments: [
        "", "handfast.db", "no backup at all", String(repeating: "x", count: 4096),
    ])
    func `what is no backup is called so, or incomplete`(text: String) {
        #expect(throws: BackupError.self) { try extract(Array(text.utf8)) }
    }

    @Test func `names that lead elsewhere, or mean something to SQLite, are no members`() {
        for name in ["server.key", "handfast.db", "a", "A-b_c.9"] {
            #expect(BackupArchive.isMemberName(name))
            #expect(TarHeader(TarHeader(name: name, size: 9).block(writtenAt: 5))?.size == 9)
        }
        for name in [
            "", ".", "..", ".a", "a/b", "../a", "/a", "handfast.db-wal", "server.lock",
            "admin.sock",
            "x.partial", "SHA256SUMS", "é", String(repeating: "a", count: 100), "a b", "a\n",
        ] {
            #expect(!BackupArchive.isMemberName(name), "\(name)")
        }
    }

    @Test func `a manifest is taken only as it is written`() throws {
        let digest = Digest256.of([1])
        let line = { (name: String) in BackupMember(name: name, digest: digest).line }
        let list = { (text: String) in BackupMember.list(Array(text.utf8))?.map(\.name) }
        #expect(list(line("handfast.db") + line("a")) == ["handfast.db", "a"])
        #expect(list("") == nil)
        #expect(list(line("a") + line("a")) == nil)
        #expect(list(line("../a")) == nil)
        #expect(list(line("a").uppercased()) == nil)
        #expect(list(String(line("a").dropLast())) == nil)
        #expect(list(line("a") + "\n") == nil)
        #expect(list(line("a").replacing("  ", with: " *")) == nil)
        #expect(list((0...80).map { line("f\($0)") }.joined()) == nil)
        #expect(list((0..<80).map { line("f\($0)") }.joined())?.count == 80)
    }

    @Test func `a link, a large file and a taken name are refused, and nothing is left`() throws {
        let database = try file("copy.db", [1])
        let target = folder + "/b.tar"
        let write = {
            try Backup(of: folder).write(
                database: database,
                besides: [],
                to: .file(target),
                now: 0
            )
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/server.key",
            withDestinationPath: database
        )
        #expect(throws: BackupError.self) { try write() }
        try FileManager.default.removeItem(atPath: folder + "/server.key")
        _ = try file("server.key", [UInt8](repeating: 0, count: 1 << 20 + 1))
        let large = #expect(throws: BackupError.self) { try write() }
        #expect(large == .tooLarge(folder + "/server.key", 1 << 20))
        #expect(try Folder.names(in: folder).allSatisfy { !$0.hasSuffix(".partial") })
        #expect(!DataFile.exists(target))
        try FileManager.default.removeItem(atPath: folder + "/server.key")
        #expect(throws: Never.self) { try Backup.check(.file(target)) }
        _ = try write()
        #expect(throws: BackupError.taken(target)) { try Backup.check(.file(target)) }
        #expect(throws: BackupError.taken(target)) { try write() }
    }

    @Test func `a member is what stands in the directory itself, through links too`() throws {
        let path = try file("own.pem", [1])
        let link = folder + "/out/link.pem"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let backup = Backup(of: folder)
        #expect(backup.member(path) == "own.pem" && backup.member(link) == "own.pem")
        #expect(backup.member(folder + "/out/../own.pem") == "own.pem")
        _ = try file("out/other.pem", [1])
        #expect(backup.member(folder + "/out/other.pem") == nil)
        #expect(backup.member("/etc/passwd") == nil)
        #expect(backup.member(folder + "/server.lock") == nil)
    }

    // MARK: what errors name

    @Test func `a database that is not taken is called by its backup, which stays`() throws {
        let store = folder + "/store"
        do {
            let database = try SQLiteDatabase.open(directory: store, as: .tool)
            try database.withWriter {
                try $0.execute("UPDATE schema_compatibility SET compatible_from = 99")
            }
        }
        var newer = try bytes(store + "/handfast.db")
        // user_version stands at byte 60 of the header, big endian.
        newer.replaceSubrange(60..<64, with: [0, 0, 0, 99])
        for (content, words) in [
            (newer, "schema 99, this program knows"), ([], "it is empty"),
            (Array("no database".utf8), "not a Handfast database"),
        ] {
            let path = try backup(content).path
            let restored = folder + "/restored"
            let error = #expect(throws: BackupError.self) {
                let reader = try BackupReader(named: path)
                try Restoration(in: restored).fill(from: reader, expecting: nil)
            }
            let text = try #require(error).description
            #expect(text.hasPrefix(path) && text.contains(words) && !text.contains(".partial"))
            #expect(text.hasSuffix(". Use another backup.") || text.contains("Use that version"))
            #expect(!DataFile.exists(restored))
            DataFile.remove(path)
        }
    }

    @Test func `a member that cannot be written is told with the directory it was for`() throws {
        let path = try backup(Array("database".utf8)).path
        // Something has the member's name there.
        let staging = folder + "/staging"
        try FileSystem.makeDirectories(staging + "/handfast.db")
        let error = #expect(throws: BackupError.self) {
            try BackupReader(named: path).extract(to: staging, of: "/data")
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("/data cannot be filled: handfast.db cannot be written"))
        #expect(!text.contains(staging))
    }

    @Test func `a target that cannot be made is called by its own name`() throws {
        let target = folder + "/absent/b.tar"
        let error = #expect(throws: BackupError.self) {
            try Backup(of: folder).write(
                database: try file("copy.db", [1]),
                besides: [],
                to: .file(target),
                now: 0
            )
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("\(target) cannot be made (") && !text.contains(".partial"))
        #expect(text.contains("in a directory that is there") && !text.contains("space"))
        let full = BackupError.unwritable(target, "no space left").description
        #expect(full.contains("Is there space") && !full.contains("in a directory"))
    }

    @Test func `a database that cannot be read is called by its place, not by its copy's`() throws {
        let error = #expect(throws: BackupError.self) {
            try Backup(of: folder).write(
                database: folder + "/gone/copy.db",
                besides: [],
                to: .file(folder + "/b.tar"),
                now: 0
            )
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("\(folder)/handfast.db cannot be read") && !text.contains("gone"))
    }
}

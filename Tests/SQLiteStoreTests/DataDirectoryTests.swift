// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

@Suite(.serialized) struct DataDirectoryTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func makeDirectory(mode: Int) throws {
        try FileManager.default.createDirectory(
            atPath: directory.path,
            withIntermediateDirectories: true
        )
        try chmod(mode, directory.path)
    }

    private func chmod(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: NSNumber(value: mode)],
            ofItemAtPath: path
        )
    }

    @Test(arguments: [mode_t(0), 0o022, 0o077])
    func `nothing of a new store is readable by others, whatever the umask`(mask: mode_t) throws {
        let old = umask(mask)
        defer { umask(old) }
        let store = try directory.open(.server)
        try store.insert(client("c1"))
        #expect(DataDirectory.mode(of: directory.path) == 0o700)
        let files = try directory.contents().keys.sorted()
        #expect(files.contains("handfast.db-wal") && files.contains("handfast.db-shm"))
        for file in files { #expect(directory.mode(file) == 0o600, "\(file)") }
        #expect(store.warnings == [])
    }

    @Test func `an empty directory becomes private`() throws {
        try makeDirectory(mode: 0o755)
        #expect(try directory.open().warnings == [])
        #expect(DataDirectory.mode(of: directory.path) == 0o700)
    }

    @Test func `a directory with other files keeps its mode, and the operator is told`() throws {
        try makeDirectory(mode: 0o755)
        try Data().write(to: URL(fileURLWithPath: directory.path + "/notes"))
        let store = try directory.open()
        #expect(DataDirectory.mode(of: directory.path) == 0o755)
        #expect(store.warnings.count == 1)
        #expect(store.warnings.first?.contains("chmod 700") == true)
        #expect(directory.mode("handfast.db") == 0o600)
    }

    @Test func `the directory of a database is tightened again, and the operator is told`() throws {
        try directory.open().insert(client("c1"))
        try chmod(0o777, directory.path)
        let store = try directory.open()
        #expect(DataDirectory.mode(of: directory.path) == 0o700)
        #expect(store.warnings.contains { $0.contains(directory.path) && $0.contains("777") })
        #expect(try directory.open().warnings == [])
    }

    @Test func `a database that others could read is tightened, and the operator is told`() throws {
        try directory.open().insert(client("c1"))
        try chmod(0o644, directory.database)
        let store = try directory.open()
        #expect(directory.mode("handfast.db") == 0o600)
        #expect(store.warnings.contains { $0.contains("handfast.db") && $0.contains("644") })
        #expect(try store.client("c1") == client("c1"))
    }

    @Test func `a file in place of the directory is refused`() throws {
        try Data("notes".utf8).write(to: URL(fileURLWithPath: directory.path))
        let refused = storeError { _ = try directory.open() }
        #expect(refused?.kind == .directory)
        #expect(refused?.reason.contains("is not a directory") == true)
        #expect(try String(contentsOfFile: directory.path, encoding: .utf8) == "notes")
    }

    @Test func `a directory below a file cannot be made`() throws {
        let refused = storeError {
            _ = try SQLiteDatabase.open(directory: "/dev/null/data", as: .tool)
        }
        #expect(refused?.kind == .directory)
        #expect(refused?.reason.contains("/dev/null/data") == true)
    }

    @Test func `a database is there, or not, or that cannot be found out`() throws {
        #expect(try !SQLiteDatabase.isMade(in: directory.path))
        _ = try directory.open()
        #expect(try SQLiteDatabase.isMade(in: directory.path))
        // A link to itself leads nowhere, whoever follows it.
        let link = directory.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: link)
        let error = #expect(throws: StoreError.self) { try SQLiteDatabase.isMade(in: link) }
        #expect(error?.kind == .unavailable && error?.subject == .file(link))
    }

    @Test func `a directory that cannot be written is refused`() throws {
        // Permissions do not bind root, but nobody can make a file in /proc.
        var path = "/proc/self/fdinfo"
        if geteuid() != 0 {
            try makeDirectory(mode: 0o500)
            path = directory.path
        }
        defer { try? chmod(0o700, directory.path) }
        let refused = storeError { _ = try SQLiteDatabase.open(directory: path, as: .server) }
        #expect(refused?.kind == .directory)
        #expect(refused?.subject != nil)
    }

    @Test func `a path that climbs out of the current folder leads where it says`() throws {
        let here = FileManager.default.currentDirectoryPath
        let toRoot = here.split(separator: "/").map { _ in "../" }.joined()
        #expect(DataDirectory(toRoot + directory.path.dropFirst()).path == directory.path)
        let below = DataDirectory("here-is-nothing").path
        #expect(below.hasSuffix("/here-is-nothing") && below.hasPrefix("/"))
        #expect(DataDirectory("./a/../here-is-nothing").path == below)
    }

    @Test func `odd characters in the path are no obstacle`() throws {
        let path = directory.path + "/a b?mode=memory#100%/ü"
        try SQLiteDatabase.open(directory: path, as: .server).insert(client("c1"))
        #expect(try SQLiteDatabase.open(directory: path, as: .server).client("c1") == client("c1"))
        #expect(DataDirectory.exists(path + "/handfast.db"))
    }

    // MARK: links

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/\(name)",
            withDestinationPath: target
        )
    }

    @Test(arguments: ["server.lock", "open.lock", "handfast.db", "handfast.db-wal"])
    func `a link in the place of a file is refused, and what it leads to stays`(
        name: String
    ) throws {
        try makeDirectory(mode: 0o700)
        let elsewhere = try TemporaryDirectory()
        try FileSystem.makeDirectory(elsewhere.path)
        let target = elsewhere.path + "/precious"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: target))
        try chmod(0o644, target)
        try link(name, to: target)
        for role in [SQLiteDatabase.Role.server, .tool] {
            let refused = storeError { _ = try directory.open(role) }
            #expect(refused?.kind == .notFile)
            #expect(refused?.reason.contains("\(directory.path)/\(name) is a symbolic") == true)
        }
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
        #expect(DataDirectory.mode(of: target) == 0o644)
        #expect(try elsewhere.contents().count == 1)
        try FileManager.default.removeItem(atPath: "\(directory.path)/\(name)")
        try directory.open(.server).insert(client("c1"))
    }

    @Test(arguments: ["server.lock", "open.lock", "handfast.db"])
    func `a link that leads nowhere makes no file there`(name: String) throws {
        try makeDirectory(mode: 0o700)
        let target = directory.path + "/made-by-nobody"
        try link(name, to: target)
        #expect(storeError { _ = try directory.open(.server) }?.kind == .notFile)
        #expect(!DataDirectory.exists(target))
        // The link is not taken for an empty directory either.
        if name == "handfast.db" { #expect(try SQLiteDatabase.isMade(in: directory.path)) }
    }

    @Test func `a directory in the place of a lock is refused`() throws {
        try makeDirectory(mode: 0o700)
        try FileSystem.makeDirectory(directory.path + "/open.lock")
        let refused = storeError { _ = try directory.open() }
        #expect(refused?.kind == .notFile && refused?.reason.contains("a directory") == true)
    }

    @Test func `the data directory itself may be named by a link`() throws {
        try directory.open(.server).insert(client("c1"))
        let other = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(
            atPath: other.path,
            withDestinationPath: directory.path
        )
        #expect(
            try SQLiteDatabase.open(directory: other.path, as: .server).client("c1")
                == client("c1")
        )
    }
}

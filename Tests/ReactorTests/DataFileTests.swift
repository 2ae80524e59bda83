// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Reactor

final class DataFileTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/handfast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @Test func `leftovers of a killed write are removed, and of that file alone`() throws {
        let path = folder + "/server.key"
        for name in ["server.key.12.partial", "server.key", "server.keys.12.partial", "12.partial"]
        {
            try DataFile.write([1], to: "\(folder)/\(name)", isPrivate: true)
        }
        Folder.removeLeftovers(of: path)
        let left = try Folder.names(in: folder).sorted()
        #expect(left == ["12.partial", "server.key", "server.keys.12.partial"])
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func contents() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// The errno with which `body` was refused; nil when it was not.
    private func errorNumber(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SystemError)?.code
        }
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 100_000, 1 << 20])
    func `what was written is read again, up to 1 MiB`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try DataFile.write(bytes, to: folder + "/file", isPrivate: false)
        #expect(try DataFile.read(folder + "/file") == bytes)
        #expect(try contents() == ["file"])
    }

    @Test func `a file of more than 1 MiB is refused`() throws {
        let bytes = [UInt8](repeating: 1, count: 1 << 20 + 1)
        try DataFile.write(bytes, to: folder + "/file", isPrivate: false)
        #expect(errorNumber { _ = try DataFile.read(folder + "/file") } == EFBIG)
    }

    @Test func `a file that is not there is refused with its path`() {
        let path = folder + "/nothing"
        #expect(!DataFile.exists(path))
        #expect(throws: SystemError("reading \(path)", code: ENOENT)) { try DataFile.read(path) }
    }

    @Test func `a folder is refused`() {
        #expect(DataFile.exists(folder))
        #expect(errorNumber { _ = try DataFile.read(folder) } == EISDIR)
    }

    @Test func `a link is taken for what it leads to, or for itself`() throws {
        try DataFile.write([1], to: folder + "/file", isPrivate: false)
        for (name, target) in [("link", folder + "/file"), ("lost", folder + "/nothing")] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/\(name)",
                withDestinationPath: target
            )
        }
        #expect(try DataFile.kind(folder + "/file") == .file)
        #expect(try DataFile.kind(folder + "/link") == .file)
        #expect(try DataFile.kind(folder + "/lost") == nil)
        #expect(try DataFile.kind(folder + "/file", followsLinks: false) == .file)
        #expect(try DataFile.kind(folder, followsLinks: false) == .directory)
        #expect(try DataFile.kind(folder + "/nothing", followsLinks: false) == nil)
        for name in ["link", "lost"] {
            #expect(try DataFile.kind("\(folder)/\(name)", followsLinks: false) == .other)
            #expect(errorNumber { _ = try DataFile.openPlain("\(folder)/\(name)") } == ELOOP)
        }
    }

    @Test func `a file is left to its owner, and no file by way of a link`() throws {
        let (file, link) = (folder + "/file", folder + "/link")
        try DataFile.write([1], to: file, isPrivate: false)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(errorNumber { try DataFile.makePrivate(link) } == ELOOP)
        #expect(SystemError("opening", code: ELOOP).description.contains("symbolic link"))
        // The process's umask may be another test's.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        #expect(errorNumber { _ = try DataFile.read(link, followsLinks: false) } == ELOOP)
        try DataFile.makePrivate(file)
        #expect(try mode(file) == 0o600)
    }

    @Test func `a private file is for its owner alone`() throws {
        try DataFile.write([1], to: folder + "/private", isPrivate: true)
        try DataFile.write([1], to: folder + "/public", isPrivate: false)
        #expect(try mode(folder + "/private") == 0o600)
        // 0644 less the process's umask.
        let others = try #require(try mode(folder + "/public"))
        #expect(others & 0o600 == 0o600 && others & ~0o644 == 0)
    }

    @Test func `the rest of an interrupted attempt does not stand in the way`() throws {
        let path = folder + "/key"
        // The name that this process would write under.
        let partial = "\(path).\(getpid()).partial"
        try Data("half".utf8).write(to: URL(fileURLWithPath: partial))
        #expect(!DataFile.exists(path))
        try DataFile.write([1, 2], to: path, isPrivate: true)
        #expect(try DataFile.read(path) == [1, 2])
        #expect(try mode(path) == 0o600)
        #expect(try contents() == ["key"])
    }

    @Test func `a lock is a private file, and one program has it at a time`() throws {
        let path = folder + "/key.lock"
        #expect(try isFreeWhileHeld(path) == false)
        #expect(try mode(path) == 0o600)
        #expect(try isFree(path))
        #expect(try contents() == ["key.lock"])
    }

    /// Whether the lock can be had; it is given back.
    private func isFree(_ path: String) throws -> Bool {
        guard let lock = try DataFile.lock(path, within: 20) else { return false }
        return lock.number >= 0
    }

    /// The same while it is held; nil where it cannot be.
    private func isFreeWhileHeld(_ path: String) throws -> Bool? {
        guard let lock = try DataFile.lock(path, within: 0) else { return nil }
        let isFree = try isFree(path)
        return lock.number >= 0 ? isFree : nil
    }

    @Test func `a file that others may open, or that is none, is no lock`() throws {
        let path = folder + "/key.lock"
        try DataFile.write([], to: path, isPrivate: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(errorNumber { _ = try DataFile.lock(path, within: 0) } == EPERM)
        try DataFile.write([], to: folder + "/other", isPrivate: true)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(
            atPath: path,
            withDestinationPath: folder + "/other"
        )
        #expect(errorNumber { _ = try DataFile.lock(path, within: 0) } == ELOOP)
        #expect(errorNumber { _ = try DataFile.lock(folder, within: 0) } == EISDIR)
        #expect(errorNumber { _ = try DataFile.lock(folder + "/a/b", within: 0) } == ENOENT)
    }

    @Test func `a file that exists is replaced whole`() throws {
        let path = folder + "/key"
        try DataFile.write([1, 2, 3], to: path, isPrivate: false)
        try DataFile.write([4], to: path, isPrivate: true)
        #expect(try DataFile.read(path) == [4])
        #expect(try mode(path) == 0o600)
    }

    @Test func `a folder that is not there takes no file`() throws {
        let path = folder + "/missing/key"
        #expect(errorNumber { try DataFile.write([1], to: path, isPrivate: true) } == ENOENT)
        #expect(!DataFile.exists(path))
        #expect(try contents() == [])
    }

    @Test func `a name that a folder has is refused and the folder stays`() throws {
        let path = folder + "/taken"
        try FileManager.default.createDirectory(
            atPath: path + "/inside",
            withIntermediateDirectories: true
        )
        #expect(errorNumber { try DataFile.write([1], to: path, isPrivate: true) } == EISDIR)
        #expect(DataFile.exists(path + "/inside"))
    }
}

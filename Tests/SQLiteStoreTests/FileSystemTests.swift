// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reactor
import Storage
import Testing

@testable import SQLiteStore

struct FileSystemTests {
    let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try FileSystem.makeDirectory(folder.path)
    }

    @Test func `directories are made with those above them, the last for its owner alone`() throws {
        let path = folder.path + "/a/b/c"
        try FileSystem.makeDirectories(path)
        try FileSystem.makeDirectories(path)
        #expect(FileSystem.isDirectory(path) && FileSystem.mode(path) == 0o700)
        #expect(FileSystem.owner(path) == geteuid())
        #expect(try Folder.names(in: folder.path) == ["a"])
        try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/file"))
        #expect(FileSystem.size(path + "/file") == 1)
        for taken in ["/file", "/file/below"] {
            #expect(throws: (any Error).self) { try FileSystem.makeDirectories(path + taken) }
        }
    }

    @Test func `a removal takes all below, and follows no link`() throws {
        let (kept, gone) = (folder.path + "/kept", folder.path + "/gone")
        try FileSystem.makeDirectories(kept + "/inside")
        try FileSystem.makeDirectories(gone + "/a/b")
        try Data().write(to: URL(fileURLWithPath: gone + "/a/file"))
        try FileManager.default.createSymbolicLink(
            atPath: gone + "/link",
            withDestinationPath: kept
        )
        FileSystem.remove(gone)
        #expect(try Folder.names(in: folder.path) == ["kept"])
        #expect(FileSystem.isDirectory(kept + "/inside"))
        FileSystem.remove(gone)
    }

    @Test func `links are resolved as far as something is there`() throws {
        let real = FileSystem.absolute(folder.path)
        try FileSystem.makeDirectory(folder.path + "/real")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link",
            withDestinationPath: folder.path + "/real"
        )
        #expect(FileSystem.absolute(folder.path + "/link") == real + "/real")
        #expect(FileSystem.absolute(folder.path + "//link/./x/../y/") == real + "/real/y")
        #expect(FileSystem.absolute("/") == "/" && FileSystem.absolute("/..//.") == "/")
        #expect(FileSystem.absolute("/no-such-folder/a") == "/no-such-folder/a")
        #expect(FileSystem.absolute("") == FileSystem.absolute("."))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

@testable import Reactor

@Suite struct `Listening on a Unix socket` {
    /// A path in a directory of its own, which is removed afterwards.
    private func withPath(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "handfast-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.appending(path: "s").path)
    }

    private func error(_ body: () throws -> Void) -> SystemError? {
        do {
            try body()
            return nil
        } catch {
            return error as? SystemError
        }
    }

    private func claim(_ path: String) throws(SystemError) -> SocketAddress {
        try Listener.claim(.local(path: path, descriptor: nil))
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return attributes[.posixPermissions] as? Int ?? -1
    }

    @Test func `all listeners of a path take from one queue`() throws {
        try withPath { path in
            let address = try claim(path)
            #expect(try mode(path) == 0o660)
            let first = try Listener(address)
            let second = try Listener(address)
            #expect(first.descriptor.number != second.descriptor.number)
            Listener.release(address)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a path that somebody listens on is refused`() throws {
        try withPath { path in
            let address = try claim(path)
            let error = try #require(error { _ = try claim(path) })
            #expect(error.isAddressInUse)
            #expect(FileManager.default.fileExists(atPath: path))
            Listener.release(address)
        }
    }

    @Test func `a socket that nobody listens on is replaced`() throws {
        try withPath { path in
            guard case .local(_, let descriptor?) = try claim(path) else {
                Issue.record("no descriptor")
                return
            }
            close(descriptor)
            #expect(FileManager.default.fileExists(atPath: path))
            let again = try claim(path)
            Listener.release(again)
        }
    }

    @Test func `another file at the path stays as it is`() throws {
        try withPath { path in
            try Data("kept".utf8).write(to: URL(filePath: path))
            #expect(error { _ = try claim(path) }?.code == EEXIST)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
        }
    }

    @Test func `a path that is too long or in no directory is refused`() throws {
        try withPath { path in
            let long = path + String(repeating: "x", count: 108)
            #expect(error { _ = try claim(long) }?.code == ENAMETOOLONG)
            #expect(error { _ = try claim(path + "/none/s") }?.code == ENOENT)
        }
    }

    @Test func `a path that was not claimed cannot be listened on`() {
        let address = SocketAddress.local(path: "/nowhere", descriptor: nil)
        #expect(error { _ = try Listener(address) }?.code == EBADF)
    }
}

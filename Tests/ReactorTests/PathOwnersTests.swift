// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

@testable import Reactor

/// To whom a path belongs; links and owners are real, which root alone can give.
@Suite(.enabled(if: geteuid() == 0))
struct PathOwnersTests {
    let folder: String

    init() throws {
        folder = "/var/tmp/handfast-owners-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    private func made(_ name: String, of user: uid_t) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(unsafe lchown(path, user, user) == 0)
        return path
    }

    private func linked(_ name: String, to target: String, of user: uid_t) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        #expect(unsafe lchown(path, user, user) == 0)
        return path
    }

    private func removeAll() { try? FileManager.default.removeItem(atPath: folder) }

    @Test func `a directory has its owner, and those of what it is in`() throws {
        defer { removeAll() }
        let data = try made("data", of: 65_001)
        #expect(try PathOwners(of: folder).others == [])
        #expect(try PathOwners(of: data).others == [65_001])
        #expect(try PathOwners(of: data).group == 65_001)
        _ = try made("data/own", of: 65_002)
        #expect(try PathOwners(of: data + "/own").others == [65_001, 65_002])
        #expect(try PathOwners(of: data + "/own/..//./own").others == [65_001, 65_002])
    }

    @Test func `what is missing belongs to those above it`() throws {
        defer { removeAll() }
        let data = try made("data", of: 65_001)
        #expect(try PathOwners(of: data + "/new/data").others == [65_001])
        #expect(try PathOwners(of: folder + "/new").others == [])
    }

    @Test func `a link has its owner too, and each link behind it`() throws {
        defer { removeAll() }
        let data = try made("data", of: 65_001)
        let second = try linked("second", to: data, of: 65_002)
        let first = try linked("first", to: second, of: 0)
        #expect(try PathOwners(of: first).others == [65_001, 65_002])
        // One to root's, which its owner may turn to whatever comes.
        let toRoot = try linked("root", to: "/etc", of: 65_003)
        #expect(try PathOwners(of: toRoot).others == [65_003])
        let relative = try linked(
            "relative",
            to: "./data",
            of: 0
        )
        #expect(try PathOwners(of: relative).others == [65_001])
    }

    @Test func `links that lead to each other are refused`() throws {
        defer { removeAll() }
        let loop = try linked("loop", to: folder + "/loop", of: 0)
        #expect(throws: SystemError.self) { try PathOwners(of: loop) }
    }
}

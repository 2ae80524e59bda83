// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reactor
import SQLiteStore
import Storage
import Testing

@testable import Following

final class AuditFollowerTests {
    private let folder: String
    private let store: SQLiteDatabase

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-follow-\(UInt64.random(in: 0 ... .max))").path
        store = try SQLiteDatabase.open(directory: folder + "/data", as: .tool)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let start = AuditPlace(after: 0)

    private func add(_ names: String...) throws {
        for name in names {
            let user = UserRecord(name: name, subject: name, passwordHash: "x", createdAt: 0)
            try store.insert(user, by: .server, at: 0)
        }
    }

    private func lines(_ path: String) throws -> [String] {
        String(decoding: try DataFile.read(path), as: UTF8.self)
            .split(separator: "\n").map { line in
                String(line.split(separator: "\"id\":\"")[1].prefix { $0 != "\"" })
            }
    }

    @Test func `targets are said as on the command line, and others are refused`() {
        #expect(AuditTarget("-") == .output)
        #expect(AuditTarget("a b") == .file("a b"))
        #expect(AuditTarget("syslog:unix:/dev/log") == .syslogSocket("/dev/log"))
        #expect(
            AuditTarget("syslog:udp:[::1]:514")
                == .syslogHost(ListenAddress(host: "::1", port: 514))
        )
        for text in [
            "", "syslog:", "syslog:unix:log", "syslog:udp:host", "syslog:udp:host:0",
            "syslog:udp:unix:/x", "syslog:tcp:host:514", "syslog:host:514",
        ] { #expect(AuditTarget(text) == nil, "\(text)") }
    }

    @Test func `a file gets what comes, also after it was moved away`() throws {
        let path = folder + "/audit.jsonl"
        try add("a", "b")
        let position = AuditPosition(path: folder + "/position")
        var follower = AuditFollower(store, to: .file(path), after: Self.start, keeping: position) {
            _ in
        }
        try follower.turn()
        try add("c")
        try follower.turn()
        #expect(try lines(path) == ["a", "b", "c"])
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try add("d")
        try follower.turn()
        #expect(try lines(path) == ["d"] && lines(path + ".1").count == 3)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let kept = try #require(try position.read())
        #expect(try kept == AuditFollower.newest(store) && kept.sequence == 4)
        // One that begins anew goes on behind what was handed on.
        try add("e")
        var next = AuditFollower(store, to: .file(path), after: kept) { _ in }
        try next.turn()
        #expect(try lines(path) == ["d", "e"])
    }

    @Test func `a target that takes nothing is said, and nothing is lost`() throws {
        let path = folder + "/away/audit.jsonl"
        try add("a", "b")
        var notes: [String] = []
        var follower = AuditFollower(store, to: .file(path), after: Self.start) { notes.append($0) }
        try follower.turn()
        #expect(notes.count == 1 && notes[0].hasSuffix("; 2 wait"))
        // Changes go on meanwhile.
        try add("c")
        try FileManager.default.createDirectory(
            atPath: folder + "/away",
            withIntermediateDirectories: false
        )
        try follower.turn()
        #expect(try lines(path) == ["a", "b", "c"])
        #expect(notes.count == 2 && notes[1].hasSuffix("takes entries again"))
    }

    @Test func `many that wait are said once, and their end`() throws {
        let path = folder + "/audit.jsonl"
        let users = (0..<1_500).map { number in
            UserRecord(name: "u\(number)", subject: "s\(number)", passwordHash: "", createdAt: 0)
        }
        try store.write(by: .server, at: 0) { writer in
            for user in users { try writer.insert(user) }
        }
        var notes: [String] = []
        var follower = AuditFollower(store, to: .file(path), after: Self.start) { notes.append($0) }
        for _ in 0..<8 { try follower.turn() }
        #expect(try lines(path).count == 1_500)
        #expect(notes == ["behind: 1300 entries wait", "no longer behind: no entries wait"])
    }

    @Test func `the place of the first start is kept, and a restart begins there`() throws {
        let path = folder + "/audit.jsonl"
        let position = AuditPosition(path: folder + "/position")
        try add("before")
        let start = try AuditFollower.start(store, after: nil, keeping: position)
        #expect(try start.sequence == 1 && position.read() == start)
        // Ended before its first turn; the changes meanwhile come after the restart.
        try add("meanwhile")
        let again = try AuditFollower.start(store, after: nil, keeping: position)
        #expect(again == start)
        var follower = AuditFollower(store, to: .file(path), after: again, keeping: position) { _ in
        }
        try follower.turn()
        #expect(try lines(path) == ["meanwhile"])
        // The file comes before --after, and without a file the newest entry counts.
        #expect(try AuditFollower.start(store, after: 0, keeping: position).sequence == 2)
        #expect(try AuditFollower.start(store, after: nil, keeping: nil).sequence == 2)
        #expect(try AuditFollower.start(store, after: 1, keeping: nil) == AuditPlace(after: 1))
    }

    @Test func `a number at which nothing was handed on is kept as it was given`() throws {
        let path = folder + "/audit.jsonl"
        for number: Int64 in [0, 2] {
            let position = AuditPosition(path: folder + "/position-\(number)")
            let place = AuditPlace(after: number)
            #expect(try AuditFollower.start(store, after: number, keeping: position) == place)
            #expect(try position.read() == place)
            // No row was handed on, so that none is missed.
            var follower = AuditFollower(store, to: .file(path), after: place) { _ in }
            try follower.turn()
        }
        #expect(!DataFile.exists(path))
    }

    @Test func `a file that cannot be written is refused before anything is handed on`() throws {
        let position = AuditPosition(path: folder + "/away/position")
        for after in [nil, 0] as [Int64?] {
            let error = #expect(throws: FollowingError.self) {
                try AuditFollower.start(store, after: after, keeping: position)
            }
            #expect(error?.description.hasPrefix("\(position.path) cannot be written") == true)
        }
    }

    @Test func `an audit without the entry that was handed on last is said, and not followed`()
        throws
    {
        let path = folder + "/audit.jsonl"
        try add("a", "b", "c")
        let last = try AuditFollower.newest(store)
        let position = AuditPosition(path: folder + "/position")
        try position.write(last)
        // A directory with other rows behind the same numbers, and one that ends before.
        for (names, state) in [(["a", "x", "y", "z"], "has another row 3"), (["a"], "with row 1")] {
            let other = try SQLiteDatabase.open(directory: folder + "/\(names.count)", as: .tool)
            for name in names {
                let user = UserRecord(name: name, subject: name, passwordHash: "x", createdAt: 0)
                try other.insert(user, by: .server, at: 0)
            }
            let kept = try #require(try position.read())
            var follower = AuditFollower(other, to: .file(path), after: kept, keeping: position) {
                _ in
            }
            let error = #expect(throws: FollowingError.self) { try follower.turn() }
            let said = error?.description ?? ""
            #expect(said.contains(state) && said.contains("remove \(position.path)"), "\(said)")
        }
        #expect(try !DataFile.exists(path) && position.read() == last)
        // A number alone, as earlier versions kept it, is looked for too.
        try DataFile.write(Array("3\n".utf8), to: position.path, isPrivate: true)
        let number = try #require(try position.read())
        #expect(number.sequence == 3 && number.code == nil && number.wasThere)
        var follower = AuditFollower(store, to: .file(path), after: number) { _ in }
        try add("d")
        try follower.turn()
        #expect(try lines(path) == ["d"])
    }

    @Test(arguments: [
        "", "x\n", "-1\n", "5", "5:ab\n", "5:\n", "after \n", "after -1\n", "after 5:\n",
    ])
    func `a file that holds no number is refused`(text: String) throws {
        let path = folder + "/position"
        #expect(try AuditPosition(path: path).read() == nil)
        try DataFile.write(Array(text.utf8), to: path, isPrivate: true)
        #expect(throws: FollowingError.self) { try AuditPosition(path: path).read() }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import Testing

@testable import PostgresStore

/// The file of the keys under which secrets are wrapped.
struct StoreKeyFileTests {
    /// A folder that goes away with its test.
    private final class Place {
        let folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("handfast-keys-\(UInt64.random(in: 0 ... .max))").path

        init() throws {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func file(_ name: String) -> String { folder + "/" + name }

        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        }

        func text(_ name: String) throws -> String {
            try String(contentsOfFile: file(name), encoding: .utf8)
        }
    }

    private static let secret: [UInt8] = [1, 2, 3, 0, 255]
    /// Longer than a file that was looked at is not looked at again.
    private func wait() { usleep(1_100_000) }

    @Test func `a secret is opened in its own row alone`() throws {
        let place = try Place()
        try StoreKeyFile.make(at: place.file("a"))
        let keys = try StoreKeyFile(path: place.file("a"))
        let wrapped = try keys.wrap(Self.secret, of: "k")
        #expect(try keys.unwrap(wrapped, of: "k") == Self.secret)
        #expect(throws: StoreError.self) { try keys.open(wrapped, of: "other") }
        for index in wrapped.indices {
            var changed = wrapped
            changed[index] ^= 1
            #expect(throws: StoreError.self) { try keys.open(changed, of: "k") }
        }
        for count in 0..<wrapped.count {
            #expect(throws: StoreError.self) {
                try keys.open(Array(wrapped.prefix(count)), of: "k")
            }
        }
    }

    @Test func `of several keys the first wraps, and each opens`() throws {
        let place = try Place()
        for name in ["a", "b"] { try StoreKeyFile.make(at: place.file(name)) }
        try place.write("both", place.text("b") + place.text("a"))
        let (old, new) = (
            try StoreKeyFile(path: place.file("a")), try StoreKeyFile(path: place.file("b"))
        )
        let both = try StoreKeyFile(path: place.file("both"))
        #expect(try both.open(old.wrap(Self.secret, of: "k"), of: "k") == Self.secret)
        #expect(try new.open(both.wrap(Self.secret, of: "k"), of: "k") == Self.secret)
        #expect(throws: StoreError.self) { try old.open(both.wrap(Self.secret, of: "k"), of: "k") }
    }

    @Test(arguments: [
        "", "\n", "ab\n", String(repeating: "ab", count: 32) + "x\n",
        String(repeating: String(repeating: "ab", count: 32) + "\n", count: 5),
        String(repeating: "ab", count: 32) + "\nnot a key\n",
    ])
    func `anything but one to four keys is refused`(text: String) throws {
        let place = try Place()
        try place.write("bad", text)
        #expect { try StoreKeyFile(path: place.file("bad")) } throws: {
            ($0 as? StoreError)?.kind == .invalid
        }
        try place.write(
            "good",
            String(repeating: String(repeating: "ab", count: 32) + "\n", count: 4)
        )
        _ = try StoreKeyFile(path: place.file("good"))
    }

    @Test func `a key that was missing is found when the file has it`() throws {
        let place = try Place()
        for name in ["a", "b"] { try StoreKeyFile.make(at: place.file(name)) }
        let wrapped = try StoreKeyFile(path: place.file("b")).wrap(Self.secret, of: "k")
        let keys = try StoreKeyFile(path: place.file("a"))
        #expect { try keys.unwrap(wrapped, of: "k") } throws: {
            ($0 as? StoreError)?.subject == .storeKey
        }
        #expect(keys.missing?.contains("handfast store rewrap") == true && !keys.hasNews())
        // A file that is no key file leaves the keys as they are.
        try place.write("a", "damaged\n")
        wait()
        #expect(!keys.hasNews())
        #expect(try keys.open(keys.wrap(Self.secret, of: "k"), of: "k") == Self.secret)
        try FileManager.default.removeItem(atPath: place.file("a"))
        try place.write("a", place.text("b"))
        wait()
        #expect(keys.hasNews() && keys.missing == nil)
        #expect(try keys.unwrap(wrapped, of: "k") == Self.secret)
        let generation = keys.generation
        keys.settle(generation - 1)
        #expect(keys.hasNews())
        keys.settle(generation)
        #expect(!keys.hasNews())
    }

    @Test func `a file that comes before it is needed is taken up without news`() throws {
        let place = try Place()
        for name in ["a", "b"] { try StoreKeyFile.make(at: place.file(name)) }
        let wrapped = try StoreKeyFile(path: place.file("b")).wrap(Self.secret, of: "k")
        let keys = try StoreKeyFile(path: place.file("a"))
        try place.write("a", place.text("b") + place.text("a"))
        #expect(try keys.unwrap(wrapped, of: "k") == Self.secret)
        #expect(!keys.hasNews() && keys.missing == nil)
    }

    @Test func `material that was opened is kept while its key is missing`() throws {
        let place = try Place()
        for name in ["a", "b"] { try StoreKeyFile.make(at: place.file(name)) }
        let (old, new) = (
            try StoreKeyFile(path: place.file("a")), try StoreKeyFile(path: place.file("b"))
        )
        #expect(try old.unwrap(old.wrap(Self.secret, of: "k"), of: "k") == Self.secret)
        #expect(try old.unwrap(new.wrap(Self.secret, of: "k"), of: "k") == Self.secret)
        // Not of another name, not where it may be replaced, and not for a row that was changed.
        #expect(throws: StoreError.self) { try old.unwrap(new.wrap(Self.secret, of: "l"), of: "l") }
        #expect(throws: StoreError.self) { try old.open(new.wrap(Self.secret, of: "k"), of: "k") }
        var changed = try old.wrap(Self.secret, of: "k")
        changed[changed.count - 1] ^= 1
        #expect(throws: StoreError.self) { try old.unwrap(changed, of: "k") }
        let secret = try old.wrap(secret: "s", of: "c")
        #expect(try old.unwrap(secret: secret, of: "c") == "s")
        #expect(throws: StoreError.self) {
            try old.unwrap(secret: new.wrap(secret: "s", of: "c"), of: "c")
        }
    }

    @Test func `a file is never overwritten, and others may not read it`() throws {
        let place = try Place()
        try StoreKeyFile.make(at: place.file("a"))
        let text = try place.text("a")
        #expect { try StoreKeyFile.make(at: place.file("a")) } throws: {
            ($0 as? StoreError)?.kind == .alreadyExists
        }
        #expect(try place.text("a") == text)
        #expect(try StoreKeyFile(path: place.file("a")).warning == nil)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640],
            ofItemAtPath: place.file("a")
        )
        #expect(try StoreKeyFile(path: place.file("a")).warning?.contains("chmod 600") == true)
    }
}

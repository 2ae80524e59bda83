// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Storage
import Testing

@testable import SQLiteStore

struct KeysTests {
    let directory: TemporaryDirectory
    let store: Store

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
    }

    @Test func `keys come back in the order of their use`() throws {
        try store.insert(key("b", activeFrom: 2_000))
        try store.insert(key("a", activeFrom: 1_000))
        #expect(try store.keys() == [key("a", activeFrom: 1_000), key("b", activeFrom: 2_000)])
        #expect(try store.key("b") == key("b", activeFrom: 2_000))
        #expect(try store.key("c") == nil)
    }

    @Test func `a key of another kind or without material is refused`() throws {
        var empty = key("a")
        empty.material = []
        #expect(refusal { try store.insert(empty) }?.reason == .invalid)
        #expect(refusal { try store.insert(key("a", kind: "none")) }?.reason == .invalid)
        try store.insert(key("a"))
        #expect(refusal { try store.insert(key("a")) }?.reason == .alreadyExists)
        #expect(try store.keys() == [key("a")])
    }

    @Test func `rotation ends the old keys of the kind, and removes those long ended`() throws {
        try store.insert(key("old"))
        try store.insert(key("sealing", kind: "A256GCM"))
        try store.rotate(
            to: key("middle", activeFrom: 2_000),
            retiringOthersAt: 3_000,
            removingEndedBefore: 2_000
        )
        #expect(try store.keys().map(\.keyID) == ["old", "sealing", "middle"])
        #expect(try store.key("old")?.retiredAt == 3_000)
        #expect(try store.key("middle")?.retiredAt == nil)
        try store.rotate(
            to: key("new", activeFrom: 4_000),
            retiringOthersAt: 5_000,
            removingEndedBefore: 3_001
        )
        #expect(try store.keys().map(\.keyID) == ["sealing", "middle", "new"])
        #expect(try store.key("middle")?.retiredAt == 5_000)
        #expect(try store.key("sealing")?.retiredAt == nil)
    }

    @Test func `a rotation can leave no other key of the kind`() throws {
        try store.insert(key("stolen"))
        try store.insert(key("sealing", kind: "A256GCM"))
        try store.rotate(
            to: key("new", activeFrom: 2_000),
            retiringOthersAt: 2_000,
            removingEndedBefore: .max
        )
        #expect(try store.keys().map(\.keyID) == ["sealing", "new"])
    }

    @Test func `a rotation that fails ends nothing`() throws {
        try store.insert(key("a"))
        let refused = refusal {
            try store.rotate(
                to: key("a", activeFrom: 2_000),
                retiringOthersAt: 3_000,
                removingEndedBefore: 0
            )
        }
        #expect(refused?.reason == .alreadyExists)
        #expect(try store.keys() == [key("a")])
    }

    @Test func `many programs that need a key make one`() throws {
        let directory = directory
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            _ = try? directory.open().ensureKey(kind: "ES256") { key("k\(number)") }
        }
        let keys = try store.keys()
        #expect(keys.count == 1)
        #expect(try store.ensureKey(kind: "ES256") { key("late") } == keys.first)
    }

    @Test func `a key that cannot be made leaves nothing`() throws {
        struct NoEntropy: Error {}
        #expect(throws: NoEntropy.self) {
            try store.ensureKey(kind: "ES256") { throw NoEntropy() }
        }
        #expect(try store.keys() == [])
    }
}

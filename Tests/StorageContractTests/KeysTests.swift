// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Storage
import StorageTesting
import Testing

struct KeysTests {
    @Test(arguments: StoreKind.all)
    func `keys come back in the order of their use`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(key("b", activeFrom: 2_000))
        try store.insert(key("a", activeFrom: 1_000))
        #expect(try store.keys() == [key("a", activeFrom: 1_000), key("b", activeFrom: 2_000)])
        #expect(try store.keys().last?.keyID == "b")
    }

    @Test(arguments: StoreKind.all)
    func `a key of another kind or without material is refused`(kind: StoreKind) throws {
        let store = try kind.open()
        var empty = key("a")
        empty.material = []
        #expect(storeError { try store.insert(empty) }?.kind == .invalid)
        #expect(storeError { try store.insert(key("a", kind: "none")) }?.kind == .invalid)
        try store.insert(key("a"))
        #expect(storeError { try store.insert(key("a")) }?.kind == .alreadyExists)
        #expect(try store.keys() == [key("a")])
    }

    @Test(arguments: StoreKind.all)
    func `rotation ends the old keys of the kind, and removes those long ended`(kind: StoreKind)
        throws
    {
        let store = try kind.open()
        try store.insert(key("old"))
        try store.insert(key("sealing", kind: "A256GCM"))
        try store.rotate(
            to: key("middle", activeFrom: 2_000),
            retiringOthersAt: 3_000,
            removingEndedBefore: 2_000
        )
        #expect(try store.keys().map(\.keyID) == ["old", "sealing", "middle"])
        #expect(try store.keys().first { $0.keyID == "old" }?.retiredAt == 3_000)
        #expect(try store.keys().first { $0.keyID == "middle" }?.retiredAt == nil)
        try store.rotate(
            to: key("new", activeFrom: 4_000),
            retiringOthersAt: 5_000,
            removingEndedBefore: 3_001
        )
        #expect(try store.keys().map(\.keyID) == ["sealing", "middle", "new"])
        #expect(try store.keys().first { $0.keyID == "middle" }?.retiredAt == 5_000)
        #expect(try store.keys().first { $0.keyID == "sealing" }?.retiredAt == nil)
    }

    @Test(arguments: StoreKind.all)
    func `a rotation can leave no other key of the kind`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(key("stolen"))
        try store.insert(key("sealing", kind: "A256GCM"))
        try store.rotate(
            to: key("new", activeFrom: 2_000),
            retiringOthersAt: 2_000,
            removingEndedBefore: .max
        )
        #expect(try store.keys().map(\.keyID) == ["sealing", "new"])
    }

    @Test(arguments: StoreKind.all)
    func `a rotation that fails ends nothing`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(key("a"))
        let refused = storeError {
            try store.rotate(
                to: key("a", activeFrom: 2_000),
                retiringOthersAt: 3_000,
                removingEndedBefore: 0
            )
        }
        #expect(refused?.kind == .alreadyExists)
        #expect(try store.keys() == [key("a")])
    }

    @Test(arguments: StoreKind.all)
    func `many programs that need a key make one`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            _ = try? home.open().ensureKey(kind: "ES256") { key("k\(number)") }
        }
        let keys = try store.keys()
        #expect(keys.count == 1)
        #expect(try store.ensureKey(kind: "ES256") { key("late") } == keys.first)
    }

    @Test(arguments: StoreKind.all)
    func `a key that cannot be made leaves nothing`(kind: StoreKind) throws {
        let store = try kind.open()
        struct NoEntropy: Error {}
        #expect(throws: NoEntropy.self) {
            try store.ensureKey(kind: "ES256") { throw NoEntropy() }
        }
        #expect(try store.keys() == [])
    }
}

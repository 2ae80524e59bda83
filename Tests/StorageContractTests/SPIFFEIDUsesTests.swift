// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct SPIFFEIDUsesTests {
    private func use(_ path: String, _ first: Int64, _ last: Int64) -> SPIFFEIDUse {
        SPIFFEIDUse(
            client: "c1",
            spiffeID: "spiffe://example.org/\(path)",
            firstSeen: first,
            lastSeen: last
        )
    }

    @Test(arguments: StoreKind.all)
    func `the first use stays, and the last one moves forward only`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        try store.insert(client("c1"))
        #expect(try store.spiffeIDUses(of: "c1", limit: 9) == [])
        try store.recordSPIFFEIDUses([use("a", 100, 110), use("b", 50, 40)])
        try store.recordSPIFFEIDUses([use("a", 10, 120), use("a", 90, 90)])
        let expected = [use("a", 100, 120), use("b", 50, 50)]
        #expect(try store.spiffeIDUses(of: "c1", limit: 9) == expected)
        #expect(try home.open().spiffeIDUses(of: "c1", limit: 1) == [use("a", 100, 120)])
        var stranger = use("a", 1, 2)
        stranger.client = "gone"
        try store.recordSPIFFEIDUses([stranger])
        #expect(try store.spiffeIDUses(of: "gone", limit: 9) == [])
        try store.removeClient("c1", by: .server, at: 200)
        try store.insert(client("c1"))
        #expect(try store.spiffeIDUses(of: "c1", limit: 9) == [])
    }

    @Test(arguments: StoreKind.all)
    func `of very many IDs the last used are kept`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let count = SPIFFEIDUse.countMax + 5
        try store.recordSPIFFEIDUses((0..<count).map { use("w\($0)", Int64($0), Int64($0)) })
        let kept = try store.spiffeIDUses(of: "c1", limit: count)
        #expect(kept.count == SPIFFEIDUse.countMax)
        #expect(kept.first?.lastSeen == Int64(count - 1) && kept.last?.lastSeen == 5)
    }
}

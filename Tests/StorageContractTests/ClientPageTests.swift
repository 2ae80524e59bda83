// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct ClientPageTests {
    private func client(_ clientID: String, enabled: Bool = true) -> ClientRecord {
        ClientRecord(
            clientID: clientID,
            name: "name of \(clientID)",
            authenticationMethod: "client_secret_basic",
            grantTypes: ["client_credentials"],
            enabled: enabled,
            createdAt: 1,
            updatedAt: 1
        )
    }

    @Test(arguments: StoreKind.all)
    func `pages follow each other in the order of identities, and none is there twice`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        #expect(try store.clients(after: nil, limit: 10).isEmpty)
        let names = ["m", "B", "a", "z", "aa", "0", "~"]
        try store.insert(names.map { client($0, enabled: $0 != "aa") })
        var found: [String] = []
        while true {
            let page = try store.clients(after: found.last, limit: 2)
            #expect(page.count <= 2)
            guard !page.isEmpty else { break }
            found += page.map(\.clientID)
        }
        #expect(found == names.sorted { Array($0.utf8).lexicographicallyPrecedes($1.utf8) })
        let all = try store.clients(after: nil, limit: 10)
        #expect(all.first { $0.clientID == "aa" }?.enabled == false)
        #expect(all.filter(\.enabled).count == 6)
        #expect(Set(all.map(\.authenticationMethod)) == ["client_secret_basic"])
    }

    @Test(arguments: StoreKind.all)
    func `a page goes on where a client was removed meanwhile`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(["a", "b", "c"].map { client($0) })
        try store.removeClient("b")
        #expect(try store.clients(after: "b", limit: 5).map(\.clientID) == ["c"])
        #expect(try store.clients(after: "c", limit: 5).isEmpty)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

/// Versions of records: two who change one at once do not undo each other's work.
struct VersionsTests {
    @Test(arguments: StoreKind.all)
    func `each change of a record counts up, whoever makes it`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let (store, other) = (try home.open(), try home.open())
        var first = client("c1")
        first.version = 77
        try store.insert(first)
        #expect(try store.client("c1")?.version == 1)
        #expect(try store.updateClient("c1", at: 2_000) { $0.scopes = ["a"] }.version == 2)
        try other.setEnabled(false, client: "c1", at: 3_000)
        #expect(try store.client("c1")?.version == 3)
        // A change that changes nothing is one too.
        #expect(try other.updateClient("c1", at: 4_000) { _ in }.version == 4)
        try store.insert(user("admin"))
        try store.setPasswordHash("x", user: "admin")
        try other.setEnabled(false, user: "admin")
        #expect(try store.user("admin")?.version == 3)
        try store.endTokens(user: "admin", by: .server, at: 5_000)
        #expect(try other.user("admin")?.version == 4)
        try other.endTokens(client: "c1", by: .server, at: 5_000)
        #expect(try store.client("c1")?.version == 5)
        try store.insert(trustSet("internal"))
        #expect(try store.updateTrustSet("internal") { $0.sources = ["/a"] }.version == 2)
        #expect(try other.trustSet("internal")?.version == 2)
        var found: [Int64] = []
        try other.forEachClient { found.append($0.version) }
        #expect(found == [5])
    }

    @Test(arguments: StoreKind.all)
    func `a record that was changed since it was read is not written`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        try store.insert(user("admin"))
        try store.insert(trustSet("internal"))
        let read = (client("c1"), user("admin"), trustSet("internal"))
        try store.updateClient("c1", at: 2_000) { $0.scopes = ["theirs"] }
        try store.setPasswordHash("theirs", user: "admin")
        try store.updateTrustSet("internal") { $0.sources = ["/theirs"] }
        let conflicts = [
            storeError { try store.write(by: .server, at: 3_000) { _ = try $0.update(read.0) } },
            storeError { try store.write(by: .server, at: 3_000) { _ = try $0.update(read.1) } },
            storeError { try store.write(by: .server, at: 3_000) { _ = try $0.update(read.2) } },
        ]
        #expect(conflicts.map { $0?.kind } == [.conflict, .conflict, .conflict])
        #expect(conflicts.map { $0?.subject } == [.client, .user, .trustSet])
        #expect(try store.client("c1")?.scopes == ["theirs"])
        #expect(try store.user("admin")?.passwordHash == "theirs")
        #expect(try store.trustSet("internal")?.sources == ["/theirs"])
        // The version read since then is current.
        try store.write(by: .server, at: 4_000) { writer in
            var current = try #require(try writer.client("c1"))
            current.scopes = ["ours"]
            #expect(try writer.update(current).version == 3)
        }
        #expect(try store.client("c1")?.scopes == ["ours"])
    }

    @Test(arguments: StoreKind.all)
    func `a record that is not there is no conflict`(kind: StoreKind) throws {
        let store = try kind.open()
        let absent = [
            storeError { try store.write(by: .server, at: 1) { _ = try $0.update(client("c1")) } },
            storeError { try store.write(by: .server, at: 1) { _ = try $0.update(user("admin")) } },
            storeError { try store.write(by: .server, at: 1) { _ = try $0.update(trustSet("a")) } },
        ]
        #expect(absent.map { $0?.kind } == [.notFound, .notFound, .notFound])
    }

    @Test(arguments: StoreKind.all)
    func `a client is disabled if it is the one that was read`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        #expect(try !store.disable("c1", ifVersion: 2, by: .firstAdministrator, at: 2_000))
        #expect(try !store.disable("c2", ifVersion: 1, by: .firstAdministrator, at: 2_000))
        #expect(try store.client("c1") == client("c1"))
        #expect(try store.disable("c1", ifVersion: 1, by: .firstAdministrator, at: 2_000))
        #expect(try store.client("c1")?.enabled == false)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct ClientQueryTests {
    /// Clients that differ in all that is searched by.
    private static func filled(_ kind: StoreKind) throws -> any CompleteStore {
        let store = try kind.open()
        var web = client("web", certificates: [certificate(0xAB), certificate(2)])
        (web.name, web.labels) = ("Web Shop", ["team": "a", "stage": "live"])
        var edge = client("edge", certificates: [certificate(3)])
        (edge.name, edge.labels, edge.enabled) = ("Edge", ["team": "b"], false)
        var batch = client("batch")
        batch.name = "nightly"
        batch.authenticationMethod = "tls_client_auth"
        (batch.subjectKind, batch.subjectValue) = ("tls_client_auth_subject_dn", "CN=Batch,O=Bank")
        batch.labels = ["team": "a=b"]
        try store.insert([web, edge, batch])
        return store
    }

    private func found(
        in store: any CompleteStore,
        _ write: (inout ClientQuery) -> Void = { _ in }
    ) throws -> [String] {
        var query = ClientQuery()
        write(&query)
        return try store.clients(matching: query).map(\.summary.clientID)
    }

    @Test(arguments: StoreKind.all)
    func `clients are found by parts of their texts, in either case`(kind: StoreKind) throws {
        let store = try Self.filled(kind)
        for (text, expected) in [
            ("", ["batch", "edge", "web"]), ("EDGE", ["edge"]), ("shop", ["web"]),
            ("o=bank", ["batch"]), ("cn=client 3", ["edge"]), ("e", ["edge", "web"]),
            ("%", []), ("_", []), ("nobody", []),
        ] {
            #expect(try found(in: store) { $0.text = text } == expected, "\(text)")
        }
    }

    @Test(arguments: StoreKind.all)
    func `clients are found by their trust set, page by page`(kind: StoreKind) throws {
        let store = try Self.filled(kind)
        #expect(try found(in: store) { $0.trustSet = "internal" }.isEmpty)
        try store.insert(trustSet("internal"), by: .server, at: 1)
        let clients = ["s3", "s1", "s2"].map { name in
            var client = client(name)
            (client.trustSet, client.labels) = ("internal", ["team": name == "s2" ? "c" : "d"])
            return client
        }
        try store.insert(clients)
        #expect(try found(in: store) { $0.trustSet = "internal" } == ["s1", "s2", "s3"])
        #expect(
            try found(in: store) { ($0.trustSet, $0.after, $0.limit) = ("internal", "s1", 1) }
                == ["s2"]
        )
        #expect(
            try found(in: store) {
                ($0.trustSet, $0.label) = ("internal", LabelSelector("team=d"))
            } == ["s1", "s3"]
        )
        #expect(try found(in: store) { $0.trustSet = "other" }.isEmpty)
    }

    @Test(arguments: StoreKind.all)
    func `clients are found by the beginning of a thumbprint`(kind: StoreKind) throws {
        let store = try Self.filled(kind)
        let whole = String(repeating: "ab", count: 32)
        for text in [whole, "abababab", "AB:AB:AB:AB", "ABABABABA", "q6urq6", "q6urq6urq"] {
            #expect(try found(in: store) { $0.text = text } == ["web"], "\(text)")
        }
        for text in ["abababac", "abababa", whole + "a", "q6urq", "q6uvq6", "ab ab ab ab"] {
            #expect(try found(in: store) { $0.text = text } == [], "\(text)")
        }
    }

    @Test(arguments: StoreKind.all)
    func `clients are found by labels`(kind: StoreKind) throws {
        let store = try Self.filled(kind)
        for (label, expected) in [
            ("team", ["batch", "edge", "web"]), ("team=a", ["web"]), ("team=a=b", ["batch"]),
            ("stage", ["web"]), ("stage=live", ["web"]), ("team=", []), ("tea", []), ("a", []),
        ] {
            let found = try found(in: store) { $0.label = LabelSelector(label) }
            #expect(found == expected, "\(label)")
        }
    }

    @Test(arguments: StoreKind.all)
    func `conditions hold together`(kind: StoreKind) throws {
        let store = try Self.filled(kind)
        #expect(try found(in: store) { $0.enabled = true } == ["batch", "web"])
        #expect(try found(in: store) { $0.enabled = false } == ["edge"])
        #expect(try found(in: store) { $0.method = "tls_client_auth" } == ["batch"])
        #expect(try found(in: store) { $0.method = "none" } == [])
        // The certificates end at 9,000 and the number of each.
        #expect(try found(in: store) { $0.expiresBefore = 9_003 } == ["web"])
        #expect(try found(in: store) { $0.expiresBefore = 9_004 } == ["edge", "web"])
        #expect(try found(in: store) { $0.expiresBefore = 9_002 } == [])
        let both = try found(in: store) {
            ($0.label, $0.enabled, $0.text) = (LabelSelector("team"), true, "web")
        }
        #expect(both == ["web"])
        #expect(try found(in: store) { ($0.method, $0.text) = ("none", "web") } == [])
    }

    @Test(arguments: StoreKind.all)
    func `a page says what a list shows, and goes on behind its last client`(
        kind: StoreKind
    ) throws {
        let store = try Self.filled(kind)
        let page = try store.clients(matching: ClientQuery(limit: 2, after: "batch"))
        #expect(page.map(\.summary.clientID) == ["edge", "web"])
        let web = try #require(page.last)
        #expect(web.summary.name == "Web Shop" && web.summary.enabled)
        #expect(web.labels == ["team": "a", "stage": "live"])
        #expect(web.certificateCount == 2 && web.firstEnd == 9_002)
        #expect(try store.clients(matching: ClientQuery(limit: 1)).map(\.firstEnd) == [nil])
        #expect(try store.clients(matching: ClientQuery(limit: -1)).count == 1)
        #expect(try store.clients(matching: ClientQuery(limit: .max)).count == 3)
        #expect(try store.clients(matching: ClientQuery(after: "web")).isEmpty)
        #expect(try found(in: store) { ($0.label, $0.after) = (.init("team"), "edge") } == ["web"])
        #expect(try found(in: store) { ($0.label, $0.limit) = (.init("team"), 1) } == ["batch"])
    }

    @Test(arguments: StoreKind.all)
    func `a search follows each change of a client`(kind: StoreKind) throws {
        let store = try Self.filled(kind)
        try store.updateClient("web", at: 2_000) { client in
            client.name = "Market"
            client.labels = ["team": "b"]
            client.certificates.removeLast()
        }
        #expect(try found(in: store) { $0.text = "shop" } == [])
        #expect(try found(in: store) { $0.text = "market" } == ["web"])
        #expect(try found(in: store) { $0.label = LabelSelector("stage") } == [])
        #expect(try found(in: store) { $0.label = LabelSelector("team=b") } == ["edge", "web"])
        let web = try #require(try store.clients(matching: ClientQuery()).last)
        #expect(web.certificateCount == 1)
        try store.setEnabled(false, client: "web", at: 2_001)
        #expect(try found(in: store) { $0.enabled = true } == ["batch"])
        try store.updateClient("web", at: 2_002) { $0.certificates = [certificate(7)] }
        #expect(try found(in: store) { $0.text = "client 7" } == ["web"])
        try store.removeClient("web")
        #expect(try found(in: store) == ["batch", "edge"])
        #expect(try found(in: store) { $0.label = LabelSelector("team") } == ["batch", "edge"])
    }

    @Test(arguments: StoreKind.all)
    func `labels of clients, users and trust sets are kept, changed and taken away`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        let labels = ["a/b.c_d-e": "ü \"quoted\" \\ text", "empty": ""]
        var (client, user, set) = (client("c1"), user("admin"), trustSet("internal"))
        (client.labels, user.labels, set.labels) = (labels, labels, labels)
        try store.insert(client)
        try store.insert(user)
        try store.insert(set)
        #expect(try store.client("c1") == client)
        #expect(try store.user("admin") == user)
        #expect(try store.trustSet("internal") == set)
        #expect(try store.users() == [user] && store.trustSets() == [set])
        var scanned: [ClientRecord] = []
        try store.forEachClient { scanned.append($0) }
        #expect(scanned.map(\.labels) == [labels])
        try store.write(by: .server, at: 2_000) { writer in
            (client.labels, user.labels, set.labels) = ([:], [:], ["one": "1"])
            _ = try writer.update(client)
            _ = try writer.update(user)
            _ = try writer.update(set)
        }
        #expect(try store.client("c1")?.labels == [:] && store.user("admin")?.labels == [:])
        #expect(try store.trustSet("internal")?.labels == ["one": "1"])
    }
}

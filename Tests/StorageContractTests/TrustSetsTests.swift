// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct TrustSetsTests {
    @Test(arguments: StoreKind.all)
    func `trust sets come back as they were made, by name`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        var full = trustSet("B.2_x-y")
        full.caCertificates = (0..<16).map { [0x30, UInt8($0)] }
        full.sources = (0..<14).map { "/etc/crl/\($0) \"quoted\" ü.crl" }
        full.sources += ["http://crl.example/a.crl", "https://crl.example/b.crl?x=/y"]
        full.revocation = "hard"
        try store.insert(full)
        try store.insert(trustSet("A"))
        #expect(try store.trustSet("B.2_x-y") == full)
        #expect(try store.trustSets() == [trustSet("A"), full])
        #expect(try home.open().trustSets() == [trustSet("A"), full])
        #expect(try store.trustSet("a") == nil)
        try store.insert(trustSet(String(repeating: "n", count: 64)))
    }

    private func domain(_ name: String, sequence: Int64 = 7) -> TrustSetRecord {
        TrustSetRecord(
            name: name,
            caCertificates: [],
            spiffe: SPIFFEBundleRecord(
                trustDomain: "example.org",
                source: "https://spire.example/bundle",
                maxStaleness: 7_200,
                sequence: sequence,
                refreshSeconds: 60,
                checkedAt: 99
            ),
            created: 1_000
        )
    }

    @Test(arguments: StoreKind.all)
    func `a trust domain comes back with its bundle, also without a CA`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        var set = domain("mesh", sequence: .max)
        try store.insert(set)
        #expect(try store.trustSet("mesh") == set)
        set.caCertificates = [[0x30, 0x01]]
        set.spiffe?.sequence = 3
        set.spiffe?.source = "/etc/bundle.json"
        _ = try store.updateTrustSet("mesh") { $0 = set }
        set.version = 2
        #expect(try home.open().trustSets() == [set])
        for broken in ["http://a.example/b", "bundle.json", ""] {
            #expect(
                storeError {
                    _ = try store.updateTrustSet("mesh") { $0.spiffe?.source = broken }
                }?.kind == .invalid
            )
        }
        #expect(try store.trustSet("mesh") == set)
    }

    @Test(arguments: StoreKind.all)
    func `a look at a bundle changes no version, and goes back from a wrong clock alone`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        try store.insert(domain("mesh"))
        try store.insert(trustSet("internal"))
        let before = try store.read { try $0.position() }
        let rows = try store.read { try $0.auditRows(after: 0, limit: 100).count }
        let looks: [(Int64, Int64)] = [
            (120, 120), (110, 120), (60, 120), (130, 130), (9_000, 9_000), (140, 140),
        ]
        for (time, expected) in looks {
            try store.write(by: .server, at: time) { writer in
                try writer.confirmBundle(of: "mesh", at: time)
                try writer.confirmBundle(of: "internal", at: time)
                try writer.confirmBundle(of: "absent", at: time)
            }
            #expect(try store.trustSet("mesh")?.spiffe?.checkedAt == expected)
        }
        #expect(try store.trustSet("mesh")?.version == 1)
        #expect(try store.trustSet("internal") == trustSet("internal"))
        #expect(try store.read { try $0.auditRows(after: 0, limit: 100).count } == rows)
        // Other nodes hear of it.
        #expect(try store.waitForChange(after: before, milliseconds: 1))
    }

    @Test(arguments: StoreKind.all)
    func `a SPIFFE ID has one client, under a trust set of its domain`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(domain("mesh"))
        try store.insert(trustSet("internal"))
        func workload(_ id: String, _ spiffeID: String?, _ set: String) -> ClientRecord {
            var record = client(id)
            (record.name, record.spiffeID, record.trustSet) = (id, spiffeID, set)
            return record
        }
        func insert(_ client: ClientRecord) -> StoreError.Kind? {
            storeError { try store.insert(client, uniqueName: true, by: .server, at: 1) }?.kind
        }
        let all = "spiffe://example.org/*"
        #expect(insert(workload("a", all, "mesh")) == nil)
        #expect(insert(workload("b", all, "mesh")) == .alreadyExists)
        #expect(insert(workload("b", "spiffe://example.org/a", "mesh")) == nil)
        #expect(insert(workload("c", "spiffe://example.com/a", "mesh")) == .invalid)
        #expect(insert(workload("c", "spiffe://example.org/c", "internal")) == .invalid)
        #expect(insert(workload("c", nil, "mesh")) == .invalid)
        #expect(insert(workload("c", nil, "internal")) == nil)
        let found = try store.read { try $0.clients(spiffeID: all, limit: 5) }
        #expect(found.map(\.clientID) == ["a"])
        var query = ClientQuery()
        query.text = "example.org/a"
        #expect(try store.clients(matching: query).map(\.summary.clientID) == ["b"])
    }

    @Test(arguments: StoreKind.all)
    func `a name is given once`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        try store.insert(trustSet("internal"))
        var other = trustSet("internal")
        other.caCertificates = [[0x31]]
        #expect(storeError { try store.insert(other) }?.kind == .alreadyExists)
        #expect(try store.trustSets() == [trustSet("internal")])
    }

    @Test(
        arguments: StoreKind.all,
        [
            "", "two words", "a/b", "ü", "a\n", "*", "[",
            String(repeating: "n", count: 65),
        ]
    )
    func `a name that is none is refused`(kind: StoreKind, name: String) throws {
        let store = try kind.open()
        #expect(storeError { try store.insert(trustSet(name)) }?.kind == .invalid)
        #expect(try store.trustSets() == [])
    }

    @Test(arguments: StoreKind.all)
    func `CA certificates are from one to sixteen, each once and none empty`(kind: StoreKind) throws
    {
        let store = try kind.open()
        let seventeen = (0..<17).map { [0x30, UInt8($0)] }
        for caCertificates: [[UInt8]] in [[], [[]], [[0x30], [0x30]], seventeen] {
            var set = trustSet("internal")
            set.caCertificates = caCertificates
            #expect(storeError { try store.insert(set) }?.kind == .invalid)
        }
        #expect(try store.trustSets() == [])
    }

    @Test(
        arguments: StoreKind.all,
        [
            "", "/", "crl.pem", "./crl.pem", "ftp://crl.example/a", "file:///etc/crl", "http://",
            "HTTPS:", "ldap://crl.example/", "/etc/\ncrl", "/etc/\u{7f}",
            "/" + String(repeating: "x", count: 2_048),
        ]
    )
    func `a source that is neither an absolute path nor a URL is refused`(
        kind: StoreKind,
        source: String
    ) throws {
        let store = try kind.open()
        var set = trustSet("internal")
        set.sources = ["/etc/crl.pem"]
        try store.insert(set)
        let refused = storeError {
            try store.updateTrustSet("internal") { $0.sources.append(source) }
        }
        #expect(refused?.kind == .invalid)
        #expect(try store.trustSet("internal") == set)
    }

    @Test(arguments: StoreKind.all)
    func `sources are at most sixteen, each once`(kind: StoreKind) throws {
        let store = try kind.open()
        for sources in [(0..<17).map { "/\($0)" }, ["/a", "/a"]] {
            var set = trustSet("internal")
            set.sources = sources
            #expect(storeError { try store.insert(set) }?.kind == .invalid)
        }
    }

    @Test(arguments: StoreKind.all)
    func `revocation is one of three words, and needs a source`(kind: StoreKind) throws {
        let store = try kind.open()
        for (number, revocation) in ["soft", "hard"].enumerated() {
            var set = trustSet("set\(number)")
            set.revocation = revocation
            #expect(storeError { try store.insert(set) }?.kind == .invalid)
            set.sources = ["/etc/crl.pem"]
            try store.insert(set)
            set.revocation = "sometimes"
            #expect(
                storeError { try store.updateTrustSet(set.name) { $0.revocation = "sometimes" } }?
                    .kind == .invalid
            )
        }
        #expect(try store.trustSets().map(\.revocation) == ["soft", "hard"])
    }

    @Test(arguments: StoreKind.all)
    func `a permission ends with a day, and goes as it came`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        var set = trustSet("internal")
        set.serverAuthUntil = 1_814_400_000
        try store.insert(set)
        #expect(try store.trustSet("internal") == set)
        for end in [0, -86_400, 1, 1_814_400_001, .max] as [Int64] {
            #expect(
                storeError { try store.updateTrustSet("internal") { $0.serverAuthUntil = end } }?
                    .kind == .invalid
            )
        }
        try store.updateTrustSet("internal") { $0.sources = ["/etc/crl.pem"] }
        #expect(try store.trustSet("internal")?.serverAuthUntil == 1_814_400_000)
        #expect(
            try store.updateTrustSet("internal") { $0.serverAuthUntil = nil }
                .serverAuthUntil == nil
        )
        #expect(try home.open().trustSets().map(\.serverAuthUntil) == [nil])
    }

    @Test(arguments: StoreKind.all)
    func `an update changes what it names, and neither name nor birth`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(trustSet("internal"))
        let written = try store.updateTrustSet("internal") { set in
            (set.name, set.created) = ("other", 9)
            (set.sources, set.revocation) = (["https://crl.example/a"], "soft")
        }
        var expected = trustSet("internal")
        (expected.sources, expected.revocation) = (["https://crl.example/a"], "soft")
        expected.version = 2
        #expect(written == expected)
        #expect(try store.trustSets() == [expected])
    }

    @Test(arguments: StoreKind.all)
    func `an update that refuses leaves the set as it was`(kind: StoreKind) throws {
        let store = try kind.open()
        struct Refused: Error {}
        try store.insert(trustSet("internal"))
        #expect(throws: Refused.self) {
            try store.updateTrustSet("internal") { set in
                set.caCertificates = [[0x31]]
                throw Refused()
            }
        }
        #expect(storeError { try store.updateTrustSet("other") { _ in } }?.kind == .notFound)
        #expect(try store.trustSets() == [trustSet("internal")])
    }

    @Test(arguments: StoreKind.all)
    func `a set in use is not removed, and five of its clients are named`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(trustSet("internal"))
        try store.insert(trustSet("unused"))
        for number in 0..<7 {
            var record = client("c\(number)")
            (record.name, record.trustSet) = ("name\(number)", "internal")
            try store.insert(record)
        }
        let refused = storeError { try store.removeTrustSet("internal") }
        #expect(refused?.kind == .inUse)
        #expect(refused?.reason.hasSuffix("name0, name1, name2, name3, name4 and 2 more") == true)
        #expect(try store.clientCount(trustSet: "internal") == 7)
        try store.removeTrustSet("unused")
        #expect(storeError { try store.removeTrustSet("unused") }?.kind == .notFound)
        for number in 0..<6 { try store.removeClient("c\(number)") }
        try store.updateClient("c6", at: 2_000) { $0.trustSet = nil }
        try store.removeTrustSet("internal")
        #expect(try store.trustSets() == [])
    }

    @Test(arguments: StoreKind.all)
    func `a client is not registered with a set that is not there`(kind: StoreKind) throws {
        let store = try kind.open()
        var record = client("c1")
        record.trustSet = "internal"
        let refused = storeError { try store.insert(record) }
        #expect(refused?.kind == .notFound)
        #expect(refused?.reason.contains("internal") == true)
        try store.insert(client("c2"))
        #expect(
            storeError { try store.updateClient("c2", at: 2_000) { $0.trustSet = "internal" } }?
                .kind == .notFound
        )
        #expect(try store.client("c2") == client("c2"))
        #expect(try store.clientCount() == 1)
    }
}

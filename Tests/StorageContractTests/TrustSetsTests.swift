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

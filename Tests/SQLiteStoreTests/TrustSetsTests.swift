// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

@testable import SQLiteStore

struct TrustSetsTests {
    let directory: TemporaryDirectory
    let store: Store

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
    }

    @Test func `trust sets come back as they were made, by name`() throws {
        var full = trustSet("B.2_x-y")
        full.authorities = (0..<16).map { [0x30, UInt8($0)] }
        full.sources = (0..<14).map { "/etc/crl/\($0) \"quoted\" ü.crl" }
        full.sources += ["http://crl.example/a.crl", "https://crl.example/b.crl?x=/y"]
        full.revocation = "hard"
        try store.insert(full)
        try store.insert(trustSet("A"))
        #expect(try store.trustSet("B.2_x-y") == full)
        #expect(try store.trustSets() == [trustSet("A"), full])
        #expect(try directory.open().trustSets() == [trustSet("A"), full])
        #expect(try store.trustSet("a") == nil)
        try store.insert(trustSet(String(repeating: "n", count: 64)))
    }

    @Test func `a name is given once`() throws {
        try store.insert(trustSet("internal"))
        var other = trustSet("internal")
        other.authorities = [[0x31]]
        #expect(refusal { try store.insert(other) }?.reason == .alreadyExists)
        #expect(try store.trustSets() == [trustSet("internal")])
    }

    @Test(
        arguments: [
            "", "two words", "a/b", "ü", "a\n", "*", "[",
            String(repeating: "n", count: 65),
        ]
    )
    func `a name that is none is refused`(name: String) throws {
        #expect(refusal { try store.insert(trustSet(name)) }?.reason == .invalid)
        // The database itself refuses it, too.
        #expect(
            refusal {
                try store.write { database in
                    try database.execute(
                        "INSERT INTO trust_set VALUES (?, '[]', '[]', 'off', 0, NULL)",
                        [name]
                    )
                }
            }?.reason == .invalid
        )
        #expect(try store.trustSets() == [])
    }

    @Test func `authorities are from one to sixteen, each once and none empty`() throws {
        let seventeen = (0..<17).map { [0x30, UInt8($0)] }
        for authorities: [[UInt8]] in [[], [[]], [[0x30], [0x30]], seventeen] {
            var set = trustSet("internal")
            set.authorities = authorities
            #expect(refusal { try store.insert(set) }?.reason == .invalid)
        }
        #expect(try store.trustSets() == [])
    }

    @Test(
        arguments: [
            "", "/", "crl.pem", "./crl.pem", "ftp://crl.example/a", "file:///etc/crl", "http://",
            "HTTPS:", "ldap://crl.example/", "/etc/\ncrl", "/etc/\u{7f}",
            "/" + String(repeating: "x", count: 2_048),
        ]
    )
    func `a source that is neither an absolute path nor a URL is refused`(source: String) throws {
        var set = trustSet("internal")
        set.sources = ["/etc/crl.pem"]
        try store.insert(set)
        let refused = refusal {
            try store.updateTrustSet("internal") { $0.sources.append(source) }
        }
        #expect(refused?.reason == .invalid)
        #expect(try store.trustSet("internal") == set)
    }

    @Test func `sources are at most sixteen, each once`() throws {
        for sources in [(0..<17).map { "/\($0)" }, ["/a", "/a"]] {
            var set = trustSet("internal")
            set.sources = sources
            #expect(refusal { try store.insert(set) }?.reason == .invalid)
        }
    }

    @Test func `revocation is one of three words, and needs a source`() throws {
        for (number, revocation) in ["soft", "hard"].enumerated() {
            var set = trustSet("set\(number)")
            set.revocation = revocation
            #expect(refusal { try store.insert(set) }?.reason == .invalid)
            set.sources = ["/etc/crl.pem"]
            try store.insert(set)
            set.revocation = "sometimes"
            #expect(
                refusal { try store.updateTrustSet(set.name) { $0.revocation = "sometimes" } }?
                    .reason == .invalid
            )
        }
        #expect(try store.trustSets().map(\.revocation) == ["soft", "hard"])
    }

    @Test func `a permission ends with a day, and goes as it came`() throws {
        var set = trustSet("internal")
        set.serverAuthUntil = 1_814_400_000
        try store.insert(set)
        #expect(try store.trustSet("internal") == set)
        for end in [0, -86_400, 1, 1_814_400_001, .max] as [Int64] {
            #expect(
                refusal { try store.updateTrustSet("internal") { $0.serverAuthUntil = end } }?
                    .reason == .invalid
            )
            // The database itself refuses it, too.
            #expect(
                refusal {
                    try store.write { database in
                        try database.execute(
                            "UPDATE trust_set SET server_auth_until = ?",
                            [end]
                        )
                    }
                }?.reason == .invalid
            )
        }
        try store.updateTrustSet("internal") { $0.sources = ["/etc/crl.pem"] }
        #expect(try store.trustSet("internal")?.serverAuthUntil == 1_814_400_000)
        #expect(
            try store.updateTrustSet("internal") { $0.serverAuthUntil = nil }
                .serverAuthUntil == nil
        )
        #expect(try directory.open().trustSets().map(\.serverAuthUntil) == [nil])
    }

    @Test func `an update changes what it names, and neither name nor birth`() throws {
        try store.insert(trustSet("internal"))
        let written = try store.updateTrustSet("internal") { set in
            (set.name, set.created) = ("other", 9)
            (set.sources, set.revocation) = (["https://crl.example/a"], "soft")
        }
        var expected = trustSet("internal")
        (expected.sources, expected.revocation) = (["https://crl.example/a"], "soft")
        #expect(written == expected)
        #expect(try store.trustSets() == [expected])
    }

    @Test func `an update that refuses leaves the set as it was`() throws {
        struct Refused: Error {}
        try store.insert(trustSet("internal"))
        #expect(throws: Refused.self) {
            try store.updateTrustSet("internal") { set in
                set.authorities = [[0x31]]
                throw Refused()
            }
        }
        #expect(refusal { try store.updateTrustSet("other") { _ in } }?.reason == .notFound)
        #expect(try store.trustSets() == [trustSet("internal")])
    }

    @Test func `a set in use is not removed, and five of its clients are named`() throws {
        try store.insert(trustSet("internal"))
        try store.insert(trustSet("unused"))
        for number in 0..<7 {
            var record = client("c\(number)")
            (record.name, record.trustSet) = ("name\(number)", "internal")
            try store.insert(record)
        }
        let refused = refusal { try store.removeTrustSet("internal") }
        #expect(refused?.reason == .invalid)
        #expect(refused?.problem.hasSuffix("name0, name1, name2, name3, name4 and 2 more") == true)
        #expect(try store.clientCount(trustSet: "internal") == 7)
        try store.removeTrustSet("unused")
        #expect(refusal { try store.removeTrustSet("unused") }?.reason == .notFound)
        for number in 0..<6 { try store.removeClient("c\(number)") }
        try store.updateClient("c6", at: 2_000) { $0.trustSet = nil }
        try store.removeTrustSet("internal")
        #expect(try store.trustSets() == [])
    }

    @Test func `the database itself keeps a set that is in use`() throws {
        try store.insert(trustSet("internal"))
        var record = client("c1")
        record.trustSet = "internal"
        try store.insert(record)
        let refused = refusal {
            try store.write { try $0.execute("DELETE FROM trust_set") }
        }
        #expect(refused?.reason == .invalid)
        #expect(try store.client("c1") == record)
    }

    @Test func `a client is not registered with a set that is not there`() throws {
        var record = client("c1")
        record.trustSet = "internal"
        let refused = refusal { try store.insert(record) }
        #expect(refused?.reason == .notFound)
        #expect(refused?.problem.contains("internal") == true)
        try store.insert(client("c2"))
        #expect(
            refusal { try store.updateClient("c2", at: 2_000) { $0.trustSet = "internal" } }?
                .reason == .notFound
        )
        #expect(try store.client("c2") == client("c2"))
        #expect(try store.clientCount() == 1)
    }

    @Test func `a set whose lists cannot be read is reported as damage`() throws {
        try store.insert(trustSet("internal"))
        try store.write { try $0.execute("UPDATE trust_set SET authorities = '[1]'") }
        #expect(refusal { _ = try store.trustSet("internal") }?.reason == .corrupt)
    }

    @Test func `a set is found by its clients without looking at all clients`() throws {
        let plan = try store.read { database in
            try database.all(
                "EXPLAIN QUERY PLAN SELECT 1 FROM client WHERE trust_set = 'x'"
            ) { try $0[3] as String }
        }
        #expect(plan.contains { $0.contains("client_trust_set") }, "\(plan)")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import StorageTesting
import Testing

struct ClientsTests {
    @Test(arguments: StoreKind.all)
    func `a client comes back as it was registered`(kind: StoreKind) throws {
        let home = try kind.makeHome()
        let store = try home.open()
        var record = client("c1", certificates: [certificate(1), certificate(2)])
        record.secretHash = "hash"
        record.subjectKind = "tls_client_auth_subject_dn"
        record.subjectValue = "CN=a b,O=c"
        record.spiffeID = "spiffe://example.org/ns/*"
        record.tokenFormat = "sealed"
        record.reuseWindow = 5
        record.mayIntrospect = true
        record.caCertificates = [certificate(3)]
        record.jwksURI = "https://client.example/jwks"
        record.fetchedJWKS = #"{"keys":[]}"#
        record.trustSet = "internal"
        record.refreshRotation = false
        record.refreshLifetime = 86_400
        record.refreshIdle = 3_600
        record.requiresPushedRequests = true
        record.tokenSigningAlgorithm = "PS256"
        record.staticClaims = #"{"tenant":"a"}"#
        record.tokensValidFrom = 1_000
        record.rate = "100/60"
        record.ownAudiences = ["https://gw.example", "urn:gw"]
        record.exchangeMode = "impersonate"
        record.exchangesBoundTokens = true
        try store.insert(trustSet("internal"))
        try store.insert(record)
        #expect(try store.client("c1") == record)
        #expect(try home.open().client("c1") == record)
        #expect(try store.client("c2") == nil)
    }

    @Test(arguments: StoreKind.all)
    func `an id that is registered again takes over no token of the one before`(
        kind: StoreKind
    ) throws {
        let store = try kind.open()
        func register(_ id: String, at time: Int64) throws -> Int64? {
            var record = client(id)
            (record.createdAt, record.tokensValidFrom) = (time, time)
            try store.insert(record, by: .server, at: time)
            return try store.client(id)?.tokensValidFrom
        }
        #expect(try register("c1", at: 1_000) == 1_000)
        try store.removeClient("c1", by: .server, at: 1_000)
        // In the same second, and by a clock that is behind.
        #expect(try register("c1", at: 1_000) == 1_001)
        try store.removeClient("c1", by: .server, at: 1_000)
        // One second further: tokens of the one before may begin in the next.
        #expect(try register("c1", at: 990) == 1_002)
        try store.removeClient("c1", by: .server, at: 1_000)
        // Later, and another id.
        #expect(try register("c1", at: 1_010) == 1_010)
        #expect(try register("c2", at: 1_000) == 1_000)
    }

    @Test(arguments: StoreKind.all)
    func `a second client with the same identity is refused`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        let refused = storeError { try store.insert(client("c1", certificates: [certificate(1)])) }
        #expect(refused?.kind == .alreadyExists)
        #expect(refused?.description.contains("c1") == true)
        #expect(try store.client("c1")?.certificates == [])
    }

    @Test(arguments: StoreKind.all)
    func `one bad client of many leaves none registered`(kind: StoreKind) throws {
        let store = try kind.open()
        var bad = certificate(2)
        bad.der = []
        let refused = storeError {
            try store.insert([
                client("c1", certificates: [certificate(1)]),
                client("c2", certificates: [certificate(3), bad]),
            ])
        }
        #expect(refused?.kind == .invalid)
        #expect(try store.clientCount() == 0)
        #expect(try store.client("c1") == nil)
    }

    @Test(arguments: StoreKind.all, ["two words", "", "line\nbreak"])
    func `a list entry that a list cannot hold is refused`(kind: StoreKind, entry: String) throws {
        let store = try kind.open()
        var record = client("c1")
        record.scopes = ["read", entry]
        #expect(storeError { try store.insert(record) }?.kind == .invalid)
        #expect(try store.clientCount() == 0)
    }

    @Test(arguments: StoreKind.all)
    func `values outside the schema are refused`(kind: StoreKind) throws {
        let store = try kind.open()
        var format = client("c1")
        format.tokenFormat = "saml"
        var subject = client("c2")
        subject.subjectKind = "tls_client_auth_subject_dn"
        var lifetime = client("c3")
        lifetime.tokenLifetime = 0
        var refresh = client("c4")
        refresh.refreshLifetime = 0
        var idle = client("c5")
        idle.refreshIdle = -1
        for record in [format, subject, lifetime, refresh, idle] {
            #expect(storeError { try store.insert(record) }?.kind == .invalid)
        }
        #expect(try store.clientCount() == 0)
    }

    @Test(arguments: StoreKind.all)
    func `an update changes what it names and nothing else`(kind: StoreKind) throws {
        let store = try kind.open()
        let before = client("c1", certificates: [certificate(1), certificate(2)])
        try store.insert(before)
        let written = try store.updateClient("c1", at: 2_000) { client in
            client.clientID = "other"
            client.scopes = ["admin"]
            client.certificates = [certificate(2), certificate(3)]
        }
        var expected = before
        expected.scopes = ["admin"]
        expected.certificates = [certificate(2), certificate(3)]
        expected.updatedAt = 2_000
        expected.version = 2
        #expect(written == expected)
        #expect(try store.client("c1") == expected)
        #expect(try store.client("other") == nil)
    }

    @Test(arguments: StoreKind.all)
    func `an update that refuses leaves the client as it was`(kind: StoreKind) throws {
        let store = try kind.open()
        struct Refused: Error {}
        try store.insert(client("c1"))
        #expect(throws: Refused.self) {
            try store.updateClient("c1", at: 2_000) { client in
                client.scopes = []
                throw Refused()
            }
        }
        #expect(storeError { try store.updateClient("c2", at: 2_000) { _ in } }?.kind == .notFound)
        #expect(try store.client("c1") == client("c1"))
    }

    @Test(arguments: StoreKind.all)
    func `people may call a client by its name or its client_id`(kind: StoreKind) throws {
        let store = try kind.open()
        var first = client("c1")
        first.name = "one"
        try store.insert(first, uniqueName: true)
        #expect(try store.clientID(for: "c1") == "c1")
        #expect(try store.clientID(for: "one") == "c1")
        #expect(storeError { _ = try store.clientID(for: "two") }?.kind == .notFound)
        var second = client("c2")
        second.name = "one"
        #expect(storeError { try store.insert(second, uniqueName: true) }?.kind == .alreadyExists)
        second.name = "c1"
        #expect(storeError { try store.insert(second, uniqueName: true) }?.kind == .alreadyExists)
        #expect(try store.clientCount() == 1)
        second.name = "one"
        try store.insert(second)
        let several = storeError { _ = try store.clientID(for: "one") }
        #expect(several?.kind == .ambiguous)
        #expect(several?.reason.contains("c1, c2") == true)
    }

    @Test(arguments: StoreKind.all)
    func `a name that is taken is refused with the client that has it`(kind: StoreKind) throws {
        let store = try kind.open()
        var first = client("c1")
        first.name = "one"
        try store.insert(first, uniqueName: true)
        // The same name, a name that is a client_id, and a client_id that is a name.
        for (id, name, taken) in [("c2", "one", "one"), ("c2", "c1", "c1"), ("one", "two", "one")] {
            var second = client(id)
            second.name = name
            let refused = storeError { try store.insert(second, uniqueName: true) }
            #expect(refused?.kind == .alreadyExists)
            let words = "answers to \(taken): its client_id is c1, its name one"
            #expect(refused?.reason.hasSuffix(words) == true)
            #expect(refused?.description.contains("c2") == false)
        }
        #expect(try store.clientCount() == 1)
    }

    @Test(arguments: StoreKind.all)
    func `a client is not renamed to another's name`(kind: StoreKind) throws {
        let store = try kind.open()
        for name in ["one", "two"] {
            var record = client(name)
            record.name = name
            try store.insert(record, uniqueName: true)
        }
        let refused = storeError {
            try store.updateClient("two", at: 2_000, uniqueName: true) { $0.name = "one" }
        }
        #expect(refused?.kind == .alreadyExists)
        #expect(try store.client("two")?.name == "two")
        try store.updateClient("two", at: 2_000, uniqueName: true) { $0.name = "three" }
        #expect(try store.clientID(for: "three") == "two")
    }

    @Test(arguments: StoreKind.all)
    func `a client is disabled, enabled and removed`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1", certificates: [certificate(1)]))
        try store.setEnabled(false, client: "c1", at: 2_000)
        #expect(try store.client("c1")?.enabled == false)
        #expect(try store.client("c1")?.updatedAt == 2_000)
        try store.setEnabled(true, client: "c1", at: 3_000)
        #expect(try store.client("c1")?.enabled == true)
        try store.removeClient("c1")
        #expect(try store.client("c1") == nil)
    }

    @Test(arguments: StoreKind.all)
    func `what was issued to a client ends, and does not come back`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert([client("c1"), client("c2")])
        func end(at time: Int64) throws -> Int64 {
            try store.endTokens(client: "c1", by: .server, at: time)
        }
        #expect(try end(at: 2_000) == 2_001)
        var expected = client("c1")
        (expected.tokensValidFrom, expected.updatedAt, expected.version) = (2_001, 2_000, 2)
        #expect(try store.client("c1") == expected)
        // A clock that was set back takes nothing back, and ends what was issued since.
        #expect(try end(at: 1_500) == 2_002)
        // No other change does.
        try store.setEnabled(false, client: "c1", at: 2_500)
        try store.updateClient("c1", at: 2_600) { $0.scopes = [] }
        #expect(try store.client("c1")?.tokensValidFrom == 2_002)
        #expect(try store.client("c2") == client("c2"))
        #expect(
            storeError { try store.endTokens(client: "c3", by: .server, at: 1) }?.kind == .notFound
        )
    }

    @Test(arguments: StoreKind.all)
    func `an unknown client is not disabled, removed or changed`(kind: StoreKind) throws {
        let store = try kind.open()
        let errorKinds = [
            storeError { try store.setEnabled(false, client: "c1", at: 2_000) },
            storeError { try store.removeClient("c1") },
            storeError {
                try store.updateClient("c1", at: 2_000) { $0.certificates = [certificate(1)] }
            },
        ]
        #expect(errorKinds.map { $0?.kind } == Array(repeating: .notFound, count: 3))
    }

    @Test(arguments: StoreKind.all)
    func `certificates are added and removed one by one`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(client("c1"))
        try store.updateClient("c1", at: 2_000) { $0.certificates = [certificate(1)] }
        try store.updateClient("c1", at: 3_000) { $0.caCertificates = [certificate(2)] }
        let twice = storeError {
            try store.updateClient("c1", at: 4_000) {
                $0.certificates = [certificate(1), certificate(3), certificate(3)]
            }
        }
        #expect(twice?.kind == .alreadyExists)
        let record = try #require(try store.client("c1"))
        #expect(record.certificates == [certificate(1)])
        #expect(record.caCertificates == [certificate(2)])
        #expect(record.updatedAt == 3_000)

        try store.updateClient("c1", at: 5_000) { $0.certificates = [] }
        let left = try #require(try store.client("c1"))
        #expect(left.certificates == [] && left.caCertificates == [certificate(2)])
        #expect(left.updatedAt == 5_000)
    }

    @Test(arguments: StoreKind.all)
    func `two clients may share a certificate, which goes with the last of them`(kind: StoreKind)
        throws
    {
        let store = try kind.open()
        try store.insert(client("c1", certificates: [certificate(1)]))
        try store.insert(client("c2", certificates: [certificate(1)]))
        try store.removeClient("c1")
        #expect(try store.client("c2")?.certificates == [certificate(1)])
        try store.removeClient("c2")
        // A new registration brings its own DER: nothing of the old one is left to shadow it.
        var renewed = certificate(1)
        renewed.der = [0x30, 0x00]
        try store.insert(client("c3", certificates: [renewed]))
        #expect(try store.client("c3")?.certificates == [renewed])
    }
}

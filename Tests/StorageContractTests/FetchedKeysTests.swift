// SPDX-License-Identifier: Apache-2.0
import Storage
import StorageTesting
import Testing

struct FetchedKeysTests {
    private let uri = "https://client.example/jwks"
    private let jwks = #"{"keys":[{"kid":"é"}]}"#

    /// A client that signs assertions, or one that presents certificates.
    private func fetching(_ clientID: String, signs: Bool = false) -> ClientRecord {
        var record = client(clientID)
        record.jwksURI = uri
        if signs { record.authenticationMethod = "private_key_jwt" }
        return record
    }

    private func set(
        _ store: any CompleteStore,
        _ clientID: String,
        uri: String? = nil,
        jwks: String? = nil,
        _ certificates: [CertificateRecord]?
    ) throws -> Bool {
        try store.setFetchedKeys(
            client: clientID,
            uri: uri ?? self.uri,
            jwks: jwks ?? self.jwks,
            certificates: certificates
        )
    }

    @Test(arguments: StoreKind.all)
    func `a fetched set is kept, once`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1", signs: true))
        #expect(try set(store, "c1", nil))
        var expected = fetching("c1", signs: true)
        expected.fetchedJWKS = jwks
        expected.version = 2
        #expect(try store.client("c1") == expected)
        #expect(try !set(store, "c1", nil))
        // Strings of other bytes that Swift holds to be equal are another set.
        #expect(try set(store, "c1", jwks: #"{"keys":[{"kid":"e\#u{301}"}]}"#, nil))
    }

    @Test(arguments: StoreKind.all)
    func `the certificates of the set replace the client's`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1"))
        #expect(try set(store, "c1", [certificate(1), certificate(2), certificate(1)]))
        #expect(try store.client("c1")?.certificates == [certificate(1), certificate(2)])
        let later = certificate(2, createdAt: 7_000)
        #expect(try set(store, "c1", jwks: "{}", [later, certificate(3)]))
        let kept = try #require(try store.client("c1"))
        // What was there keeps the time of its registration.
        #expect(kept.certificates == [certificate(2), certificate(3)])
        #expect(kept.fetchedJWKS == "{}" && kept.updatedAt == 1_000)
        #expect(try !set(store, "c1", jwks: "{}", [certificate(3), later]))
        #expect(try set(store, "c1", jwks: "{}", []))
        #expect(try store.client("c1")?.certificates == [])
    }

    @Test(arguments: StoreKind.all)
    func `a certificate that cannot be stored leaves the client as it was`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1"))
        #expect(try set(store, "c1", [certificate(1)]))
        let before = try store.client("c1")
        var bad = certificate(2)
        bad.der = []
        #expect(refusal { _ = try set(store, "c1", jwks: "{}", [bad]) }?.kind == .invalid)
        #expect(try store.client("c1") == before)
    }

    @Test(arguments: StoreKind.all)
    func `what was fetched too late changes nothing`(kind: StoreKind) throws {
        let store = try kind.open()
        #expect(try !set(store, "c1", nil))
        try store.insert(fetching("c1", signs: true))
        try store.insert(client("c2"))
        #expect(try !set(store, "c1", uri: "https://client.example/other", nil))
        #expect(try !set(store, "c2", [certificate(1)]))
        // Fetched for the other method.
        #expect(try !set(store, "c1", [certificate(1)]))
        try store.insert(fetching("c3"))
        #expect(try !set(store, "c3", nil))
        for (clientID, record) in [
            ("c1", fetching("c1", signs: true)), ("c2", client("c2")), ("c3", fetching("c3")),
        ] {
            #expect(try store.client(clientID) == record)
        }
    }

    @Test(arguments: StoreKind.all)
    func `what was fetched ends with its URI`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1", signs: true))
        #expect(try set(store, "c1", nil))
        try store.updateClient("c1", at: 2_000) { $0.name = "renamed" }
        #expect(try store.client("c1")?.fetchedJWKS == jwks)
        let changed = try store.updateClient("c1", at: 2_000) {
            $0.jwksURI = "https://client.example/2"
        }
        #expect(changed.fetchedJWKS == nil)
        #expect(try store.client("c1")?.fetchedJWKS == nil)
        #expect(try !set(store, "c1", nil))
        let own = try store.updateClient("c1", at: 3_000) { ($0.jwksURI, $0.jwks) = (nil, "{}") }
        #expect(try own.jwks == "{}" && store.client("c1") == own)
    }

    @Test(arguments: StoreKind.all)
    func `keys have one source`(kind: StoreKind) throws {
        let store = try kind.open()
        var both = fetching("c1", signs: true)
        both.jwks = "{}"
        #expect(refusal { try store.insert(both) }?.kind == .invalid)
        var homeless = client("c2")
        homeless.fetchedJWKS = "{}"
        #expect(refusal { try store.insert(homeless) }?.kind == .invalid)
        #expect(try store.clientCount() == 0)
    }

    private func sighting(_ number: UInt8) -> CertificateSighting {
        CertificateSighting(
            client: "c1",
            thumbprint: certificate(number).thumbprint,
            firstSeen: 100,
            lastSeen: 100
        )
    }

    @Test(arguments: StoreKind.all)
    func `a certificate that is fetched again keeps its sightings`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1"))
        #expect(try set(store, "c1", [certificate(1), certificate(2)]))
        try store.recordSightings([sighting(1), sighting(2)])
        #expect(try set(store, "c1", jwks: "{}", [certificate(2), certificate(3)]))
        #expect(try store.sightings(of: "c1") == [sighting(2)])
    }
}

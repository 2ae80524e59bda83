// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

@testable import SQLiteStore

struct FetchedKeysTests {
    let directory: TemporaryDirectory
    let store: Store
    private let uri = "https://client.example/jwks"
    private let jwks = #"{"keys":[{"kid":"é"}]}"#

    init() throws {
        directory = try TemporaryDirectory()
        store = try directory.open()
    }

    /// A client that signs assertions, or one that presents certificates.
    private func fetching(_ clientID: String, signs: Bool = false) -> ClientRecord {
        var record = client(clientID)
        record.jwksURI = uri
        if signs { record.authenticationMethod = "private_key_jwt" }
        return record
    }

    private func set(
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

    @Test func `a fetched set is kept, once`() throws {
        try store.insert(fetching("c1", signs: true))
        #expect(try set("c1", nil))
        var expected = fetching("c1", signs: true)
        expected.fetchedJWKS = jwks
        #expect(try store.client("c1") == expected)
        #expect(try !set("c1", nil))
        // Strings of other bytes that Swift holds to be equal are another set.
        #expect(try set("c1", jwks: #"{"keys":[{"kid":"e\#u{301}"}]}"#, nil))
    }

    @Test func `the certificates of the set replace the client's`() throws {
        try store.insert(fetching("c1"))
        #expect(try set("c1", [certificate(1), certificate(2), certificate(1)]))
        #expect(try store.client("c1")?.certificates == [certificate(1), certificate(2)])
        let later = certificate(2, createdAt: 7_000)
        #expect(try set("c1", jwks: "{}", [later, certificate(3)]))
        let kept = try #require(try store.client("c1"))
        // What was there keeps the time of its registration.
        #expect(kept.certificates == [certificate(2), certificate(3)])
        #expect(kept.fetchedJWKS == "{}" && kept.updatedAt == 1_000)
        #expect(try !set("c1", jwks: "{}", [certificate(3), later]))
        #expect(try set("c1", jwks: "{}", []))
        #expect(try store.client("c1")?.certificates == [])
    }

    @Test func `a certificate that cannot be stored leaves the client as it was`() throws {
        try store.insert(fetching("c1"))
        #expect(try set("c1", [certificate(1)]))
        let before = try store.client("c1")
        var bad = certificate(2)
        bad.der = []
        #expect(refusal { _ = try set("c1", jwks: "{}", [bad]) }?.reason == .invalid)
        #expect(try store.client("c1") == before)
    }

    @Test func `what was fetched too late changes nothing`() throws {
        #expect(try !set("c1", nil))
        try store.insert(fetching("c1", signs: true))
        try store.insert(client("c2"))
        #expect(try !set("c1", uri: "https://client.example/other", nil))
        #expect(try !set("c2", [certificate(1)]))
        // Fetched for the other method.
        #expect(try !set("c1", [certificate(1)]))
        try store.insert(fetching("c3"))
        #expect(try !set("c3", nil))
        for (clientID, record) in [
            ("c1", fetching("c1", signs: true)), ("c2", client("c2")), ("c3", fetching("c3")),
        ] {
            #expect(try store.client(clientID) == record)
        }
    }

    @Test func `what was fetched ends with its URI`() throws {
        try store.insert(fetching("c1", signs: true))
        #expect(try set("c1", nil))
        try store.updateClient("c1", at: 2_000) { $0.name = "renamed" }
        #expect(try store.client("c1")?.fetchedJWKS == jwks)
        let changed = try store.updateClient("c1", at: 2_000) {
            $0.jwksURI = "https://client.example/2"
        }
        #expect(changed.fetchedJWKS == nil)
        #expect(try store.client("c1")?.fetchedJWKS == nil)
        #expect(try !set("c1", nil))
        let own = try store.updateClient("c1", at: 3_000) { ($0.jwksURI, $0.jwks) = (nil, "{}") }
        #expect(try own.jwks == "{}" && store.client("c1") == own)
    }

    @Test func `keys have one source`() throws {
        var both = fetching("c1", signs: true)
        both.jwks = "{}"
        #expect(refusal { try store.insert(both) }?.reason == .invalid)
        var homeless = client("c2")
        homeless.fetchedJWKS = "{}"
        #expect(refusal { try store.insert(homeless) }?.reason == .invalid)
        #expect(try store.clientCount() == 0)
    }

    // MARK: sightings

    private func sighting(
        _ clientID: String,
        _ number: UInt8,
        _ firstSeen: Int64,
        _ lastSeen: Int64
    ) -> CertificateSighting {
        CertificateSighting(
            client: clientID,
            thumbprint: certificate(number).thumbprint,
            firstSeen: firstSeen,
            lastSeen: lastSeen
        )
    }

    @Test func `the first sighting stays, and the last one moves forward only`() throws {
        try store.insert(client("c1", certificates: [certificate(1), certificate(2)]))
        try store.insert(client("c2", certificates: [certificate(1)]))
        #expect(try store.sightings(of: "c1") == [])
        try store.recordSightings([sighting("c1", 1, 100, 110), sighting("c2", 1, 50, 40)])
        try store.recordSightings([
            sighting("c1", 1, 10, 120), sighting("c1", 2, 130, 130), sighting("c1", 1, 90, 90),
        ])
        #expect(
            try store.sightings(of: "c1") == [
                sighting("c1", 1, 100, 120), sighting("c1", 2, 130, 130),
            ]
        )
        // A clock that went back in between does not make the last come before the first.
        #expect(try store.sightings(of: "c2") == [sighting("c2", 1, 50, 50)])
        #expect(try directory.open().sightings(of: "c2") == [sighting("c2", 1, 50, 50)])
    }

    @Test func `what is not registered is not noted, and the rest is`() throws {
        try store.insert(client("c1", certificates: [certificate(1)]))
        var authority = client("c2")
        authority.certificateAuthorities = [certificate(1)]
        try store.insert(authority)
        try store.recordSightings([
            sighting("c1", 9, 100, 100), sighting("gone", 1, 100, 100),
            sighting("c2", 1, 100, 100), sighting("c1", 1, 100, 100),
        ])
        #expect(try store.sightings(of: "c1") == [sighting("c1", 1, 100, 100)])
        #expect(try store.sightings(of: "c2") == [] && store.sightings(of: "gone") == [])
    }

    @Test func `sightings go with their certificate, and with their client`() throws {
        try store.insert(client("c1", certificates: [certificate(1), certificate(2)]))
        try store.recordSightings([sighting("c1", 1, 100, 100), sighting("c1", 2, 100, 100)])
        try store.updateClient("c1", at: 2_000) { $0.certificates = [certificate(2)] }
        #expect(try store.sightings(of: "c1") == [sighting("c1", 2, 100, 100)])
        // Registered again, it begins anew.
        try store.updateClient("c1", at: 3_000) { $0.certificates.append(certificate(1)) }
        try store.recordSightings([sighting("c1", 1, 300, 300)])
        #expect(try store.sightings(of: "c1").map(\.firstSeen) == [100, 300])
        try store.removeClient("c1")
        try store.insert(client("c1", certificates: [certificate(1), certificate(2)]))
        #expect(try store.sightings(of: "c1") == [])
    }

    @Test func `a certificate that is fetched again keeps its sightings`() throws {
        try store.insert(fetching("c1"))
        #expect(try set("c1", [certificate(1), certificate(2)]))
        try store.recordSightings([sighting("c1", 1, 100, 100), sighting("c1", 2, 100, 100)])
        #expect(try set("c1", jwks: "{}", [certificate(2), certificate(3)]))
        #expect(try store.sightings(of: "c1") == [sighting("c1", 2, 100, 100)])
    }

    @Test func `no sightings are no write`() throws {
        let version = try store.dataVersion()
        try store.recordSightings([])
        #expect(try store.dataVersion() == version)
        try store.insert(client("c1", certificates: [certificate(1)]))
        try store.recordSightings([sighting("c1", 1, 100, 100)])
        #expect(try store.dataVersion() != version)
    }
}

// SPDX-License-Identifier: Apache-2.0
import OAuth
import Registration
import Storage
import Testing
import Text

/// Keys that were fetched from a client's `jwks_uri` are a change like any other.
struct FetchedKeySetTests {
    private static let uri = "https://client.example/jwks"
    private static let jwks = #"{"keys":[{"kid":"é"}]}"#
    private let store: TemporaryStore

    init() throws {
        store = try TemporaryStore()
    }

    private func add(_ clientID: String, signs: Bool = false, fetches: Bool = true) throws {
        var change = ClientChange()
        change.name = clientID
        if fetches { change.keysURI = Self.uri }
        if fetches, !signs { change.method = "self_signed_tls_client_auth" }
        try ClientRegistration.new(change, clientID: clientID, at: 1_000)
            .insert(into: store.database, by: .server, at: 1_000)
    }

    private func keep(
        _ clientID: String,
        uri: String = uri,
        jwks: String = jwks,
        _ certificates: [CertificateRecord]?
    ) throws -> Bool {
        try ClientRegistration.keep(
            FetchedKeySet(uri: uri, jwks: jwks, certificates: certificates),
            for: clientID,
            in: store.database,
            by: .server,
            at: Vectors.now
        )
    }

    private func client(_ clientID: String) throws -> ClientRecord {
        try #require(try store.database.client(clientID))
    }

    @Test func `a fetched set is kept, once`() throws {
        try add("c1", signs: true)
        var expected = try client("c1")
        #expect(try keep("c1", nil))
        (expected.fetchedJWKS, expected.version) = (Self.jwks, 2)
        #expect(try client("c1") == expected)
        #expect(try !keep("c1", nil))
        // Strings of other bytes that Swift holds to be equal are another set.
        #expect(try keep("c1", jwks: #"{"keys":[{"kid":"e\#u{301}"}]}"#, nil))
    }

    @Test func `the certificates of the set replace the client's`() throws {
        let many = CertificateRecord.many(4)
        try add("c1")
        #expect(try keep("c1", [many[1], many[2], many[1]]))
        #expect(try client("c1").certificates == [many[1], many[2]])
        var later = many[2]
        later.createdAt += 7_000
        #expect(try keep("c1", jwks: "{}", [later, many[3]]))
        let kept = try client("c1")
        // Known certificates keep the time of their registration, and the client that of its
        // change.
        #expect(kept.certificates == [many[2], many[3]])
        #expect(kept.fetchedJWKS == "{}" && kept.updatedAt == 1_000)
        #expect(try !keep("c1", jwks: "{}", [many[3], later]))
    }

    @Test func `a set that no client may have leaves it as it was`() throws {
        try add("c1")
        #expect(try keep("c1", [CertificateRecord.many(1)[0]]))
        let before = try client("c1")
        let findings = thrownFindings { try keep("c1", jwks: "{}", CertificateRecord.many(33)) }
        #expect(findings.map(\.field) == [.certificates])
        var bad = CertificateRecord.many(1)[0]
        (bad.der, bad.thumbprint) = ([], [UInt8](repeating: 9, count: 32))
        #expect(throws: StoreError.self) { try keep("c1", jwks: "{}", [bad]) }
        #expect(try client("c1") == before)
    }

    @Test func `what was fetched too late changes nothing`() throws {
        #expect(try !keep("c1", nil))
        try add("c1", signs: true)
        try add("c2", fetches: false)
        try add("c3")
        let before = try ["c1", "c2", "c3"].map(client)
        #expect(try !keep("c1", uri: Self.uri + "/other", nil))
        #expect(try !keep("c2", CertificateRecord.many(1)))
        // Fetched for the other method.
        #expect(try !keep("c1", CertificateRecord.many(1)))
        #expect(try !keep("c3", nil))
        #expect(try ["c1", "c2", "c3"].map(client) == before)
    }

    @Test func `a body is read for the method that the client has`() throws {
        let body = Array(KeySetRegistration.text.utf8)
        let keys = try FetchedKeySet(body, from: Self.uri, for: .privateKeyJWT, now: Vectors.now)
        #expect(keys.certificates == nil && keys.jwks == KeySetRegistration.text)
        // A key without certificate is none for the other method.
        let findings = thrownFindings {
            try FetchedKeySet(body, from: Self.uri, for: .selfSignedTLS, now: Vectors.now)
        }
        #expect(findings.first?.words.contains("x5c") == true)
        let set = CertificateKeySet.value([try .of(Vectors.one), try .of(Vectors.rsa)])
        let certificates = try FetchedKeySet(
            Array(set.indentedText.utf8),
            from: Self.uri,
            for: .selfSignedTLS,
            now: Vectors.now
        )
        #expect(certificates.certificates?.map(\.der) == [Vectors.one, Vectors.rsa])
        #expect(thrownFindings { try FetchedKeySet([], from: "", for: .tls, now: 0) }.count == 1)
    }
}

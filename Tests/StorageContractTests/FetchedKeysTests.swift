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

    @Test(arguments: StoreKind.all)
    func `what was fetched ends with its URI`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1", signs: true))
        try store.updateClient("c1", at: 2_000) { $0.fetchedJWKS = jwks }
        try store.updateClient("c1", at: 2_000) { $0.name = "renamed" }
        #expect(try store.client("c1")?.fetchedJWKS == jwks)
        let changed = try store.updateClient("c1", at: 2_000) {
            $0.jwksURI = "https://client.example/2"
        }
        #expect(changed.fetchedJWKS == nil)
        #expect(try store.client("c1")?.fetchedJWKS == nil)
        let own = try store.updateClient("c1", at: 3_000) { ($0.jwksURI, $0.jwks) = (nil, "{}") }
        #expect(try own.jwks == "{}" && store.client("c1") == own)
    }

    @Test(arguments: StoreKind.all)
    func `keys have one source`(kind: StoreKind) throws {
        let store = try kind.open()
        var both = fetching("c1", signs: true)
        both.jwks = "{}"
        #expect(storeError { try store.insert(both) }?.kind == .invalid)
        var homeless = client("c2")
        homeless.fetchedJWKS = "{}"
        #expect(storeError { try store.insert(homeless) }?.kind == .invalid)
        #expect(try store.clientCount() == 0)
    }

    private func use(_ number: UInt8) -> RegisteredCertificateUse {
        RegisteredCertificateUse(
            client: "c1",
            thumbprint: certificate(number).thumbprint,
            firstSeen: 100,
            lastSeen: 100
        )
    }

    @Test(arguments: StoreKind.all)
    func `a certificate that is fetched again keeps its uses`(kind: StoreKind) throws {
        let store = try kind.open()
        try store.insert(fetching("c1"))
        try store.updateClient("c1", at: 2_000) {
            $0.certificates = [certificate(1), certificate(2)]
        }
        try store.recordRegisteredUses([use(1), use(2)])
        try store.updateClient("c1", at: 2_000) {
            $0.certificates = [certificate(2), certificate(3)]
        }
        #expect(try store.certificateUses(of: "c1") == [use(2)])
    }
}

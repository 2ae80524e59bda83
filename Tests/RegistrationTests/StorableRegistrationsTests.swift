// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import TestSupport
import Testing
import Text

/// The schema is a safety net, never narrower than the rules.
///
/// Registrations at the limits of the rules are stored, and read back unchanged.
struct StorableRegistrationsTests {
    private static let extremes: [Said] = [
        Said("nothing") { _ in },
        Said("the longest texts, of four bytes a character") {
            $0.name = String(repeating: "𝔘", count: 128)
            $0.scopes = [String(repeating: "s", count: 4095)]
            $0.audiences = [
                String(repeating: "a", count: 2048), String(repeating: "b", count: 2046),
            ]
        },
        Said("the most of everything") {
            $0.scopes = (0..<64).map { "s\($0)" }
            $0.redirectURIs = (0..<32).map {
                "https://c.example/\($0)/" + String(repeating: "x", count: 2000)
            }
            $0.audiences = (0..<32).map { "a\($0)" }
            $0.certificates = CertificateRecord.many(32)
            $0.tokenLifetime = 31_536_000
            $0.reuseWindow = 3_600
            $0.tokenFormat = "sealed"
            $0.mayIntrospect = true
            $0.isEnabled = false
        },
        Said("every character of lists") {
            let all = String(
                decoding: (0x21...0x7e).filter { $0 != 0x22 && $0 != 0x5c },
                as: UTF8.self
            )
            $0.scopes = [all]
            $0.audiences = [all]
        },
        Said("a lifetime of a second") { $0.tokenLifetime = 1 },
        Said("the longest jwks_uri") {
            $0.keysURI = "https://c.example/" + String(repeating: "x", count: 2030)
            $0.signingAlgorithm = "EdDSA"
        },
        Said("certificates that are fetched") {
            $0.method = "self_signed_tls_client_auth"
            $0.keysURI = "https://c.example/"
        },
        Said("a key set") { $0.keySet = try? .example() },
        Said("16 CAs and a name") {
            $0.caCertificates = CertificateRecord.many(16, RevocationVectors.root)
            $0.subject = try? SubjectRegistration(.distinguishedName, "CN=\\22\\5Cü,O=文")
        },
        Said("a subject with quotation marks") {
            $0.caCertificates = CertificateRecord.many(1, RevocationVectors.root)
            $0.subject = try? SubjectRegistration(.distinguishedName, #"CN=a \"b\" '',O=x"#)
        },
        Said("a trust set with the longest name, and an address") {
            $0.trustSet = String(repeating: "t", count: 64)
            $0.subject = try? SubjectRegistration(.ip, "2001:db8::1")
        },
        Said("a trust set and a URI") {
            $0.trustSet = "a"
            $0.subject = try? SubjectRegistration(.uri, "https://a.example/x?y=z")
        },
        Said("a trust set and a mailbox") {
            $0.trustSet = "a"
            $0.subject = try? SubjectRegistration(.email, "a@b.example")
        },
        Said("a shared secret") {
            $0.method = "client_secret_jwt"
            $0.secret = String(repeating: "ß", count: 500)
        },
        Said("the most of grants that last") {
            $0.grantTypes = ["authorization_code", "refresh_token", "password"]
            $0.redirectURIs = ["com.example.app:/cb"]
            $0.refreshRotation = .value(false)
            $0.refreshLifetime = .value(315_360_000)
            $0.refreshIdle = .value(1)
            $0.requiresPushedRequests = true
            $0.tokenSigningAlgorithm = "ES384"
            $0.claims = [
                StaticClaim(name: "c", value: .string(String(repeating: "ü", count: 2_044)))
            ]
        },
        Said("everybody") { $0.method = "none" },
    ]

    private static let identities = [
        "i", " ", String(repeating: "i", count: 128),
        String(decoding: (0x20...0x7e).filter { $0 != 0x22 && $0 != 0x5c }, as: UTF8.self),
    ]

    private static func sets() throws -> [TrustSetRecord] {
        try ["a", "A.b_c-9", String(repeating: "t", count: 64)].map { name in
            var change = TrustSetChange()
            change.caCertificates = [RevocationVectors.root, RevocationVectors.otherRoot]
            change.sources = (0..<16).map {
                "https://crl.example/\($0)/" + String(repeating: "x", count: 2000)
            }
            change.serverAuthDay = "2026-12-01"
            return try TrustSetRegistration.new(name, change, at: Vectors.now).set
        }
    }

    @Test(arguments: identities)
    func `every registration that the rules accept can be stored`(_ identity: String) throws {
        let store = try TemporaryStore()
        for set in try Self.sets() { try store.insert(set) }
        for (index, said) in Self.extremes.enumerated() {
            var change = said.change
            if change.name == nil { change.name = "client" }
            // Each is registered after the removal of the one before.
            let time = Vectors.now + Int64(index)
            let made = try ClientRegistration.new(change, clientID: identity, at: time)
            try made.insert(into: store.database, by: .server, at: time)
            #expect(try store.database.client(identity) == made.client, "\(said.testDescription)")
            // Each is served, too.
            #expect(throws: Never.self) { try ClientMapping.client(made.client) }
            try store.database.removeClient(identity, by: .server, at: time)
        }
    }

    @Test func `every change that the rules accept can be stored`() throws {
        let store = try TemporaryStore()
        for set in try Self.sets() { try store.insert(set) }
        var change = ClientChange()
        change.name = "client"
        try ClientRegistration.new(change, clientID: "id", at: Vectors.now)
            .insert(into: store.database, by: .server, at: Vectors.now)
        for said in Self.extremes {
            let client = try #require(try store.database.client("id"))
            change = said.change
            change.method = try said.registered.get().client.authenticationMethod
            if change.method?.hasPrefix("client_secret") == true { change.secret = "secret" }
            change.grantTypes = ["password"]
            change.removesClaims = true
            change.refreshRotation = change.refreshRotation ?? .byDefault
            change.mayIntrospect = false
            change.reuseWindow = change.reuseWindow ?? 0
            change.removedCAs = client.caCertificates.map(\.thumbprint)
            if client.jwksURI == nil {
                change.removedCertificates = client.certificates.map(\.thumbprint)
            }
            let new = try ClientRegistration.change(
                "id",
                by: change,
                in: store.database,
                by: .server,
                at: Vectors.now
            ).client
            #expect(try store.database.client("id") == new, "\(said.testDescription)")
        }
    }

    @Test func `every trust set, user and key that the rules accept can be stored`() throws {
        let store = try TemporaryStore()
        for set in try Self.sets() {
            try store.insert(set)
            #expect(try store.database.trustSet(set.name) == set)
        }
        for name in ["x", String(repeating: "𝔘", count: 128), "'; DROP TABLE user; --"] {
            let user = try UserRegistration.new(name, password: "secret", at: 0)
            try store.database.insert(user, by: .server, at: 0)
            #expect(try store.database.user(name) == user)
        }
        for kind in TokenKeyKind.allCases {
            let key = try kind.make(createdAt: 0, activeFrom: .max)
            try store.database.insert(key, by: .server, at: 0)
            #expect(try store.database.keys().contains(key))
        }
    }

    @Test func `the net still catches what no rule would let through`() throws {
        let store = try TemporaryStore()
        var client = try registered()
        client.tokenFormat = "opaque"
        #expect(throws: StoreError.self) {
            try store.database.insert(client, by: .server, at: 0)
        }
        client = try registered()
        client.scopes = ["a b"]
        #expect(throws: StoreError.self) {
            try store.database.insert(client, by: .server, at: 0)
        }
    }
}

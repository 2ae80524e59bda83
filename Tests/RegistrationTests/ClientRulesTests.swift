// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import Testing

/// Every rule of a client's registration, with forms that are accepted and their refusing twins.
struct ClientRulesTests {
    private static let accepted: [Said] = [
        Said("nothing said: a secret") { _ in },
        Said("the longest name") { $0.name = String(repeating: "é", count: 128) },
        Said("every grant") { $0.grantTypes = ["client_credentials", "password"] },
        Said("64 scopes") { $0.scopes = (0..<64).map { "scope-\($0)" } },
        Said("no scope") { $0.scopes = [] },
        Said("every character of a scope") {
            $0.scopes = [String(decoding: 0x23...0x5b, as: UTF8.self), "!", "]^_`a~"]
        },
        Said("scopes as long as a token has room for") {
            $0.scopes = [String(repeating: "s", count: 4095)]
        },
        Said("an audience that is a name") { $0.audiences = ["api"] },
        Said("32 audiences") { $0.audiences = (0..<32).map { "https://a.example/\($0)" } },
        Said("an audience of 2048 bytes") { $0.audiences = [String(repeating: "a", count: 2048)] },
        Said("32 redirect URIs") { $0.redirectURIs = (0..<32).map { "https://c.example/\($0)" } },
        Said("a lifetime of a second") { $0.tokenLifetime = 1 },
        Said("a lifetime of a year") { $0.tokenLifetime = 31_536_000 },
        Said("an hour's reuse") { $0.reuseWindow = 3_600 },
        Said("reuse shorter than the lifetime") {
            $0.tokenLifetime = 60
            $0.reuseWindow = 59
        },
        Said("sealed tokens") { $0.tokenFormat = "sealed" },
        Said("introspection") { $0.mayIntrospect = true },
        Said("client_secret_basic") { $0.method = "client_secret_basic" },
        Said("client_secret_post") { $0.method = "client_secret_post" },
        Said("client_secret_jwt with each algorithm") {
            $0.method = "client_secret_jwt"
            $0.signingAlgorithm = "HS256"
        },
        Said("none") { $0.method = "none" },
        Said("keys to be fetched") { $0.keysURI = "https://client.example/jwks" },
        Said("a key's algorithm") {
            $0.keysURI = "https://client.example/jwks"
            $0.signingAlgorithm = "ES256"
        },
        Said("an algorithm with a method that signs nothing is left out") {
            $0.signingAlgorithm = "ES256"
        },
        Said("certificates to be fetched") {
            $0.method = "self_signed_tls_client_auth"
            $0.keysURI = "https://client.example:8443/jwks?a=b%20c"
        },
        Said("32 certificates") { $0.certificates = CertificateRecord.many(32) },
        Said("a trust set and a subject") {
            $0.trustSet = "internal"
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Said("a SPIFFE ID implies its method") {
            $0.trustSet = "mesh"
            $0.spiffeID = "spiffe://example.org/ns/pay"
        },
        Said("all SPIFFE IDs of a trust domain") {
            $0.method = "spiffe_x509"
            $0.trustSet = "mesh"
            $0.spiffeID = "spiffe://10.0.0.1/*"
        },
        Said("16 CAs and a subject") {
            $0.caCertificates = CertificateRecord.many(16)
            $0.subject = try? SubjectRegistration(.distinguishedName, "CN=a,O=Handfast")
        },
        Said("disabled from the start") { $0.isEnabled = false },
    ]

    @Test(arguments: accepted)
    func `a registration that makes sense is accepted`(_ said: Said) throws {
        let made = try said.registered.get()
        #expect(made.client.clientID == "id")
        #expect(made.client.createdAt == Vectors.now && made.client.updatedAt == Vectors.now)
    }

    private static let refused: [Refused] = [
        Refused("a SPIFFE ID with a port", .spiffeID, "no port") {
            $0.trustSet = "mesh"
            $0.spiffeID = "spiffe://example.org:443/a"
        },
        Refused("an asterisk within a SPIFFE ID", .spiffeID, "last segment") {
            $0.trustSet = "mesh"
            $0.spiffeID = "spiffe://example.org/*/a"
        },
        Refused("a SPIFFE ID without a trust set", .spiffeID, "trust domain") {
            $0.spiffeID = "spiffe://example.org/a"
        },
        Refused("spiffe_x509 without a SPIFFE ID", .spiffeID, "needs a SPIFFE ID") {
            $0.method = "spiffe_x509"
            $0.trustSet = "mesh"
        },
        Refused("a SPIFFE ID beside a subject", .certificates, "another subject") {
            $0.trustSet = "mesh"
            $0.spiffeID = "spiffe://example.org/a"
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Refused("a SPIFFE ID of another method", .spiffeID, "does not use") {
            $0.method = "tls_client_auth"
            $0.trustSet = "internal"
            $0.subject = try? SubjectRegistration(.dns, "a.example")
            $0.spiffeID = "spiffe://example.org/a"
        },
        Refused("an empty name", .clientName, "printable") { $0.name = "" },
        Refused("a name too long", .clientName, "128") {
            $0.name = String(repeating: "x", count: 129)
        },
        Refused("a name with many marks", .clientName, "printable") {
            $0.name = String(repeating: "e\u{301}\u{302}\u{303}\u{304}", count: 128)
        },
        Refused("a name with a line break", .clientName, "printable") { $0.name = "a\nb" },
        Refused("a name with an escape", .clientName, "printable") { $0.name = "\u{1b}[31mred" },
        Refused("a name that turns the line round", .clientName, "printable") {
            $0.name = "a\u{202e}b"
        },
        Refused("a name that begins with a space", .clientName, "white space") { $0.name = " a" },
        Refused("a name that ends with a space", .clientName, "white space") { $0.name = "a " },
        Refused("no grant", .grantTypes, "one or more") { $0.grantTypes = [] },
        Refused("an unknown grant", .grantTypes, "client_credentials") {
            $0.grantTypes = ["implicit"]
        },
        Refused("a grant twice", .grantTypes, "once") {
            $0.grantTypes = ["password", "password"]
        },
        Refused("a scope with a quotation mark", .scope, "§3.3") { $0.scopes = ["a\"b"] },
        Refused("a scope with a backslash", .scope, "§3.3") { $0.scopes = ["a\\b"] },
        Refused("a scope with a space", .scope, "§3.3") { $0.scopes = ["a b"] },
        Refused("a scope with a tab", .scope, "§3.3") { $0.scopes = ["a\tb"] },
        Refused("a scope beyond ASCII", .scope, "§3.3") { $0.scopes = ["é"] },
        Refused("an empty scope", .scope, "§3.3") { $0.scopes = [""] },
        Refused("65 scopes", .scope, "64") { $0.scopes = (0..<65).map { "scope-\($0)" } },
        Refused("a scope twice", .scope, "once") { $0.scopes = ["a", "b", "a"] },
        Refused("scopes too long for a token", .scope, "4096") {
            $0.scopes = [String(repeating: "s", count: 4096)]
        },
        Refused("an audience with a space", .audiences, "without spaces") {
            $0.audiences = ["a b"]
        },
        Refused("an empty audience", .audiences, "without spaces") { $0.audiences = [""] },
        Refused("an audience too long", .audiences, "2048") {
            $0.audiences = [String(repeating: "a", count: 2049)]
        },
        Refused("33 audiences", .audiences, "32") { $0.audiences = (0..<33).map { "a\($0)" } },
        Refused("an audience twice", .audiences, "once") { $0.audiences = ["a", "a"] },
        Refused("audiences too long for a token", .audiences, "4096") {
            $0.audiences = ["a", "b", "c"].map { $0 + String(repeating: "a", count: 1999) }
        },
        Refused("33 redirect URIs", .redirectURIs, "32") {
            $0.redirectURIs = (0..<33).map { "https://c.example/\($0)" }
        },
        Refused("a lifetime of nothing", .tokenLifetime, "31536000") { $0.tokenLifetime = 0 },
        Refused("a lifetime below nothing", .tokenLifetime, "31536000") { $0.tokenLifetime = -1 },
        Refused("a lifetime of more than a year", .tokenLifetime, "31536000") {
            $0.tokenLifetime = 31_536_001
        },
        Refused("a reuse below nothing", .reuseWindow, "3600") { $0.reuseWindow = -1 },
        Refused("a reuse of more than an hour", .reuseWindow, "3600") { $0.reuseWindow = 3_601 },
        Refused("a reuse as long as the lifetime", .reuseWindow, "shorter") {
            $0.tokenLifetime = 60
            $0.reuseWindow = 60
        },
        Refused("an unknown format", .tokenFormat, "jwt, sealed") { $0.tokenFormat = "opaque" },
        Refused("an unknown method", .authenticationMethod, "private_key_jwt") {
            $0.method = "magic"
        },
        Refused("an unknown algorithm", .signingAlgorithm, "ES256") {
            $0.signingAlgorithm = "none"
        },
        Refused("a key's algorithm for codes", .signingAlgorithm, "HS256") {
            $0.method = "client_secret_jwt"
            $0.signingAlgorithm = "ES256"
        },
        Refused("a code's algorithm for keys", .signingAlgorithm, "ES256") {
            $0.keysURI = "https://client.example/jwks"
            $0.signingAlgorithm = "HS256"
        },
        Refused("a signer without keys", .jwks, "public keys") { $0.method = "private_key_jwt" },
        Refused("self-signed without certificate", .certificates, "needs a certificate") {
            $0.method = "self_signed_tls_client_auth"
        },
        Refused("33 certificates", .certificates, "32") {
            $0.certificates = CertificateRecord.many(33)
        },
        Refused("a certificate twice", .certificates, "once") {
            $0.certificates = CertificateRecord.many(1) + CertificateRecord.many(1)
        },
        Refused("a subject without CA", .caCertificates, "needs a CA") {
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Refused("a CA without subject", .caCertificates, "subject") {
            $0.caCertificates = CertificateRecord.many(1)
        },
        Refused("17 CAs", .caCertificates, "16") {
            $0.caCertificates = CertificateRecord.many(17)
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Refused("a trust set that cannot be called so", .trustSet, "64 letters") {
            $0.trustSet = "no name"
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Refused("a trust set and CAs", .trustSet, "either") {
            $0.trustSet = "internal"
            $0.caCertificates = CertificateRecord.many(1)
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Refused("certificates for a method of CAs", .certificates, "not use registered") {
            $0.trustSet = "internal"
            $0.subject = try? SubjectRegistration(.dns, "a.example")
            $0.certificates = CertificateRecord.many(1)
        },
        Refused("a subject for a self-signed client", .caCertificates, "neither subject nor CA") {
            $0.method = "self_signed_tls_client_auth"
            $0.certificates = CertificateRecord.many(1)
            $0.subject = try? SubjectRegistration(.dns, "a.example")
        },
        Refused("certificates for a secret", .certificates, "not use registered") {
            $0.method = "client_secret_basic"
            $0.certificates = CertificateRecord.many(1)
        },
        Refused("a trust set for a secret", .certificates, "not use registered") {
            $0.method = "client_secret_post"
            $0.trustSet = "internal"
        },
        Refused("a key set for a secret", .jwks, "does not use keys") {
            $0.method = "client_secret_basic"
            $0.keySet = try? .example()
        },
        Refused("a jwks_uri for a secret", .jwksURI, "does not use keys") {
            $0.method = "client_secret_basic"
            $0.keysURI = "https://client.example/jwks"
        },
        Refused("two places of keys", .jwksURI, "one place") {
            $0.keysURI = "https://client.example/jwks"
            $0.keySet = try? .example()
        },
        Refused("a place of keys and certificates", .jwksURI, "one place") {
            $0.keysURI = "https://client.example/jwks"
            $0.certificates = CertificateRecord.many(1)
        },
        Refused("a jwks_uri in the clear", .jwksURI, "https") {
            $0.keysURI = "http://client.example/jwks"
        },
        Refused("a jwks_uri with a fragment", .jwksURI, "fragment") {
            $0.keysURI = "https://client.example/jwks#a"
        },
        Refused("client_credentials for everybody", .grantTypes, "§4.4") {
            $0.method = "none"
            $0.grantTypes = ["client_credentials"]
        },
        Refused("introspection for everybody", .mayIntrospect, "§2.1") {
            $0.method = "none"
            $0.mayIntrospect = true
        },
        Refused("a secret for a method that has none", .clientSecret, "has no secret") {
            $0.method = "none"
            $0.secret = "secret"
        },
    ]

    @Test(arguments: refused)
    func `a registration that makes no sense is refused for the field`(_ refused: Refused) throws {
        let findings = refused.said.registered.findings
        let found = findings.first { $0.field == refused.field }
        #expect(found?.words.contains(refused.word) == true, "\(findings.map(\.words))")
        #expect(found?.kind == .invalid)
    }

    @Test(arguments: [
        "a", "x y", "0", String(repeating: "i", count: 128), "~!#$%&'()*+,-./:;<=>?@",
    ])
    func `a client_id of printable ASCII is accepted`(_ id: String) throws {
        let made = try ClientRegistration.new(ClientChange(), clientID: id, at: Vectors.now)
        // Without a name it is called by its identity.
        #expect(made.client.clientID == id && made.client.name == id)
    }

    @Test(arguments: [
        "", "café", "a\"b", "a\\b", "a\nb", "user:x", String(repeating: "i", count: 129),
    ])
    func `another client_id is refused`(_ id: String) {
        var change = ClientChange()
        change.name = "client"
        let findings = thrownFindings {
            try ClientRegistration.new(change, clientID: id, at: Vectors.now)
        }
        #expect(findings.map(\.field) == [.clientID])
    }

    @Test func `a client_id that nobody chose is random`() throws {
        let (one, two) = (
            try ClientRegistration.new(ClientChange(), at: Vectors.now).client.clientID,
            try ClientRegistration.new(ClientChange(), at: Vectors.now).client.clientID
        )
        #expect(one != two && one.utf8.count == 28 && two.utf8.count == 28)
    }

    @Test func `everything that is wrong is said at once`() {
        let said = Said("wrong in many ways") {
            $0.name = ""
            $0.method = "client_secret_basic"
            $0.certificates = CertificateRecord.many(33)
            $0.grantTypes = ["magic"]
            $0.scopes = ["é", "é"]
            $0.redirectURIs = ["/a", "https://a.example/#b"]
            $0.audiences = ["a b"]
            $0.tokenFormat = "opaque"
            $0.tokenLifetime = 0
            $0.reuseWindow = -1
        }
        let fields = said.registered.findings.map(\.field)
        #expect(
            fields == [
                .clientName, .certificates, .certificates, .grantTypes, .scope, .scope,
                .redirectURIs, .redirectURIs, .audiences, .tokenFormat, .tokenLifetime,
                .reuseWindow,
            ]
        )
    }
}

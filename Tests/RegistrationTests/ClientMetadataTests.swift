// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import TestSupport
import Testing
import Text

/// RFC 7591 JSON in both directions.
struct ClientMetadataTests {
    private func read(_ text: String) throws -> ClientMetadata {
        let value = JSONValue(text.utf8Span.span)
        return try ClientMetadata(try #require(value), now: Vectors.now)
    }

    @Test func `a document with every member is what a change says`() throws {
        let metadata = try read(
            """
            {"client_id": "id", "client_name": "Näme", "token_endpoint_auth_method": "none",
             "token_endpoint_auth_signing_alg": "ES256", "grant_types": ["password"],
             "response_types": ["code"], "scope": "a  b", "redirect_uris": ["https://c.example/"],
             "tls_client_certificate_bound_access_tokens": true, "trust_set": "internal",
             "tls_client_auth_san_dns": "A.example", "audiences": ["x"],
             "access_token_format": "sealed", "access_token_lifetime": 60,
             "access_token_reuse_window": 5, "may_introspect": false, "enabled": false,
             "jwks_uri": "https://c.example/jwks", "refresh_token_rotation": false,
             "refresh_token_lifetime": 86400, "refresh_token_idle_lifetime": 3600,
             "require_pushed_authorization_requests": true, "access_token_signing_alg": "PS256",
             "access_token_claims": {"tenant": "a", "limits": [1, {"x": null}]},
             "rate": "100/60", "own_audiences": ["https://gw.example"],
             "exchange_mode": "impersonate", "exchange_bound_tokens": true}
            """
        )
        var change = ClientChange()
        change.name = "Näme"
        change.method = "none"
        (change.signingAlgorithm, change.grantTypes) = ("ES256", ["password"])
        change.scopes = ["a", "b"]
        change.redirectURIs = ["https://c.example/"]
        change.boundTokens = true
        change.trustSet = "internal"
        change.subject = try SubjectRegistration(.dns, "A.example")
        change.audiences = ["x"]
        change.tokenFormat = "sealed"
        (change.tokenLifetime, change.reuseWindow) = (60, 5)
        (change.mayIntrospect, change.isEnabled) = (false, false)
        change.keysURI = "https://c.example/jwks"
        change.responseTypes = ["code"]
        change.refreshRotation = .value(false)
        change.refreshLifetime = .value(86_400)
        change.refreshIdle = .value(3_600)
        change.requiresPushedRequests = true
        change.tokenSigningAlgorithm = "PS256"
        change.rate = .value("100/60")
        change.ownAudiences = ["https://gw.example"]
        change.exchangeMode = .value("impersonate")
        change.exchangesBoundTokens = true
        change.removesClaims = true
        change.claims = [
            StaticClaim(name: "limits", value: .array([.integer(1), .object(["x": .null])])),
            StaticClaim(name: "tenant", value: .string("a")),
        ]
        #expect(metadata.change == change)
        #expect(metadata.clientID == "id" && metadata.unknown.isEmpty)
    }

    @Test func `an empty document, and one of nulls, says nothing`() throws {
        #expect(try read("{}").change.isEmpty)
        let members = RegistrationField.allCases.map { "\"\($0.rawValue)\": null" }
        let nulls = try read("{\(members.joined(separator: ","))}")
        #expect(nulls.change.isEmpty && nulls.clientID == nil)
    }

    @Test func `members that mean nothing here are named and change nothing`() throws {
        let metadata = try read(
            #"{"logo_uri": "x", "client_name": "a", "contacts": [1], "client_secret": "s"}"#
        )
        #expect(metadata.unknown == ["contacts", "logo_uri"])
        #expect(metadata.change.name == "a" && metadata.change.secret == nil)
    }

    @Test(arguments: [
        ("client_name", "1"), ("client_name", "[]"), ("client_id", "{}"),
        ("token_endpoint_auth_method", "true"), ("token_endpoint_auth_signing_alg", "1"),
        ("grant_types", "\"password\""), ("grant_types", "[1]"), ("redirect_uris", "{}"),
        ("audiences", "\"a\""), ("scope", "[\"a\"]"), ("response_types", "[1]"),
        ("response_types", "\"code\""), ("jwks", "\"{}\""), ("jwks", "[]"), ("jwks", "{}"),
        ("jwks_uri", "1"), ("trust_set", "1"), ("access_token_format", "1"),
        ("access_token_lifetime", "\"60\""), ("access_token_lifetime", "60.5"),
        ("access_token_lifetime", "1e30"), ("access_token_reuse_window", "true"),
        ("may_introspect", "\"true\""), ("enabled", "0"),
        ("tls_client_certificate_bound_access_tokens", "\"no\""),
        ("refresh_token_rotation", "\"on\""), ("refresh_token_lifetime", "\"default\""),
        ("refresh_token_idle_lifetime", "1.5"), ("access_token_signing_alg", "[]"),
        ("require_pushed_authorization_requests", "1"), ("access_token_claims", "[]"),
        ("access_token_claims", "\"tenant\""), ("rate", "100"), ("rate", "{}"),
        ("own_audiences", "\"a\""), ("own_audiences", "[1]"), ("exchange_mode", "1"),
        ("exchange_bound_tokens", "\"yes\""),
        ("tls_client_auth_subject_dn", "1"), ("tls_client_auth_subject_dn", "\"CN=\""),
        ("tls_client_auth_san_ip", "\"x\""), ("ca_certificates", "{}"),
        ("ca_certificates", #"{"keys":[{"kty":"EC"}]}"#),
        ("ca_certificates", #"{"keys":[{"x5c":["!"]}]}"#),
        ("ca_certificates", #"{"keys":[{"x5c":["AAAA"]}]}"#),
    ])
    func `a member of a wrong type is refused by its name`(_ member: String, _ value: String) {
        let findings = thrownFindings { try read("{\"\(member)\": \(value)}") }
        #expect(findings.map(\.field.rawValue) == [member])
    }

    @Test func `all wrong members are named at once`() {
        let findings = thrownFindings {
            try read(#"{"client_name": 1, "scope": 2, "jwks": 3, "enabled": 4}"#)
        }
        #expect(Set(findings.map(\.field)) == [.clientName, .scope, .jwks, .enabled])
        #expect(findings.allSatisfy { $0.words.contains("`\($0.field.rawValue)`") })
    }

    @Test(arguments: ["[]", "1", "\"{}\"", "null"])
    func `a document is an object`(_ text: String) {
        #expect(thrownFindings { try read(text) }.count == 1)
    }

    @Test func `two subjects are refused`() {
        let findings = thrownFindings {
            try read(#"{"tls_client_auth_san_dns": "a.example", "tls_client_auth_san_ip": "::1"}"#)
        }
        #expect(findings.first?.words.contains("one subject") == true)
    }

    private static let clients: [Said] = [
        Said("a secret") { $0.scopes = ["a", "b"] },
        Said("certificates") {
            $0.certificates = [Vectors.one, Vectors.rsa, Vectors.two].compactMap { try? .of($0) }
            $0.boundTokens = false
        },
        Said("keys") {
            $0.keySet = try? .example()
            $0.signingAlgorithm = "ES256"
        },
        Said("a jwks_uri") { $0.keysURI = "https://client.example/jwks" },
        Said("CAs") {
            $0.caCertificates = [RevocationVectors.root, RevocationVectors.otherRoot].compactMap {
                try? .caCertificate($0)
            }
            $0.subject = try? SubjectRegistration(.distinguishedName, "CN=a,O=Handfast")
        },
        Said("a trust set") {
            $0.trustSet = "internal"
            $0.subject = try? SubjectRegistration(.email, "a@b.example")
        },
        Said("everybody") { $0.method = "none" },
        Said("grants that last, and a form of tokens") {
            $0.grantTypes = ["authorization_code", "refresh_token"]
            $0.redirectURIs = ["https://c.example/", "com.example.app:/cb"]
            $0.refreshRotation = .value(true)
            $0.refreshLifetime = .value(86_400)
            $0.refreshIdle = .value(3_600)
            $0.requiresPushedRequests = true
            $0.tokenSigningAlgorithm = "EdDSA"
            $0.rate = .value("5/1")
            $0.claims = [
                StaticClaim(name: "tenant", value: .string("ä\n x")),
                StaticClaim(argument: "a=[1.50,{}]"),
            ]
        },
        Said("token exchange") {
            $0.grantTypes = [
                "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange",
            ]
            $0.ownAudiences = ["https://gw.example", "urn:gw"]
            $0.exchangeMode = .value("impersonate")
            $0.exchangesBoundTokens = true
        },
        Said("no rotation") { $0.refreshRotation = .value(false) },
        Said("all that is Handfast's own") {
            $0.audiences = ["x", "https://api.example/"]
            $0.redirectURIs = ["https://c.example/"]
            $0.tokenFormat = "sealed"
            $0.tokenLifetime = 300
            $0.reuseWindow = 10
            $0.mayIntrospect = true
            $0.isEnabled = false
            $0.name = "\"quoted\" Näme\\"
        },
    ]

    @Test(arguments: clients)
    func `what is written is read to the same registration`(_ said: Said) throws {
        let made = try said.registered.get()
        let document = ClientInformation.value(made.client, secret: made.secret)
        // Through its text, as it is stored and sent.
        let read = try read(document.indentedText)
        #expect(read.unknown.isEmpty && read.clientID == "id")
        var again = try ClientRegistration.new(
            read.change,
            clientID: read.clientID,
            at: Vectors.now
        ).client
        // A secret is made anew, and a hash is shown to nobody.
        (again.secretHash, again.sharedSecret) = (made.client.secretHash, made.client.sharedSecret)
        #expect(equal(again.jwks, made.client.jwks))
        again.jwks = made.client.jwks
        #expect(again == made.client)
    }

    private func equal(_ one: String?, _ other: String?) -> Bool {
        one.flatMap { JSONValue($0.utf8Span.span) } == other.flatMap { JSONValue($0.utf8Span.span) }
    }

    @Test func `a tampered document is another registration, or none`() throws {
        let client = try registered { $0.certificates = [try .of(Vectors.one)] }
        let text = ClientInformation.value(client).indentedText
        #expect(text.contains("\"crv\" : \"P-256\""))
        for (there, instead) in [
            ("\"crv\" : \"P-256\"", "\"crv\" : \"P-384\""), ("\"x5c\"", "\"x5t\""),
            ("\"self_signed_tls_client_auth\"", "\"tls_client_auth\""),
        ] {
            let tampered = text.replacing(there, with: instead)
            let findings = (try? read(tampered)).map { metadata in
                Result { try ClientRegistration.new(metadata.change, at: Vectors.now) }.findings
            }
            #expect(findings?.isEmpty != true, "\(instead)")
        }
    }

    @Test func `the response is written byte for byte as it always was`() throws {
        var client = try registered {
            $0.keySet = try .example()
            $0.scopes = ["a", "b"]
            $0.redirectURIs = ["https://c.example/cb"]
            $0.tokenLifetime = 60
        }
        (client.createdAt, client.tokensValidFrom) = (1_796_004_579, 1_796_004_579)
        #expect(
            ClientInformation.value(client).indentedText == """
                {
                  "access_token_format" : "jwt",
                  "access_token_lifetime" : 60,
                  "access_token_reuse_window" : 0,
                  "audiences" : [

                  ],
                  "client_id" : "id",
                  "client_id_issued_at" : 1796004579,
                  "client_name" : "client",
                  "enabled" : true,
                  "grant_types" : [
                    "password",
                    "client_credentials"
                  ],
                  "jwks" : {
                    "keys" : [
                      {
                        "crv" : "P-256",
                        "kid" : "k",
                        "kty" : "EC",
                        "x" : "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                        "y" : "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
                      }
                    ]
                  },
                  "may_introspect" : false,
                  "redirect_uris" : [
                    "https://c.example/cb"
                  ],
                  "response_types" : [

                  ],
                  "scope" : "a b",
                  "tls_client_certificate_bound_access_tokens" : false,
                  "token_endpoint_auth_method" : "private_key_jwt"
                }
                """
        )
    }

    @Test func `a certificate is a key with its parameters and itself`() throws {
        for (der, kty, members) in [
            (Vectors.one, "EC", ["crv", "x", "y"]), (Vectors.rsa, "RSA", ["n", "e"]),
            (Vectors.ed25519, "OKP", ["crv", "x"]),
        ] {
            let key = JSONValue.object(CertificateKeySet.members(try .of(der)))
            #expect(key["kty"]?.text == kty)
            for member in members + ["kid", "x5t#S256"] { #expect(key[member]?.text != nil) }
            #expect(key["kid"] == key["x5t#S256"])
            let text = String(decoding: Base64.encode(der.span), as: UTF8.self)
            #expect(key["x5c"] == .array([.string(text)]))
        }
    }

    @Test func `a secret is shown where it is given, and never otherwise`() throws {
        let made = try ClientRegistration.new(ClientChange(), at: Vectors.now)
        let secret = try #require(made.secret)
        let shown = ClientInformation.value(made.client, secret: secret)
        #expect(shown["client_secret"]?.text == secret)
        #expect(shown["client_secret_expires_at"] == .integer(0))
        let hidden = ClientInformation.value(made.client).indentedText
        #expect(!hidden.contains(secret) && !hidden.contains("client_secret_expires_at"))
        #expect(!hidden.contains(try #require(made.client.secretHash)))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import TestSupport
import Testing
import Text

/// Changes of registered clients: what takes the place of what, and what is judged.
struct ClientChangeTests {
    private static let uri = "https://client.example/jwks"

    @Test func `what is not said stays`() throws {
        let client = try registered {
            $0.certificates = [try .of(Vectors.one)]
            $0.scopes = ["read"]
            $0.audiences = ["api"]
        }
        var same = try changed(client) { $0.scopes = ["write"] }
        #expect(same.scopes == ["write"] && same.updatedAt == Vectors.now)
        (same.scopes, same.updatedAt) = (client.scopes, client.updatedAt)
        #expect(same == client)
    }

    @Test func `the method follows from what is registered`() throws {
        let subject = try SubjectRegistration(.dns, "a.example")
        #expect(try registered().method == .secretBasic)
        #expect(
            try registered { $0.certificates = [try .of(Vectors.one)] }.method == .selfSignedTLS
        )
        #expect(try registered { $0.keySet = try .example() }.method == .privateKeyJWT)
        #expect(try registered { $0.keysURI = Self.uri }.method == .privateKeyJWT)
        let trusting = try registered {
            $0.trustSet = "internal"
            $0.subject = subject
        }
        #expect(trusting.method == .tls && trusting.subjectKind == "tls_client_auth_san_dns")
    }

    @Test func `tokens are bound where a certificate authenticates, unless it is said otherwise`()
        throws
    {
        #expect(try registered { $0.certificates = [try .of(Vectors.one)] }.boundAccessTokens)
        #expect(try !registered().boundAccessTokens)
        #expect(try registered { $0.boundTokens = true }.boundAccessTokens)
        let unbound = try registered {
            $0.certificates = [try .of(Vectors.one)]
            $0.boundTokens = false
        }
        #expect(!unbound.boundAccessTokens)
    }

    @Test func `grants are both of them, but the password's alone for a public client`() throws {
        #expect(try registered().grantTypes == ["password", "client_credentials"])
        #expect(try registered { $0.method = "none" }.grantTypes == ["password"])
    }

    @Test func `a client that needs no proof any more loses what was issued to it`() throws {
        let client = try registered { $0.grantTypes = ["password", "refresh_token"] }
        let open = try changed(client) { $0.method = "none" }
        #expect(open.tokensValidFrom == Vectors.now + 1)
        // The twins: one that proves itself otherwise, and one that was public before.
        let other = try changed(client) { $0.method = "client_secret_post" }
        #expect(other.tokensValidFrom == client.tokensValidFrom)
        let again = try changed(open) { $0.scopes = ["read"] }
        #expect(again.tokensValidFrom == open.tokensValidFrom)
        let born = try registered { $0.method = "none" }
        #expect(born.tokensValidFrom <= Vectors.now)
    }

    @Test func `certificates are added, and taken away by thumbprint`() throws {
        let (one, two) = (
            try CertificateRecord.of(Vectors.one), try CertificateRecord.of(Vectors.two)
        )
        let client = try registered { $0.certificates = [one] }
        let both = try changed(client) { $0.certificates = [two] }
        #expect(both.certificates == [one, two])
        let second = try changed(both) { $0.removedCertificates = [one.thumbprint] }
        #expect(second.certificates == [two])
        // Both at once, in one change.
        let turned = try changed(client) {
            $0.certificates = [two]
            $0.removedCertificates = [one.thumbprint]
        }
        #expect(turned.certificates == [two])
        // The last one too: a stolen one must not wait for its successor.
        #expect(
            try changed(second) { $0.removedCertificates = [two.thumbprint] }.certificates == []
        )
    }

    @Test func `a certificate that is not there is not taken away`() throws {
        let client = try registered { $0.certificates = [try .of(Vectors.one)] }
        let findings = thrownFindings {
            try changed(client) {
                $0.removedCertificates = [[UInt8](repeating: 0, count: 32)]
                $0.removedCAs = [[UInt8](repeating: 1, count: 32)]
            }
        }
        #expect(findings.map(\.field) == [.certificates, .caCertificates])
        #expect(findings.allSatisfy { $0.kind == .conflict && $0.words.contains("thumbprint") })
    }

    @Test func `a certificate that is there is not added`() throws {
        let client = try registered { $0.certificates = [try .of(Vectors.one)] }
        let findings = thrownFindings {
            try changed(client) { $0.certificates = [try .of(Vectors.one)] }
        }
        #expect(findings.map(\.field) == [.certificates])
    }

    @Test func `one source of keys takes the place of another`() throws {
        let client = try registered { $0.certificates = [try .of(Vectors.one)] }
        var fetching = try changed(client) { $0.keysURI = Self.uri }
        #expect(fetching.jwksURI == Self.uri && fetching.certificates.isEmpty)
        // The same again keeps what was fetched, another URI or method does not.
        fetching.fetchedJWKS = KeySetRegistration.text
        #expect(try changed(fetching) { $0.keysURI = Self.uri }.fetchedJWKS != nil)
        let other = try changed(fetching) { $0.keysURI = Self.uri + "2" }
        #expect(other.fetchedJWKS == nil && other.jwksURI == Self.uri + "2")
        let signing = try changed(fetching) { $0.method = "private_key_jwt" }
        #expect(signing.fetchedJWKS == nil && signing.jwksURI == Self.uri)
        let keys = try changed(signing) { $0.keySet = try .example() }
        #expect(keys.jwksURI == nil && keys.jwks == KeySetRegistration.text)
        #expect(try changed(keys) { $0.keysURI = Self.uri }.jwks == nil)
        // A method that looks at no keys has none.
        let secret = try changed(keys) {
            $0.method = "client_secret_basic"
            $0.secret = "secret"
        }
        #expect(secret.jwks == nil && secret.secretHash != nil && secret.sharedSecret == nil)
    }

    @Test func `what is fetched is not changed by hand`() throws {
        let client = try registered {
            $0.method = "self_signed_tls_client_auth"
            $0.keysURI = Self.uri
        }
        for write: (inout ClientChange) throws -> Void in [
            { $0.removedCertificates = [[UInt8](repeating: 0, count: 32)] },
            {
                $0.certificates = [try .of(Vectors.one)]
                $0.keepsSources = true
            },
        ] {
            let findings = thrownFindings { try changed(client, write) }
            #expect(findings.map(\.kind) == [.conflict] && findings.map(\.field) == [.certificates])
            #expect(findings.first?.words.contains(Self.uri) == true)
        }
        // The twin: a certificate of its own takes the place of the URI.
        let own = try changed(client) { $0.certificates = [try .of(Vectors.one)] }
        #expect(own.jwksURI == nil && own.certificates.count == 1)
    }

    @Test func `one source of CAs takes the place of another, and a shared one is not changed`()
        throws
    {
        let root = try CertificateRecord.caCertificate(RevocationVectors.root)
        let client = try registered {
            $0.trustSet = "internal"
            $0.subject = try SubjectRegistration(.dns, "a.example")
        }
        let own = try changed(client) { $0.caCertificates = [root] }
        #expect(own.trustSet == nil && own.caCertificates == [root])
        let again = try changed(own) { $0.trustSet = "internal" }
        #expect(again.trustSet == "internal" && again.caCertificates.isEmpty)
        for write: (inout ClientChange) throws -> Void in [
            { $0.removedCAs = [root.thumbprint] },
            {
                $0.caCertificates = [root]
                $0.keepsSources = true
            },
        ] {
            let findings = thrownFindings { try changed(client, write) }
            #expect(
                findings.map(\.kind) == [.conflict] && findings.map(\.field) == [.caCertificates]
            )
            #expect(findings.first?.words.contains("internal") == true)
        }
    }

    @Test func `leaving tls_client_auth gives up subject and CAs`() throws {
        let client = try registered {
            $0.caCertificates = [try .caCertificate(RevocationVectors.root)]
            $0.subject = try SubjectRegistration(.dns, "a.example")
        }
        let left = try changed(client) {
            $0.method = "self_signed_tls_client_auth"
            $0.certificates = [try .of(Vectors.one)]
        }
        #expect(left.subjectKind == nil && left.subjectValue == nil)
        #expect(left.caCertificates.isEmpty)
        // Other errors of the same change are still reported.
        let findings = thrownFindings {
            try changed(client) {
                $0.method = "self_signed_tls_client_auth"
                $0.certificates = [try .of(Vectors.one)]
                $0.subject = try SubjectRegistration(.dns, "a.example")
            }
        }
        #expect(findings.map(\.field) == [.caCertificates])
    }

    @Test(arguments: ["client_secret_basic", "client_secret_post", "client_secret_jwt"])
    func `a method of secrets needs one`(_ method: String) throws {
        let client = try registered { $0.keySet = try .example() }
        #expect(
            thrownFindings { try changed(client) { $0.method = method } }.map(\.field) == [
                .clientSecret
            ]
        )
        let with = try changed(client) {
            $0.method = method
            $0.secret = "secret"
        }
        #expect(with.secretHash != nil)
        #expect(with.sharedSecret == (method == "client_secret_jwt" ? "secret" : nil))
    }

    @Test func `a shared secret ends with its method, and a hash makes none`() throws {
        let shared = try registered { $0.method = "client_secret_jwt" }
        #expect(shared.sharedSecret != nil)
        let basic = try changed(shared) { $0.method = "client_secret_basic" }
        #expect(basic.sharedSecret == nil && basic.secretHash == shared.secretHash)
        #expect(
            thrownFindings { try changed(basic) { $0.method = "client_secret_jwt" } }.map(\.field)
                == [.clientSecret]
        )
        #expect(
            try changed(basic) {
                $0.method = "none"; $0.grantTypes = ["password"]
            }.secretHash == nil
        )
    }

    @Test func `a key set stands for its certificates where these authenticate`() throws {
        let (one, two) = (
            try CertificateRecord.of(Vectors.one), try CertificateRecord.of(Vectors.two)
        )
        let set = ClientInformation.value(try registered { $0.certificates = [one, two] })["jwks"]
        let text = try #require(set).indentedText
        let keySet = try KeySetRegistration(Array(text.utf8))
        let client = try registered {
            $0.method = "self_signed_tls_client_auth"
            $0.keySet = keySet
        }
        #expect(client.certificates.map(\.thumbprint) == [one.thumbprint, two.thumbprint])
        #expect(client.jwks == nil)
        // Without certificates in it there is nothing to register, and that alone is said.
        let findings = thrownFindings {
            try registered {
                $0.method = "self_signed_tls_client_auth"
                $0.keySet = try .example()
            }
        }
        #expect(findings.map(\.field) == [.jwks] && findings.map(\.kind) == [.unusable])
        #expect(findings.first?.words.contains("x5c") == true)
    }

    @Test func `keys that are ignored are told of`() throws {
        let text = KeySetRegistration.text.dropLast(2) + #",{"kty":"AKP","kid":"new"}]}"#
        let keySet = try KeySetRegistration(Array(text.utf8))
        var change = ClientChange()
        change.keySet = keySet
        let made = try ClientRegistration.new(change, at: Vectors.now)
        #expect(made.warnings.map(\.field) == [.jwks])
        #expect(made.warnings.first?.text.contains("`new`") == true)
    }

    @Test(arguments: ["", "{}", #"{"keys":[]}"#, "-----BEGIN PUBLIC KEY-----\n", "\u{0}\u{0}"])
    func `a text that is no key set is refused`(_ text: String) {
        let findings = thrownFindings { try KeySetRegistration(Array(text.utf8)) }
        #expect(findings.map(\.field) == [.jwks] && findings.map(\.kind) == [.unusable])
    }
}

/// Records that older versions, or older rules, have left.
struct OldRecordTests {
    /// A record that no front end would accept today.
    private static let old = ClientRecord(
        clientID: String(repeating: "i", count: 255),
        name: " old\u{7}",
        authenticationMethod: "self_signed_tls_client_auth",
        grantTypes: ["implicit"],
        scopes: ["é"],
        redirectURIs: ["/relative"],
        audiences: ["ä"],
        tokenLifetime: 40_000_000,
        reuseWindow: 90_000,
        createdAt: 1,
        updatedAt: 1
    )

    @Test func `an old record can be disabled, enabled and renamed`() throws {
        let disabled = try changed(Self.old) { $0.isEnabled = false }
        #expect(!disabled.enabled && disabled.scopes == Self.old.scopes)
        #expect(try changed(disabled) { $0.isEnabled = true }.enabled)
        #expect(try changed(Self.old) { $0.name = "new" }.name == "new")
        #expect(try changed(Self.old) { $0.mayIntrospect = true }.mayIntrospect)
    }

    @Test func `what a change brings in is judged`() throws {
        func fields(_ write: (inout ClientChange) throws -> Void) -> [RegistrationField] {
            thrownFindings { try changed(Self.old, write) }.map(\.field)
        }
        // The same mistake, made again, is one.
        #expect(fields { $0.scopes = ["ö"] } == [.scope])
        #expect(fields { $0.grantTypes = ["hybrid"] } == [.grantTypes])
        #expect(fields { $0.name = " other" } == [.clientName])
        #expect(fields { $0.tokenLifetime = 50_000_000 } == [.tokenLifetime, .reuseWindow])
        #expect(
            fields { $0.redirectURIs = ["/relative", "/more"] } == [.redirectURIs, .redirectURIs]
        )
        // Together with what is right, too.
        #expect(
            fields {
                $0.isEnabled = false; $0.tokenFormat = "opaque"
            } == [.tokenFormat]
        )
        // A mistake that is put right is none.
        #expect(try changed(Self.old) { $0.scopes = ["read"] }.scopes == ["read"])
    }

    @Test func `a client of an unknown method can be disabled, and given one that is known`() throws
    {
        var old = Self.old
        old.authenticationMethod = "ancient"
        #expect(try !changed(old) { $0.isEnabled = false }.enabled)
        let turned = try changed(old) {
            $0.method = "client_secret_basic"
            $0.secret = "secret"
        }
        #expect(turned.method == .secretBasic)
        #expect(
            thrownFindings { try changed(old) { $0.method = "other" } }.map(\.field) == [
                .authenticationMethod
            ]
        )
    }

    @Test func `a record beyond today's limits is still served`() throws {
        var old = Self.old
        (old.grantTypes, old.scopes) = (["password"], (0..<70).map { "s\($0)" })
        let client = try ClientMapping.client(old)
        #expect(client.isEnabled && client.id.count == 255)
    }
}

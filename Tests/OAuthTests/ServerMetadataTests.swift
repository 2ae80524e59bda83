// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting
import Testing

@testable import OAuth

struct ServerMetadataTests {
    private func members(_ issuer: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(
            with: Data(ServerMetadata(issuer: issuer).json())
        )
        return try #require(object as? [String: Any])
    }

    @Test func `the issuer stands as it is, and the endpoints under it`() throws {
        let members = try members("https://as.example")
        #expect(members["issuer"] as? String == "https://as.example")
        #expect(members["token_endpoint"] as? String == "https://as.example/oauth2/token")
        #expect(members["jwks_uri"] as? String == "https://as.example/oauth2/jwks")
    }

    @Test(arguments: [
        ("https://as.example/", "https://as.example"),
        ("https://as.example/tenant", "https://as.example/tenant"),
        ("https://as.example:9443/tenant/", "https://as.example:9443/tenant"),
    ])
    func `an issuer keeps its slash, but its endpoints do not get two`(
        issuer: String,
        base: String
    ) throws {
        let members = try members(issuer)
        #expect(members["issuer"] as? String == issuer)
        #expect(members["token_endpoint"] as? String == base + "/oauth2/token")
        #expect(members["jwks_uri"] as? String == base + "/oauth2/jwks")
    }

    @Test func `the issuer is the one that stands in the tokens`() throws {
        let issuer = "https://as.example/a\"b"
        let fixture = try TokenFixture(
            registry(client()),
            settings: IssuerSettings(
                issuer: issuer,
                tokens: TokenSettings(audience: "urn:a", lifetime: 60)
            )
        )
        #expect(try members(issuer)["issuer"] as? String == (try fixture.token().claims.iss))
    }

    @Test func `every grant type that is named is known to the token endpoint`() throws {
        let named = try #require(
            try members("https://as.example")["grant_types_supported"] as? [String]
        )
        #expect(named == Grant.allCases.map(\.rawValue))
        let fixture = try TokenFixture(registry(client("app", policy(grants: []))))
        func code(_ grant: String) throws -> OAuthError.Code? {
            try fixture.ask("client_id=app&grant_type=\(grant)").error?.code
        }
        for grant in named { #expect(try code(grant) == .unauthorizedClient) }
        for grant in ["authorization_code", "refresh_token", "implicit"]
        where !named.contains(grant) {
            #expect(try code(grant) == .unsupportedGrantType)
        }
    }

    @Test func `every authentication method that is named can be registered`() throws {
        let member = "token_endpoint_auth_methods_supported"
        let named = try #require(try members("https://as.example")[member] as? [String])
        #expect(named.contains("tls_client_auth") && named.contains("self_signed_tls_client_auth"))
        for name in named { #expect(ClientAuthenticationMethod(rawValue: name) != nil) }
        #expect(named.count == ClientAuthenticationMethod.allCases.count)
        // A client that proves nothing may not ask about tokens (RFC 7662 §2.1).
        let others = "introspection_endpoint_auth_methods_supported"
        let asking = try #require(try members("https://as.example")[others] as? [String])
        #expect(named.contains("none") && !asking.contains("none"))
    }

    @Test func `only algorithms that a generated secret is long enough for are named`() throws {
        let member = "token_endpoint_auth_signing_alg_values_supported"
        let named = try #require(try members("https://as.example")[member] as? [String])
        #expect(named.contains("HS256") && named.contains("ES256"))
        #expect(Set(named).isDisjoint(with: ["HS384", "HS512", "none"]))
        let secret = try ClientSecretHash.generate()
        for algorithm in MessageAuthenticationAlgorithm.allCases {
            let isLongEnough = secret.utf8.count >= algorithm.byteCount
            #expect(named.contains(algorithm.rawValue) == isLongEnough)
        }
    }

    @Test func `response types are told even where there are none, and scopes by choice`() throws {
        let plain = try members("https://as.example")
        #expect(plain["response_types_supported"] as? [String] == ["code"])
        var machines = SecurityProfile.standard
        machines.grants = [.clientCredentials]
        let none = ServerMetadata(issuer: "https://as.example", profiles: [machines]).json()
        let few = try JSONSerialization.jsonObject(with: Data(none)) as? [String: Any]
        #expect(few?["response_types_supported"] as? [String] == [])
        #expect(few?["authorization_endpoint"] == nil)
        #expect(plain["scopes_supported"] == nil)
        let json = ServerMetadata(issuer: "https://as.example", scopes: ["read", "a:b"]).json()
        let named = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
        #expect(named?["scopes_supported"] as? [String] == ["read", "a:b"])
    }

    @Test(arguments: [
        ("https://as.example", ""), ("https://as.example/", ""), ("https://as.example/t", "/t"),
        ("https://as.example:1/t/u/", "/t/u"), ("https://[::1]/t", "/t"),
    ])
    func `the document stands where its readers look`(_ issuer: String, _ path: String) {
        #expect(ServerMetadata.path(of: issuer) == path)
        #expect(ServerMetadata.url(issuer, "/x").hasSuffix(path + "/x"))
        let paths = ServerMetadata.documentPaths(below: path)
        #expect(paths.contains("/.well-known/oauth-authorization-server" + path))
        #expect(paths.contains(path + "/.well-known/openid-configuration"))
        #expect(Set(paths).count == paths.count)
    }

    @Test func `tokens can be bound to certificates`() throws {
        let member = "tls_client_certificate_bound_access_tokens"
        #expect(try members("https://as.example")[member] as? Bool == true)
    }

    @Test func `what does not exist is not named`() throws {
        let names = Set(try members("https://as.example").keys)
        let absent: Set = [
            "device_authorization_endpoint", "registration_endpoint", "userinfo_endpoint",
        ]
        #expect(names.isDisjoint(with: absent))
    }
}

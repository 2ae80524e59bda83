// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

struct TokenEndpointTests {
    private let credentials = "client_id=app&grant_type=client_credentials"

    @Test func `a client with its own grant gets a token`() throws {
        let fixture = try TokenFixture(registry(client()))
        let response = try #require(try fixture.ask(credentials).response)
        #expect(response.tokenType == "Bearer")
        #expect(response.expiresIn == 600)
        #expect(response.scope == "read write")
        #expect(response.accessToken.split(separator: ".").count == 3)
    }

    // MARK: grant_type

    @Test(arguments: ["client_id=app", "client_id=app&grant_type="])
    func `a request without a grant type is refused`(body: String) throws {
        let fixture = try TokenFixture(registry(client()))
        #expect(try fixture.ask(body).error == .invalidRequest("", check: .grantType))
    }

    @Test(arguments: [
        "authorization_codes", "refresh", "implicit", "CLIENT_CREDENTIALS", "client_credentials+",
        "client_credential", "client_credentialss", "passwor",
        "urn:ietf:params:oauth:grant-type:device_code",
    ])
    func `a grant type that nobody has is refused`(grant: String) throws {
        let fixture = try TokenFixture(registry(client()))
        let error = try fixture.ask("client_id=app&grant_type=\(grant)").error
        #expect(error == OAuthError(.unsupportedGrantType, "", check: .grantType))
    }

    @Test func `a grant type that the client may not use is refused`() throws {
        let apps = [try client("app"), try client("human", policy(grants: [.password]))]
        let fixture = try TokenFixture(registry(apps[0], apps[1]))
        let refused = OAuthError(.unauthorizedClient, "", check: .grantType)
        let password = "grant_type=password&username=ann&password=pw"
        #expect(try fixture.ask("client_id=app&\(password)").error == refused)
        #expect(try fixture.ask("client_id=human&\(password)").check != nil)
        let own = "grant_type=client_credentials"
        #expect(try fixture.ask("client_id=human&\(own)").error == refused)
        #expect(try fixture.ask("client_id=app&\(own)").response != nil)
    }

    @Test func `a client without any grant gets nothing`() throws {
        let fixture = try TokenFixture(registry(client("app", policy(grants: []))))
        let refused = OAuthError(.unauthorizedClient, "", check: .grantType)
        #expect(try fixture.ask(credentials).error == refused)
    }

    @Test(arguments: [
        "", "&grant_type=nonsense", "&grant_type=client_credentials&scope=root",
        "&grant_type=client_credentials&resource=urn:x",
    ])
    func `nobody learns about grants and scopes who is not authenticated`(rest: String) throws {
        let fixture = try TokenFixture(registry(client()))
        let stranger = StubPeer(thumbprint(9))
        let error = try fixture.ask("client_id=app\(rest)", peer: stranger).error
        #expect(error == .invalidClient(.certificateNotRegistered))
        #expect(try fixture.ask("client_id=nobody\(rest)").error == .invalidClient(.clientUnknown))
        #expect(error?.description.description == "client authentication failed")
    }

    // MARK: scope

    @Test(arguments: [
        ("", "read write"), ("&scope=", "read write"), ("&scope=read", "read"),
        ("&scope=write", "write"), ("&scope=write+read", "read write"),
        ("&scope=read%20read", "read"),
    ])
    func `a token has the scopes that are asked for, or all`(rest: String, scope: String) throws {
        let answer = try TokenFixture(registry(client())).ask(credentials + rest)
        #expect(answer.response?.scope == scope)
        #expect(answer.token?.claims.scope == scope)
    }

    @Test(arguments: ["admin", "read+admin", "Read", "+read", "read+", "read++write", "+"])
    func `scopes that are malformed or not registered are refused`(scope: String) throws {
        let fixture = try TokenFixture(registry(client()))
        let error = try fixture.ask("\(credentials)&scope=\(scope)").error
        #expect(error == OAuthError(.invalidScope, "", check: .scope))
    }

    @Test func `a client without scopes gets a token without scope, but none that it asks for`()
        throws
    {
        let fixture = try TokenFixture(registry(client("app", policy(scopes: []))))
        let answer = try fixture.ask(credentials)
        #expect(answer.response != nil && answer.response?.scope == nil)
        #expect(answer.token?.names.contains("scope") == false)
        let error = try fixture.ask("\(credentials)&scope=read").error
        #expect(error == OAuthError(.invalidScope, "", check: .scope))
    }

    // MARK: resource

    @Test(
        arguments: [
            ("", .several(["urn:a", "urn:b"])), ("&resource=urn:b", .one("urn:b")),
            ("&resource=urn:b&resource=urn:a", .several(["urn:b", "urn:a"])),
            ("&resource=urn:a&resource=urn:a", .one("urn:a")),
            ("&resource=", .several(["urn:a", "urn:b"])),
        ] as [(String, Audience)]
    )
    func `a token is for the resources that are asked for, or for all`(
        rest: String,
        audience: Audience
    ) throws {
        let app = try client("app", policy(audiences: ["urn:a", "urn:b"]))
        let fixture = try TokenFixture(registry(app))
        #expect(try fixture.token(credentials + rest).claims.aud == audience)
    }

    @Test(arguments: ["urn:c", "urn:a&resource=urn:c", "urn:A", "urn:", "https://api.example"])
    func `a resource that is not registered is refused`(resource: String) throws {
        let app = try client("app", policy(audiences: ["urn:a", "urn:b"]))
        let error = try TokenFixture(registry(app)).ask("\(credentials)&resource=\(resource)").error
        #expect(error == OAuthError(.invalidTarget, "", check: .resource))
    }

    // MARK: binding

    @Test func `a client that binds its tokens gets none without a certificate`() throws {
        let bound = try client("bound", policy(.secretBasic), secret: "pw")
        let free = try client("free", policy(.secretBasic, bindsTokens: false), secret: "pw")
        let fixture = try TokenFixture(registry(bound, free))
        let body = "grant_type=client_credentials"
        func ask(_ id: String, _ peer: StubPeer) throws -> TokenFixture.Answer {
            try fixture.ask(body, authorization: basic(id, "pw"), peer: peer)
        }
        let without = StubPeer(nil)
        #expect(try ask("bound", without).error == .invalidRequest("", check: .binding))
        #expect(try ask("free", without).token?.claims.cnf == nil)
        #expect(try ask("free", without).token != nil)
        // A client with a secret binds to whatever certificate it has proven (RFC 8705 §3).
        let with = StubPeer(thumbprint(7))
        let token = try #require(try ask("bound", with).token)
        #expect(token.claims.cnf?.thumbprint == thumbprint(7).base64URL)
        #expect(try ask("free", with).token?.claims.cnf == nil)
    }

    // MARK: the registry and the keys of the moment

    @Test func `every request is decided by the registry as it then is`() throws {
        let fixture = try TokenFixture(registry(client()))
        #expect(try fixture.ask(credentials).response != nil)
        fixture.registry = try registry(client(isEnabled: false))
        #expect(try fixture.ask(credentials).error == .invalidClient(.clientDisabled))
        fixture.registry = try registry(client(certificates: [certificate(2)]))
        let error = try fixture.ask(credentials).error
        #expect(error == .invalidClient(.certificateNotRegistered))
        fixture.registry = registry()
        #expect(try fixture.ask(credentials).error == .invalidClient(.clientUnknown))
        fixture.registry = try registry(client("app", policy(scopes: ["other"])))
        #expect(try fixture.ask(credentials).response?.scope == "other")
    }

    @Test func `without a usable key nothing is issued and nothing is written`() throws {
        let over = SigningKeys([try signingKey(retiredAt: noon)])
        let fixture = try TokenFixture(registry(client()), keys: over)
        #expect(try fixture.ask(credentials).error?.code == .temporarilyUnavailable)
        #expect(try fixture.ask(credentials, now: noon - 1).response != nil)
    }

    @Test func `without a key nothing is issued until there is one`() throws {
        let fixture = try TokenFixture(registry(client()), keys: SigningKeys([]))
        let refused = try fixture.ask(credentials).refused
        #expect(refused?.error.code == .temporarilyUnavailable)
        #expect(refused?.error.check == .tokenKeys && refused?.retryAfter != nil)
        fixture.use(SigningKeys([try signingKey()]))
        #expect(try fixture.ask(credentials).response != nil)
    }
}

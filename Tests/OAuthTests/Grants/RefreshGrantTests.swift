// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// The refresh token grant (RFC 6749 §6): for whom a token is good, and what it may ask for.
struct RefreshGrantTests {
    private let other = StubPeer(thumbprint(2))

    private func fixture(_ app: Client? = nil) throws -> GrantFixture {
        try GrantFixture(
            app ?? client("app", lasting()),
            client("other", lasting(), certificates: [certificate(2)])
        )
    }

    private let badScope = OAuthError(.invalidScope, "", check: .scope)
    private let badResource = OAuthError(.invalidTarget, "", check: .resource)

    // MARK: what it gives

    @Test func `a refresh token gives another access token for the same user`() throws {
        let fixture = try fixture()
        let first = try fixture.exchange(fixture.code())
        let token = try #require(first.response?.refreshToken)
        let claims = try #require(try fixture.refresh(token, now: noon + 5).token).claims
        let before = try #require(first.token).claims
        #expect(claims.sub == before.sub && claims.jti != before.jti && claims.iat == noon + 5)
        #expect(claims.scope == before.scope && claims.aud == before.aud)
        #expect(claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test func `a password gives one too, if the client is registered for that`() throws {
        let fixture = try fixture()
        let token = try #require(try fixture.logIn(as: "app", "&scope=read").response)
        #expect(try fixture.refresh(token.refreshToken).token?.claims.scope == "read")
        let without = try self.fixture(client("app", lasting { $0.grants = [.password] }))
        let answer = try without.logIn()
        #expect(answer.response != nil && answer.response?.refreshToken == nil)
        #expect(without.grants.written.isEmpty)
    }

    @Test func `a client that acts for itself gets none`() throws {
        let answer = try fixture().tokens.ask("grant_type=client_credentials&client_id=app")
        #expect(answer.response != nil && answer.response?.refreshToken == nil)
    }

    @Test func `one that is missing is a bad request, and one that is unknown no grant`() throws {
        let fixture = try fixture()
        let missing = OAuthError(.invalidRequest, "", check: .refreshToken)
        #expect(try fixture.refresh(nil).error == missing)
        #expect(try fixture.refresh("").error == missing)
        let code = try fixture.code()
        let first = try #require(try fixture.exchange(code).response)
        let token = try #require(first.refreshToken)
        let stranger = String(
            decoding: try RefreshToken(of: GrantSecret()).text,
            as: UTF8.self
        )
        for text in [
            "x", code.text, first.accessToken, "\(token.dropLast())", token + "A", stranger,
        ] {
            #expect(try fixture.refresh(text).error == .badRefreshToken, "\(text)")
        }
        #expect(fixture.grants.revoked.isEmpty)
        #expect(try fixture.refresh(token).response != nil)
    }

    @Test func `one flipped bit anywhere is refused, and revokes nothing`() throws {
        let fixture = try fixture(client("app", lasting(), grantPolicy: .rotating))
        let token = Array(try fixture.refreshToken().utf8)
        for index in token.indices {
            var changed = token
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            #expect(try fixture.refresh(text, now: noon + 60).error == .badRefreshToken)
        }
        #expect(fixture.grants.revoked.isEmpty && fixture.grants.families.count == 1)
    }

    // MARK: whose it is

    @Test func `it is no other client's, and an attempt changes nothing`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let row = try fixture.family(of: token)
        #expect(try fixture.refresh(token, as: "other", peer: other).error == .badRefreshToken)
        #expect(try fixture.refresh(token, peer: other).error?.code == .invalidClient)
        #expect(try fixture.refresh(token, peer: StubPeer(nil)).error?.code == .invalidClient)
        #expect(try fixture.family(of: token) == row && fixture.grants.revoked.isEmpty)
        #expect(try fixture.refresh(token).response != nil)
    }

    @Test func `a client that may not use it any more is told so`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        fixture.use(try client("app", lasting { $0.grants = [.authorizationCode] }))
        let lost = OAuthError(.unauthorizedClient, "", check: .grantType)
        #expect(try fixture.refresh(token).error == lost)
        fixture.use(try client("app", lasting(), isEnabled: false))
        #expect(try fixture.refresh(token).error == .invalidClient(.clientDisabled))
        fixture.use(try client("app", lasting()))
        #expect(try fixture.refresh(token).response != nil)
    }

    @Test func `a user who is disabled, gone or starts anew has none`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        func answer(_ user: User?) throws -> TokenFixture.Answer {
            fixture.use(try client("app", lasting()), users: user.map { ["ann": $0] } ?? [:])
            return try fixture.refresh(token)
        }
        func user(isEnabled: Bool = true, validFrom: Int64 = 0) -> User {
            User(
                subject: "user:ann",
                passwordHash: "other",
                isEnabled: isEnabled,
                tokensValidFrom: validFrom
            )
        }
        #expect(try answer(nil).error == .badRefreshToken)
        #expect(try answer(user(isEnabled: false)).error == .badRefreshToken)
        #expect(try answer(user(validFrom: noon + 1)).error == .badRefreshToken)
        #expect(try answer(user(validFrom: noon)).response != nil)
    }

    @Test func `a client that starts anew has none`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let access = try #require(try fixture.refresh(token).response).accessToken
        for (validFrom, isGood) in [(noon, true), (noon + 1, false)] {
            fixture.use(try client("app", lasting(), tokensValidFrom: validFrom))
            #expect(try (fixture.refresh(token).response != nil) == isGood)
            #expect(try fixture.isActive(token) == isGood)
            #expect(try fixture.isActive(access) == isGood)
        }
    }

    // MARK: certificates

    @Test func `a public client's is bound to the certificate of its first request`() throws {
        for isPassword in [false, true] {
            let fixture = try GrantFixture(publicClient(rotates: false))
            let first =
                try isPassword
                ? fixture.logIn(peer: StubPeer(thumbprint(1)))
                : fixture.exchange(fixture.code(), peer: StubPeer(thumbprint(1)))
            let token = try #require(first.response?.refreshToken)
            for peer in [other, StubPeer(nil)] {
                #expect(try fixture.refresh(token, peer: peer).error == .badRefreshToken)
            }
            let failed = StubPeer(thumbprint(1), proxyVerification: .failed)
            #expect(try fixture.refresh(token, peer: failed).error == .badRefreshToken)
            #expect(try fixture.refresh(token).response != nil, "\(isPassword)")
            #expect(fixture.grants.revoked.isEmpty)
        }
    }

    @Test func `a public client without a certificate is bound to none`() throws {
        for isPassword in [false, true] {
            let fixture = try GrantFixture(publicClient(rotates: false))
            for peer in [StubPeer(nil), StubPeer(thumbprint(1), proxyVerification: .failed)] {
                let first =
                    try isPassword
                    ? fixture.logIn(peer: peer) : fixture.exchange(fixture.code(), peer: peer)
                let token = try #require(first.response?.refreshToken)
                #expect(try fixture.refresh(token, peer: other).response != nil)
            }
        }
    }

    @Test func `a confidential client may renew its certificate within its registration`() throws {
        let both = [certificate(1), certificate(2)]
        let fixture = try GrantFixture(client("app", lasting(), certificates: both))
        let token = try fixture.refreshToken()
        let claims = try fixture.refresh(token, peer: other).token?.claims
        #expect(claims?.cnf?.thumbprint == thumbprint(2).base64URL)
        let third = try fixture.refresh(token, peer: StubPeer(thumbprint(3)))
        #expect(third.error == .invalidClient(.certificateNotRegistered))
    }

    // MARK: scope and audience

    @Test func `the scope narrows, and the original one stays available`() throws {
        let fixture = try fixture(
            client("app", lasting { $0.scopes = ["read", "write", "admin"] })
        )
        let code = try fixture.code(scopes: ["read", "write"])
        var token = try fixture.exchange(code, "&scope=read").response?.refreshToken
        func scope(_ rest: String) throws -> String? {
            let answer = try fixture.refresh(token, as: "app", rest).response
            token = answer?.refreshToken
            return answer?.scope
        }
        #expect(try scope("") == "read write")
        #expect(try scope("&scope=write") == "write")
        #expect(try scope("&scope=write+read") == "read write")
        for wider in ["admin", "read+admin", "read+write+admin", "root"] {
            #expect(try fixture.refresh(token, as: "app", "&scope=\(wider)").error == badScope)
        }
        #expect(try scope("") == "read write")
    }

    @Test func `a scope that the client has lost is left out, and no new one comes in`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        fixture.use(try client("app", lasting { $0.scopes = ["admin", "write"] }))
        #expect(try fixture.refresh(token).response?.scope == "write")
        for scope in ["read", "admin"] {
            #expect(try fixture.refresh(token, as: "app", "&scope=\(scope)").error == badScope)
        }
        fixture.use(try client("app", lasting { $0.scopes = ["admin"] }))
        #expect(try fixture.refresh(token).error == badScope)
        #expect(fixture.grants.revoked.isEmpty)
    }

    @Test func `a grant without scopes stays one`() throws {
        let fixture = try fixture()
        let token = try fixture.exchange(fixture.code(scopes: [])).response?.refreshToken
        let answer = try fixture.refresh(token)
        #expect(answer.response != nil && answer.response?.scope == nil)
        #expect(try fixture.refresh(token, as: "app", "&scope=read").error == badScope)
    }

    @Test func `the audience narrows, and the original one stays available`() throws {
        let all = ["urn:a", "urn:b", "urn:c"]
        let fixture = try fixture(client("app", lasting { $0.audiences = all }))
        let code = try fixture.code(audiences: ["urn:a", "urn:b"])
        let token = try fixture.exchange(code).response?.refreshToken
        func audience(_ rest: String) throws -> Audience? {
            try fixture.refresh(token, as: "app", rest).token?.claims.aud
        }
        #expect(try audience("") == .several(["urn:a", "urn:b"]))
        #expect(try audience("&resource=urn:b") == .one("urn:b"))
        for wider in ["urn:c", "urn:x", "urn:a&resource=urn:c", "https://api.example"] {
            #expect(
                try fixture.refresh(token, as: "app", "&resource=\(wider)").error == badResource
            )
        }
        #expect(try audience("") == .several(["urn:a", "urn:b"]))
    }

    @Test func `an audience that the client has lost is left out, and none comes in`() throws {
        let fixture = try fixture(client("app", lasting { $0.audiences = ["urn:a", "urn:b"] }))
        let code = try fixture.code(audiences: ["urn:a", "urn:b"])
        let token = try fixture.exchange(code).response?.refreshToken
        fixture.use(try client("app", lasting { $0.audiences = ["urn:b", "urn:c"] }))
        #expect(try fixture.refresh(token).token?.claims.aud == .one("urn:b"))
        fixture.use(try client("app", lasting { $0.audiences = ["urn:c"] }))
        #expect(try fixture.refresh(token).error == badResource)
        fixture.use(try client("app", lasting()))
        #expect(try fixture.refresh(token).error == badResource)
    }

    @Test func `a grant for the server's own audience does not become one for others`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let own = "https://api.example"
        fixture.use(try client("app", lasting { $0.audiences = ["urn:c", own] }))
        #expect(try fixture.refresh(token).token?.claims.aud == .one(own))
        #expect(try fixture.refresh(token, as: "app", "&resource=urn:c").error == badResource)
        fixture.use(try client("app", lasting { $0.audiences = ["urn:c"] }))
        #expect(try fixture.refresh(token).error == badResource)
    }

    @Test func `access tokens of a grant live no longer than at its beginning`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        for (lifetime, lived) in [(nil, 600), (60, 60), (601, 600), (86_400, 600)] {
            fixture.use(try client("app", lasting { $0.lifetime = lifetime }))
            #expect(try fixture.refresh(token).response?.expiresIn == lived)
        }
        // A grant that begins then has them.
        let log = try #require(try fixture.logIn().response)
        #expect(log.expiresIn == 86_400)
        #expect(try fixture.refresh(log.refreshToken).response?.expiresIn == 86_400)
    }
}

extension GrantPolicy {
    static let rotating = GrantPolicy(rotatesRefreshTokens: true)
}

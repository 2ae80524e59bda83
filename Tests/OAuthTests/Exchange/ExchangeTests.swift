// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing
import Text

@testable import OAuth

/// Tokens that are exchanged (RFC 8693), each with what refuses its twin.
struct ExchangeTests {
    private let actor: JSONValue = .object([
        "sub": .string("gateway"), "iss": .string("https://as.example"),
    ])

    @Test(arguments: AccessTokenFormat.allCases, AccessTokenFormat.allCases)
    func `a user's token becomes one by which the gateway acts for the user`(
        subject: AccessTokenFormat,
        result: AccessTokenFormat
    ) throws {
        let fixture = try ExchangeFixture(
            ExchangeParties().with { parties in
                parties.web.format = subject
                parties.gateway.format = result
            }
        )
        let answer = try fixture.exchanged(fixture.userToken(), "&scope=read")
        #expect(answer.issuedTokenType == accessTokenType)
        #expect(answer.tokenType == "Bearer" && answer.refreshToken == nil)
        #expect(answer.scope == "read")
        let said = try fixture.introspected(answer.accessToken)
        #expect(said.isActive)
        #expect(said["sub"] == .string("user:ann"))
        #expect(said["client_id"] == .string("gateway"))
        #expect(said["act"] == actor)
        #expect(said["aud"]?.texts == ExchangeParties.orders)
        #expect(said["cnf"]?["x5t#S256"]?.text == thumbprint(2).base64URL)
        #expect(said["may_act"] == nil)
        if result == .jwt {
            let claims = try claims(of: answer.accessToken)
            for name in ["sub", "client_id", "act", "aud", "cnf", "scope", "exp"] {
                #expect(claims[name] == said[name])
            }
        }
        let twin = try fixture.ask(fixture.userToken("&resource=https://api.example"))
        #expect(twin.error?.check == .subjectTokenAudience)
    }

    @Test func `a client's token is exchanged like a user's`() throws {
        let fixture = try ExchangeFixture()
        let answer = try fixture.exchanged(fixture.webToken())
        let said = try fixture.introspected(answer.accessToken)
        #expect(said["sub"] == .string("web") && said["act"] == actor)
        // Its subject is the client, and no user of that name.
        try fixture.change { $0.isWebEnabled = false }
        #expect(try !fixture.introspected(answer.accessToken).isActive)
    }

    @Test func `the answer to jwt is a JWT, where the client's tokens are`() throws {
        let fixture = try ExchangeFixture()
        let asked = "&requested_token_type=\(jwtType)"
        let answer = try fixture.exchanged(fixture.userToken(), asked)
        #expect(answer.issuedTokenType == jwtType)
        #expect(answer.accessToken.split(separator: ".").count == 3)
        let same = "&requested_token_type=\(accessTokenType)"
        #expect(
            try fixture.exchanged(fixture.userToken(), same).issuedTokenType == accessTokenType
        )
        try fixture.change { $0.gateway.format = .sealed }
        let refused = try fixture.ask(fixture.userToken(), asked)
        #expect(refused.error?.check == .exchangeParameters)
    }

    // MARK: actors

    @Test func `each exchange puts the newest actor outermost, four at most`() throws {
        let fixture = try ExchangeFixture()
        let names = (1...5).map { "hop\($0)" }
        try fixture.change { parties in
            parties.gateway.audiences = ["urn:hop1"]
            parties.others = try names.enumerated().map { index, name in
                try client(
                    name,
                    policy(
                        grants: ExchangeParties.gatewayGrants,
                        scopes: ["read", "write"],
                        audiences: ["urn:hop\(index + 2)"]
                    ),
                    certificates: [certificate(UInt8(10 + index))],
                    grantPolicy: GrantPolicy(
                        exchange: ExchangePolicy(
                            ownAudiences: ["urn:hop\(index + 1)"],
                            takesBoundTokens: true
                        )
                    )
                )
            }
        }
        var token = try fixture.exchanged(fixture.userToken()).accessToken
        var expected = ["gateway"]
        for (index, name) in names.prefix(3).enumerated() {
            let peer = UInt8(10 + index)
            token = try fixture.exchanged(token, of: name, peer: peer).accessToken
            expected.insert(name, at: 0)
            var found: [String] = []
            var act = try claims(of: token)["act"]
            while let actor = act {
                found.append(actor["sub"]?.text ?? "")
                #expect(actor["iss"]?.text == "https://as.example")
                act = actor["act"]
            }
            #expect(found == expected)
            #expect(try claims(of: token)["sub"] == .string("user:ann"))
        }
        let fifth = try fixture.ask(token, of: "hop4", peer: 13)
        #expect(fifth.error?.check == .actorChain && fifth.error?.code == .invalidRequest)
    }

    @Test func `an actor token names the actor, and binds the token's life to its own`() throws {
        let fixture = try ExchangeFixture()
        let worker = try client(
            "worker",
            policy(audiences: [gatewayAudience], bindsTokens: false),
            certificates: [certificate(4)]
        )
        try fixture.change { $0.others = [worker] }
        let actorToken = try fixture.tokens.text(
            "grant_type=client_credentials&client_id=worker",
            peer: StubPeer(thumbprint(4)),
            now: noon - 700
        )
        let rest = "&actor_token=\(actorToken)&actor_token_type=\(accessTokenType)"
        let answer = try fixture.exchanged(fixture.userToken(), rest)
        #expect(try claims(of: answer.accessToken)["act"]?["sub"] == .string("worker"))
        #expect(answer.expiresIn == 200)
        try fixture.change { $0.others = [] }
        let refused = try fixture.ask(fixture.userToken(), rest)
        #expect(refused.error?.check == .actorToken && refused.error?.code == .invalidRequest)
    }

    @Test func `may_act lets the party in that it names, and stays in the new token`() throws {
        let fixture = try ExchangeFixture()
        let named = ExchangeFixture.claims(["may_act": actor], kind: .user)
        let answer = try fixture.exchanged(fixture.signed(named))
        #expect(try claims(of: answer.accessToken)["may_act"] == actor)
        #expect(try fixture.introspected(answer.accessToken)["may_act"] == actor)
        let other: JSONValue = .object([
            "sub": .string("other"), "iss": .string("https://as.example"),
        ])
        let refused = try fixture.ask(
            fixture.signed(ExchangeFixture.claims(["may_act": other], kind: .user))
        )
        #expect(refused.error?.check == .mayAct)
    }

    // MARK: its own tokens

    @Test(arguments: AccessTokenFormat.allCases)
    func `a client makes its own token less, without becoming its actor`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try ExchangeFixture(
            ExchangeParties().with { parties in
                parties.exchange = ExchangePolicy()
                parties.gateway.format = format
            }
        )
        let rest = "&scope=read&resource=https://orders.example"
        let answer = try fixture.exchanged(fixture.ownToken(), rest)
        let said = try fixture.introspected(answer.accessToken)
        #expect(said["sub"] == .string("gateway") && said["client_id"] == .string("gateway"))
        #expect(said["scope"] == .string("read"))
        #expect(said["aud"] == .string("https://orders.example"))
        #expect(said["act"] == nil)
        // Less stays less.
        let more = try fixture.ask(answer.accessToken, "&scope=write")
        #expect(more.error?.code == .invalidScope)
        let elsewhere = try fixture.ask(answer.accessToken, "&audience=https://stock.example")
        #expect(elsewhere.error?.code == .invalidTarget)
        let again = try fixture.exchanged(answer.accessToken)
        #expect(again.scope == "read")
    }

    @Test func `impersonation does not change a client's own token either`() throws {
        let fixture = try ExchangeFixture(
            ExchangeParties().with { $0.exchange = ExchangePolicy(mode: .impersonate) }
        )
        let answer = try fixture.ask(fixture.ownToken())
        #expect(answer.response != nil)
        #expect(fixture.tokens.grants.impersonations.isEmpty)
    }

    // MARK: what it is for

    @Test func `audience and resource name the targets together, each once`() throws {
        let fixture = try ExchangeFixture()
        let rest =
            "&audience=https://stock.example&audience=https://orders.example"
            + "&resource=https://stock.example"
        let answer = try fixture.exchanged(fixture.userToken(), rest)
        #expect(
            try claims(of: answer.accessToken)["aud"]?.texts == [
                "https://stock.example", "https://orders.example",
            ]
        )
        let one = try fixture.exchanged(fixture.userToken(), "&audience=https://stock.example")
        #expect(try claims(of: one.accessToken)["aud"] == .string("https://stock.example"))
        let refused = try fixture.ask(fixture.userToken(), rest + "&audience=https://x.example")
        #expect(refused.error?.code == .invalidTarget && refused.error?.check == .resource)
    }

    @Test func `without a scope the new token has what client and subject token share`() throws {
        let fixture = try ExchangeFixture()
        // `admin` is not the gateway's, and `pack` not the user's.
        #expect(try fixture.exchanged(fixture.userToken()).scope == "read write")
        let less = try fixture.userToken("&resource=\(gatewayAudience)&scope=read%20admin")
        #expect(try fixture.exchanged(less).scope == "read")
        let none = try fixture.userToken("&resource=\(gatewayAudience)&scope=admin")
        #expect(try fixture.ask(none).error?.code == .invalidScope)
    }

    @Test(arguments: [
        // The subject token's rest, the client's own, the server's: the least.
        (100, 300, 200, 100), (300, 100, 200, 100), (300, 200, 100, 100), (900, 900, 600, 600),
    ])
    func `the life is the least of three`(left: Int, own: Int, server: Int, least: Int) throws {
        let fixture = try ExchangeFixture(
            ExchangeParties().with { $0.gateway.lifetime = own },
            exchangeLifetime: server
        )
        let token = try fixture.userToken(now: noon - 900 + Int64(left))
        let answer = try fixture.exchanged(token)
        #expect(answer.expiresIn == least)
        let claims = try claims(of: answer.accessToken)
        #expect(claims["exp"]?.seconds == noon + Int64(least))
    }

    @Test func `a server without a setting of its own gives ten minutes`() throws {
        #expect(TokenSettings(audience: "a").exchangeLifetime == 600)
    }

    // MARK: binding

    @Test func `a client's own token goes on with its next certificate`() throws {
        let renewed = ExchangeParties().with {
            $0.gatewayCertificates = [certificate(2), certificate(3)]
            $0.web.bindsTokens = true
        }
        let fixture = try ExchangeFixture(renewed)
        let answer = try fixture.exchanged(fixture.ownToken(), peer: 3)
        let claims = try claims(of: answer.accessToken)
        #expect(claims["cnf"]?["x5t#S256"]?.text == thumbprint(3).base64URL)
        #expect(claims["act"] == nil)
        // The twin: another client's, though it is meant for this one.
        let twin = try fixture.ask(fixture.webToken(), peer: 3)
        #expect(twin.error?.check == .subjectTokenBinding)
    }

    @Test func `a bound token is taken from its holder, and from others by registration`() throws {
        let bound = ExchangeParties().with { $0.web.bindsTokens = true }
        let fixture = try ExchangeFixture(bound)
        let token = try fixture.userToken()
        #expect(try claims(of: token)["cnf"] != nil)
        #expect(try fixture.ask(token).error?.check == .subjectTokenBinding)
        // The gateway has its certificate: a holder.
        try fixture.change { $0.gatewayCertificates = [certificate(1), certificate(2)] }
        #expect(try fixture.exchanged(token, peer: 1).scope == "read write")
        try fixture.change { $0.exchange.takesBoundTokens = true }
        let answer = try fixture.exchanged(token)
        let claims = try claims(of: answer.accessToken)
        #expect(claims["cnf"]?["x5t#S256"]?.text == thumbprint(2).base64URL)
    }

    @Test func `the new token is bound, whatever the client is registered for`() throws {
        let fixture = try ExchangeFixture(ExchangeParties().with { $0.gateway.bindsTokens = false })
        let answer = try fixture.exchanged(fixture.userToken())
        #expect(
            try claims(of: answer.accessToken)["cnf"]?["x5t#S256"]?.text == thumbprint(2).base64URL
        )
        let secret = try ExchangeFixture(
            ExchangeParties().with { parties in
                parties.others = [
                    try client(
                        "secretive",
                        policy(.secretPost, grants: [.tokenExchange], bindsTokens: false),
                        secret: "s",
                        certificates: [],
                        grantPolicy: GrantPolicy(
                            exchange: ExchangePolicy(ownAudiences: [gatewayAudience])
                        )
                    )
                ]
            }
        )
        let body = try ExchangeFixture.form(secret.userToken(), "&client_secret=s", of: "secretive")
        let unbound = try secret.tokens.ask(body, peer: StubPeer(nil))
        #expect(unbound.error?.check == .binding)
        let held = try secret.tokens.ask(body, peer: StubPeer(thumbprint(9)))
        let cnf = try claims(of: try #require(held.response).accessToken)["cnf"]
        #expect(cnf?["x5t#S256"]?.text == thumbprint(9).base64URL)
    }

    // MARK: grants that last

    @Test(arguments: AccessTokenFormat.allCases)
    func `who revokes a user's grant ends the tokens that were exchanged`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try ExchangeFixture(
            ExchangeParties().with { parties in
                parties.web.grants = [.password, .refreshToken]
                parties.web.bindsTokens = true
                parties.web.format = format
                parties.gateway.format = format
                parties.exchange.takesBoundTokens = true
            }
        )
        let body =
            "grant_type=password&client_id=web&username=ann&password=p"
            + "&resource=\(gatewayAudience)"
        let granted = try #require(
            try fixture.tokens.settle(try fixture.tokens.ask(body)).response
        )
        let answer = try fixture.exchanged(granted.accessToken)
        #expect(answer.refreshToken == nil)
        #expect(try fixture.introspected(answer.accessToken).isActive)
        let refresh = try #require(granted.refreshToken)
        _ = try fixture.tokens.settle(
            try fixture.tokens.revoke("client_id=web&token=\(refresh)")
        )
        #expect(try !fixture.introspected(answer.accessToken).isActive)
        let again = try fixture.ask(granted.accessToken)
        #expect(again.error?.check == .subjectTokenRevoked)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// JWTs of a trusted issuer as subject tokens (RFC 8693 §3, `…:token-type:jwt`).
struct PartnerTokenTests {
    private static let issuer = "https://partner.example"

    private let fixture: ExchangeFixture
    private let key: SigningKeyMaterial

    init() throws {
        key = try signingKey("partner")
        let trusted = try Self.trusting(key)
        fixture = try ExchangeFixture(ExchangeParties().with { $0.issuers = [trusted] })
    }

    private static func trusting(
        _ key: SigningKeyMaterial?,
        clients: [String] = ["gateway"],
        subjects: String? = nil,
        scopes: [String] = [],
        audiences: [String] = [],
        fetchedAt: Int64? = nil
    ) throws -> TrustedIssuer {
        var keys: JSONWebKeySet?
        if let key {
            let set = SigningKeys([key]).jwks(now: noon, tokenLifetimeMax: 900)
            keys = try JSONWebKeySet(set.span)
        }
        return TrustedIssuer(
            name: "partner",
            issuer: issuer,
            keys: keys,
            hasRemoteKeys: fetchedAt != nil,
            keysFetchedAt: fetchedAt,
            algorithms: [.es256],
            clients: clients,
            subjects: subjects.flatMap { SubjectPattern($0) },
            tokenAudiences: audiences,
            scopes: scopes,
            lifetimeMax: 300
        )
    }

    private func token(
        _ changes: [String: JSONValue?] = [:],
        type: String? = "at+jwt",
        algorithm: String = "ES256",
        keyID: String? = "partner",
        by other: SigningKeyMaterial? = nil
    ) throws -> String {
        var claims: [String: JSONValue] = [
            "iss": .string(Self.issuer), "sub": .string("bob"), "aud": .string(gatewayAudience),
            "iat": .integer(noon), "exp": .integer(noon + 300), "scope": .string("read admin"),
        ]
        for (name, value) in changes { claims[name] = value }
        return try fixture.signed(
            .object(claims),
            type: type,
            keyID: keyID,
            algorithm: algorithm,
            by: other ?? key
        )
    }

    @Test(arguments: ["at+jwt", "AT+JWT", "JWT", nil])
    func `a partner's JWT becomes a token of its subject here`(type: String?) throws {
        let answer = try fixture.exchanged(token(type: type), type: jwtType)
        let said = try fixture.introspected(answer.accessToken)
        #expect(said.isActive)
        #expect(said["sub"] == .string("partner:bob") && said["scope"] == .string("read"))
        #expect(said["act"]?["sub"] == .string("gateway"))
        #expect(answer.expiresIn == 300)
        // As what it is not, it is refused.
        let refused = try fixture.ask(token(type: type))
        #expect(refused.error?.check == .subjectToken)
    }

    @Test func `a partner's access token may live long, another JWT may not`() throws {
        let long: [String: JSONValue?] = ["exp": .integer(noon + 7_200)]
        #expect(try fixture.exchanged(token(long), type: jwtType).expiresIn == 600)
        let refused = try fixture.ask(token(long, type: "JWT"), type: jwtType)
        #expect(refused.error?.check == .subjectToken)
    }

    @Test func `a partner's actors stay, and the new one is outermost`() throws {
        let act: JSONValue = .object(["sub": .string("app"), "iss": .string(Self.issuer)])
        let answer = try fixture.exchanged(token(["act": act]), type: jwtType)
        let found = try claims(of: answer.accessToken)["act"]
        #expect(found?["sub"] == .string("gateway") && found?["act"] == act)
        let without: JSONValue = .object(["sub": .string("app")])
        let refused = try fixture.ask(token(["act": without]), type: jwtType)
        #expect(refused.error?.check == .subjectToken)
    }

    @Test func `a partner says who may act, and is named with its own subject as the actor`()
        throws
    {
        let permitted: JSONValue = .object([
            "sub": .string("gateway"), "iss": .string("https://as.example"),
        ])
        #expect(
            try fixture.ask(token(["may_act": permitted]), type: jwtType).response != nil
        )
        let other: JSONValue = .object(["sub": .string("gateway"), "iss": .string(Self.issuer)])
        let refused = try fixture.ask(token(["may_act": other]), type: jwtType)
        #expect(refused.error?.check == .mayAct)
        let rest = try "&actor_token=\(token())&actor_token_type=\(jwtType)"
        let answer = try fixture.exchanged(fixture.userToken(), rest)
        let act = try claims(of: answer.accessToken)["act"]
        #expect(act?["sub"] == .string("bob") && act?["iss"] == .string(Self.issuer))
    }

    @Test func `a bound JWT is taken from its holder, and from others by registration`() throws {
        func bound(_ number: UInt8) -> [String: JSONValue?] {
            ["cnf": .object(["x5t#S256": .string(thumbprint(number).base64URL)])]
        }
        #expect(try fixture.ask(token(bound(2)), type: jwtType).response != nil)
        let refused = try fixture.ask(token(bound(3)), type: jwtType)
        #expect(refused.error?.check == .subjectTokenBinding)
        try fixture.change { $0.exchange.takesBoundTokens = true }
        #expect(try fixture.ask(token(bound(3)), type: jwtType).response != nil)
    }

    @Test func `the issuer's registration bounds scope and audience`() throws {
        let trusted = try Self.trusting(
            key,
            scopes: ["write"],
            audiences: ["https://stock.example"]
        )
        try fixture.change { $0.issuers = [trusted] }
        let both = try token(["scope": .string("read write")])
        let answer = try fixture.exchanged(both, type: jwtType)
        #expect(answer.scope == "write")
        #expect(try claims(of: answer.accessToken)["aud"] == .string("https://stock.example"))
        #expect(try fixture.ask(both, type: jwtType, "&scope=read").error?.code == .invalidScope)
        let elsewhere = "&audience=https://orders.example"
        #expect(try fixture.ask(both, type: jwtType, elsewhere).error?.code == .invalidTarget)
    }

    @Test func `tokens of an issuer that is trusted no more are dead`() throws {
        let answer = try fixture.exchanged(token(), type: jwtType)
        #expect(try fixture.introspected(answer.accessToken).isActive)
        try fixture.change { $0.issuers = [] }
        #expect(try !fixture.introspected(answer.accessToken).isActive)
        #expect(try fixture.ask(token(), type: jwtType).error?.check == .issuerUnknown)
    }

    // MARK: refusals

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: Check
        var claims: [String: JSONValue?] = [:]
        var type: String? = "at+jwt"
        var algorithm = "ES256"
        var keyID: String? = "partner"
        var isForeign = false
    }

    static let cases: [Case] = [
        Case(
            testDescription: "another issuer",
            check: .issuerUnknown,
            claims: [
                "iss": .string("https://partner.example/")
            ]
        ),
        Case(testDescription: "no issuer", check: .issuerUnknown, claims: ["iss": nil]),
        Case(
            testDescription: "this server as the issuer",
            check: .issuerUnknown,
            claims: [
                "iss": .string("https://as.example")
            ]
        ),
        Case(testDescription: "no subject", check: .subjectToken, claims: ["sub": nil]),
        Case(
            testDescription: "an empty subject",
            check: .subjectToken,
            claims: [
                "sub": .string("")
            ]
        ),
        Case(testDescription: "no audience", check: .subjectTokenAudience, claims: ["aud": nil]),
        Case(
            testDescription: "another audience",
            check: .subjectTokenAudience,
            claims: [
                "aud": .string("https://other.example")
            ]
        ),
        Case(
            testDescription: "this server as the audience",
            check: .subjectTokenAudience,
            claims: [
                "aud": .string("https://as.example")
            ]
        ),
        Case(testDescription: "no end", check: .subjectToken, claims: ["exp": nil]),
        Case(
            testDescription: "an end that has come",
            check: .subjectToken,
            claims: [
                "exp": .integer(noon)
            ]
        ),
        Case(
            testDescription: "an end long ago",
            check: .subjectToken,
            claims: [
                "exp": .integer(noon - 3_600)
            ]
        ),
        Case(
            testDescription: "a beginning to come",
            check: .subjectToken,
            claims: [
                "nbf": .integer(noon + 200)
            ]
        ),
        Case(
            testDescription: "an issue to come",
            check: .subjectToken,
            claims: [
                "iat": .integer(noon + 200)
            ]
        ),
        Case(
            testDescription: "a scope that is a list",
            check: .subjectToken,
            claims: [
                "scope": .array([.string("read")])
            ]
        ),
        Case(
            testDescription: "a binding by DPoP",
            check: .subjectToken,
            claims: [
                "cnf": .object(["jkt": .string("x")])
            ]
        ),
        Case(
            testDescription: "two bindings",
            check: .subjectToken,
            claims: [
                "cnf": .object([
                    "x5t#S256": .string(thumbprint(2).base64URL), "jkt": .string("x"),
                ])
            ]
        ),
        Case(
            testDescription: "an actor that is a text",
            check: .subjectToken,
            claims: [
                "act": .string("app")
            ]
        ),
        Case(
            testDescription: "may_act without iss",
            check: .subjectToken,
            claims: [
                "may_act": .object(["sub": .string("gateway")])
            ]
        ),
        Case(testDescription: "an ID token", check: .subjectToken, type: "id+jwt"),
        Case(testDescription: "a logout token", check: .subjectToken, type: "logout+jwt"),
        Case(testDescription: "the algorithm none", check: .subjectToken, algorithm: "none"),
        Case(testDescription: "the algorithm HS256", check: .subjectToken, algorithm: "HS256"),
        Case(testDescription: "an algorithm of others", check: .subjectToken, algorithm: "RS256"),
        Case(testDescription: "an unknown key ID", check: .subjectToken, keyID: "other"),
        Case(testDescription: "another key", check: .subjectToken, isForeign: true),
    ]

    @Test(arguments: PartnerTokenTests.cases)
    func `a JWT that differs is refused`(one: Case) throws {
        #expect(try fixture.ask(token(), type: jwtType).response != nil)
        let text = try token(
            one.claims,
            type: one.type,
            algorithm: one.algorithm,
            keyID: one.keyID,
            by: one.isForeign ? signingKey("partner") : nil
        )
        let answer = try fixture.ask(text, type: jwtType)
        #expect(answer.error?.code == .invalidRequest)
        #expect(answer.error?.check == one.check)
    }

    @Test func `a client and a subject that the issuer does not allow are refused`() throws {
        let others = try Self.trusting(key, clients: ["web"])
        try fixture.change { $0.issuers = [others] }
        #expect(try fixture.ask(token(), type: jwtType).error?.check == .issuerClient)
        let named = try Self.trusting(key, subjects: "svc-*")
        try fixture.change { $0.issuers = [named] }
        #expect(try fixture.ask(token(), type: jwtType).error?.check == .issuerSubject)
        let fitting = try token(["sub": .string("svc-1")])
        #expect(try fixture.ask(fitting, type: jwtType).response != nil)
    }

    // MARK: keys

    @Test func `newer keys are waited for once, and the request goes on with them`() throws {
        let old = try signingKey("partner")
        let stale = try Self.trusting(old, fetchedAt: noon - 60)
        try fixture.change { $0.issuers = [stale] }
        let waiting = try fixture.ask(token(), type: jwtType)
        guard case .needs(.issuerKeys("partner"), let continuation) = waiting else {
            Issue.record("the issuer may have newer keys: \(waiting)")
            return
        }
        #expect(
            try fixture.tokens.resume(continuation, with: .unavailable).error?.check
                == .subjectToken
        )
        #expect(
            try fixture.tokens.resume(continuation, with: .issuerKeys).error?.check
                == .subjectToken
        )
        let fresh = try Self.trusting(key, fetchedAt: noon)
        try fixture.change { $0.issuers = [fresh] }
        let answer = try fixture.tokens.resume(continuation, with: .issuerKeys)
        #expect(answer.response?.scope == "read")
        // Changes of the caller count, too.
        try fixture.change { $0.gateway.grants = [.clientCredentials] }
        let late = try fixture.tokens.resume(continuation, with: .issuerKeys)
        #expect(late.error?.check == .clientChanged)
    }

    @Test func `keys that could not be fetched for a day do not count`() throws {
        let old = try Self.trusting(key, fetchedAt: noon - 90_000)
        try fixture.change { $0.issuers = [old] }
        let waiting = try fixture.ask(token(), type: jwtType)
        let continuation = try #require(waiting.continuation)
        let refused = try fixture.tokens.resume(continuation, with: .unavailable)
        #expect(refused.error?.status == 503 && refused.error?.check == .issuerKeys)
        #expect(refused.refused?.retryAfter != nil)
    }
}

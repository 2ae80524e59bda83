// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// Tokens for JWTs of trusted issuers: what they have, and what every step checks again.
struct BearerGrantTests {
    private let partner: PartnerFixture

    init() throws {
        partner = try PartnerFixture()
    }

    /// Where the decision goes on when the use is written; it must need that.
    private func waiting(_ answer: TokenFixture.Answer) throws -> Continuation {
        guard case .needs(.assertionUse(let use), let next) = answer else {
            throw TokenFixture.Unexpected.answer
        }
        // Longer than any reactor takes the JWT, and no longer than assertions are remembered.
        #expect(use.until > noon + 60)
        #expect(use.until <= noon + AssertionPolicy.rememberedSecondsMax)
        return next
    }

    private func ask(
        _ fixture: TokenFixture,
        _ assertion: Assertion = PartnerFixture.assertion(),
        _ more: String = "",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> TokenFixture.Answer {
        try fixture.ask(PartnerFixture.body(partner.text(assertion), more), peer: peer, now: now)
    }

    private func token(_ answer: TokenFixture.Answer, _ fixture: TokenFixture) throws
        -> AccessToken
    {
        let settled = try fixture.settle(answer)
        return try AccessToken(#require(settled.response).accessToken)
    }

    // MARK: the token

    @Test func `the token is bound, and its subject begins with the issuer's name`() throws {
        let fixture = try partner.fixture()
        let made = try token(ask(fixture), fixture)
        #expect(made.claims.sub == "partner:alice" && made.claims.clientID == "app")
        #expect(made.claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test func `it lives no longer than the client's own tokens`() throws {
        let fixture = try partner.fixture(app: PartnerFixture.app(lifetime: 60))
        let settled = try fixture.settle(ask(fixture))
        #expect(settled.response?.expiresIn == 60 && settled.response?.refreshToken == nil)
    }

    @Test func `without a certificate there is none, and the JWT is not used up`() throws {
        let key = try ClientKey()
        let keys = try partner.keySet(key)
        let app = try client(
            "app",
            policy(.privateKeyJWT, grants: [.jwtBearer], bindsTokens: false),
            assertion: AssertionRegistration(keys: keys, secret: nil, algorithm: nil),
            certificates: []
        )
        let fixture = try partner.fixture(app: app)
        func ask(_ number: String, _ peer: StubPeer) throws -> TokenFixture.Answer {
            let own = try Assertion().claiming("jti", number).signed(key)
            let type = String(decoding: assertionType, as: UTF8.self)
            let jwt = try partner.text(PartnerFixture.assertion())
            let more = "&client_assertion_type=\(type)&client_assertion=\(own)"
            return try fixture.settle(fixture.ask(PartnerFixture.body(jwt, more), peer: peer))
        }
        let refused = try ask("1", StubPeer(nil)).error
        #expect(refused?.code == .invalidRequest && refused?.check == .binding)
        #expect(try ask("2", StubPeer(thumbprint(1))).response != nil)
        // Both of its assertions are used up by then.
        #expect(partner.uses.ends.count == 3)
    }

    // MARK: one use

    @Test func `a token comes when the use is durable, and once`() throws {
        let fixture = try partner.fixture()
        let next = try waiting(ask(fixture))
        #expect(try fixture.resume(next, with: .assertionUse(isFirst: true)).response != nil)
        let again = try ask(fixture).error
        #expect(again?.code == .invalidGrant && again?.check == .assertionRepeated)
        let other = PartnerFixture.assertion().claiming("jti", "two")
        #expect(try ask(fixture, other).continuation != nil)
    }

    @Test func `what the store has already is refused, and what it cannot keep waits`() throws {
        let fixture = try partner.fixture()
        let next = try waiting(ask(fixture))
        let known = try fixture.resume(next, with: .assertionUse(isFirst: false)).error
        #expect(known?.code == .invalidGrant && known?.check == .assertionRepeated)
        let busy = OAuthError(.temporarilyUnavailable, "x", check: .assertionNotKept)
        let answer = try fixture.resume(next, with: .refused(busy, retryAfter: 5))
        #expect(answer.error == busy && answer.refused?.retryAfter == 5)
        for met in [.password(matches: true), .issuerKeys, .unavailable] as [Met] {
            #expect(try fixture.resume(next, with: met).error?.check == .answerMismatch)
        }
    }

    @Test func `refused JWTs are not used up`() throws {
        let fixture = try partner.fixture()
        let foreign = PartnerFixture.assertion().claiming("sub", 7)
        #expect(try ask(fixture, foreign).error?.check == .assertionSub)
        #expect(try ask(fixture, PartnerFixture.assertion(), "&scope=admin").error != nil)
        #expect(partner.uses.ends.isEmpty)
        #expect(try ask(fixture).continuation != nil)
    }

    @Test func `where replay is allowed nothing is remembered`() throws {
        let fixture = try partner.fixture(partner.trusted(allowsReplay: true))
        for _ in 0..<2 { #expect(try ask(fixture).response != nil) }
        let nameless = PartnerFixture.assertion().claiming("jti", nil)
        #expect(try ask(fixture, nameless).response != nil)
        let endless = PartnerFixture.assertion().claiming("iat", nil)
        #expect(try ask(fixture, endless).error?.check == .assertionExpFar)
        #expect(partner.uses.ends.isEmpty)
    }

    @Test func `an issuer with scopes gives no token without one`() throws {
        let limited = try partner.trusted(scopes: ["read"])
        let none = try partner.fixture(limited, app: PartnerFixture.app(scopes: []))
        let refused = try #require(try ask(none).error)
        #expect(refused.code == .invalidScope && refused.check == .scope)
        // The twins: an issuer without scopes, and a client with one in common.
        let free = try partner.fixture(app: PartnerFixture.app(scopes: []))
        #expect(try free.settle(ask(free)).response?.scope == nil)
        let common = try partner.fixture(limited)
        let another = PartnerFixture.assertion().claiming("jti", "another")
        #expect(try common.settle(ask(common, another)).response?.scope == "read")
    }

    @Test func `neither FAPI profile has the grant`() throws {
        let fixture = try partner.fixture()
        let body = try PartnerFixture.body(partner.text(PartnerFixture.assertion()))
        for profile in [SecurityProfile.fapi1, .fapi2] {
            let error = try #require(try fixture.ask(body, profile: profile).error)
            #expect(error.code == .unsupportedGrantType && error.check == .grantType)
        }
        // The twin: nothing of the JWT was used up.
        #expect(try fixture.settle(fixture.ask(body)).response != nil)
    }

    @Test func `beyond its rate a client uses up no JWT`() throws {
        let app = try PartnerFixture.app(rate: RequestRate("1/60"))
        let fixture = try partner.fixture(app: app)
        #expect(try fixture.settle(ask(fixture)).response != nil)
        let next = PartnerFixture.assertion().claiming("jti", "next")
        #expect(try ask(fixture, next).error?.check == .clientRate)
        let body = try PartnerFixture.body(partner.text(next))
        let later = try fixture.ask(body, uptime: 60_000_000_000)
        #expect(try fixture.settle(later).response != nil)
    }

    // MARK: the registry of that moment

    @Test func `what was taken away while the use was written gives no token`() throws {
        let met = Met.assertionUse(isFirst: true)
        let changed = OAuthError.invalidClient(.clientChanged)
        let app = try PartnerFixture.app()
        let others: [Registry] = [
            registry(app), registry(app, issuers: [try partner.trusted(clients: ["other"])]),
            registry(app, issuers: [try partner.trusted(partner.keySet(ClientKey()))]),
            registry(app, issuers: [try partner.trusted(algorithms: [.es384])]),
            registry(app, issuers: [try partner.trusted(subjects: "bob")]),
            registry(app, issuers: [try partner.trusted(issuer: "https://other.example")]),
            registry(app, issuers: [try partner.trusted(scopes: ["write"])]),
            registry(app, issuers: [try partner.trusted(tokenAudiences: ["https://b.example"])]),
            registry(
                try PartnerFixture.app([.clientCredentials]),
                issuers: [try partner.trusted()]
            ),
            registry(app, try client("partner:alice"), issuers: [try partner.trusted()]),
        ]
        for (index, other) in others.enumerated() {
            let fixture = try partner.fixture(app: app)
            let jwt = PartnerFixture.assertion().claiming("jti", "\(index)")
            let next = try waiting(ask(fixture, jwt, "&scope=read"))
            fixture.registry = other
            #expect(try fixture.resume(next, with: met).error == changed, "\(index)")
        }
        let fixture = try partner.fixture(app: app)
        let next = try waiting(ask(fixture, PartnerFixture.assertion().claiming("jti", "good")))
        #expect(try fixture.resume(next, with: met).response != nil)
    }

    @Test func `nobody else has the subject`() throws {
        let jwt = PartnerFixture.assertion()
        let clash = try TokenFixture(
            registry(
                PartnerFixture.app(),
                client("partner:alice"),
                issuers: [partner.trusted()]
            ),
            replays: partner.uses
        )
        #expect(try ask(clash, jwt).error?.check == .userSubject)
        let user = User(subject: "partner:alice", passwordHash: "none", isEnabled: true)
        let users = try TokenFixture(
            registry(PartnerFixture.app(), users: ["al": user], issuers: [partner.trusted()]),
            replays: partner.uses
        )
        #expect(try ask(users, jwt).error?.check == .userSubject)
    }

    // MARK: scope and audience

    @Test func `scope and audience are within those of the issuer and of the client`() throws {
        let (one, two) = ("https://a.example", "https://b.example")
        let app = try PartnerFixture.app(audiences: [one, two])
        let issuer = try partner.trusted(
            tokenAudiences: [two, "https://c"],
            scopes: ["read", "x"]
        )
        func settled(_ more: String, jti: String) throws -> TokenFixture.Answer {
            let fixture = try partner.fixture(issuer, app: app)
            return try fixture.settle(
                ask(fixture, PartnerFixture.assertion().claiming("jti", jti), more)
            )
        }
        let answer = try settled("", jti: "1")
        #expect(answer.response?.scope == "read")
        let made = try AccessToken(#require(answer.response).accessToken)
        #expect(made.claims.aud == .one(two))
        for (more, code) in [
            ("&scope=write", OAuthError.Code.invalidScope), ("&scope=read%20write", .invalidScope),
            ("&scope=x", .invalidScope), ("&resource=\(one)", .invalidTarget),
            ("&resource=https://c", .invalidTarget),
            ("&resource=\(two)&resource=\(one)", .invalidTarget),
        ] {
            #expect(try settled(more, jti: more).error?.code == code, "\(more)")
        }
        #expect(try settled("&scope=read&resource=\(two)", jti: "2").response != nil)
    }

    // MARK: keys at a URI

    @Test func `an unknown key waits for the issuer's keys once`() throws {
        let (old, fetched) = (try partner.keySet(ClientKey()), noon - 60)
        let fixture = try partner.fixture(partner.trusted(old, fetchedAt: fetched))
        guard case .needs(.issuerKeys("partner"), let next) = try ask(fixture) else {
            throw TokenFixture.Unexpected.answer
        }
        let kept = try fixture.resume(next, with: .unavailable).error
        #expect(kept?.code == .invalidGrant && kept?.check == .assertionSignature)
        // The same keys again: refused, and no further wait.
        #expect(try fixture.resume(next, with: .issuerKeys).error?.check == .assertionSignature)
        fixture.registry = registry(
            try PartnerFixture.app(),
            issuers: [try partner.trusted(fetchedAt: noon)]
        )
        let use = try waiting(fixture.resume(next, with: .issuerKeys))
        #expect(try fixture.resume(use, with: .assertionUse(isFirst: true)).response != nil)
        for met in [.password(matches: true), .clientKeys] as [Met] {
            #expect(try fixture.resume(next, with: met).error?.check == .answerMismatch)
        }
    }

    @Test(arguments: [0, noon - 86_401, noon + 86_401] as [Int64])
    func `keys that were not fetched for a day do not count`(fetchedAt: Int64) throws {
        let fixture = try partner.fixture(partner.trusted(fetchedAt: fetchedAt))
        guard case .needs(.issuerKeys, let next) = try ask(fixture) else {
            throw TokenFixture.Unexpected.answer
        }
        for met in [.unavailable, .issuerKeys] as [Met] {
            let answer = try fixture.resume(next, with: met)
            #expect(answer.error?.status == 503 && answer.error?.check == .issuerKeys)
            #expect(answer.refused?.retryAfter != nil)
        }
        #expect(partner.uses.ends.isEmpty)
        fixture.registry = registry(
            try PartnerFixture.app(),
            issuers: [try partner.trusted(fetchedAt: noon - 86_400)]
        )
        _ = try waiting(fixture.resume(next, with: .issuerKeys))
    }

    @Test func `registered keys cause no wait`() throws {
        let fixture = try partner.fixture(partner.trusted(partner.keySet(ClientKey())))
        #expect(try ask(fixture).error?.check == .assertionSignature)
    }

    // MARK: introspection

    @Test func `a token is active while its issuer allows its client`() throws {
        let app = try client("app", policy(grants: [.jwtBearer], mayIntrospect: true))
        let fixture = try partner.fixture(app: app)
        let text = try #require(try fixture.settle(ask(fixture)).response).accessToken
        func isActive() throws -> Bool {
            let answer = try fixture.introspect("client_id=app&token=\(text)")
            guard case .described(let body) = answer else { throw TokenFixture.Unexpected.answer }
            return body.contains(#""active":true"#)
        }
        #expect(try isActive())
        fixture.registry = registry(app, issuers: [try partner.trusted(clients: ["other"])])
        #expect(try !isActive())
        fixture.registry = registry(app)
        #expect(try !isActive())
    }
}

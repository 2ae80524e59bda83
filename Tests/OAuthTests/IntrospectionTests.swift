// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// The clients that may introspect a token, and when it is active (RFC 7662).
struct IntrospectionTests {
    private let ask = "client_id=app&token="
    private let watch = "client_id=watch&token="
    private let nose = "client_id=nose&token="
    private let watcher = StubPeer(thumbprint(2))
    private let noser = StubPeer(thumbprint(3))

    private let watching: Client
    private let nosing: Client

    init() throws {
        // A resource server with the right to introspect, and a client without it.
        let right = policy(scopes: [], mayIntrospect: true)
        watching = try client("watch", right, certificates: [certificate(2)])
        nosing = try client("nose", policy(), certificates: [certificate(3)])
    }

    private func fixture(
        _ policy: ClientPolicy = policy(),
        users: [String: User] = [:]
    ) throws -> TokenFixture {
        try TokenFixture(
            registry(client("app", policy), watching, nosing, users: users),
            sealing: SealingKeys([sealingKey()])
        )
    }

    // MARK: what is said

    @Test(arguments: AccessTokenFormat.allCases)
    func `a resource server learns everything that a token says`(format: AccessTokenFormat) throws {
        let fixture = try fixture(policy(format: format))
        let token = try fixture.text()
        let answer = try fixture.introspect(watch + token, peer: watcher, now: noon + 5)
        let content = try #require(answer.content)
        #expect(content.tokenType == "Bearer")
        #expect(content.clientID == "app" && content.sub == "app")
        #expect(content.scope == "read write")
        #expect(content.iss == "https://as.example")
        #expect(content.aud == .one("https://api.example"))
        #expect(content.iat == noon && content.exp == noon + 600)
        #expect(content.jti.count >= 22)
        #expect(content.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test func `introspection of a JWT says what its claims say`() throws {
        let fixture = try fixture(policy(audiences: ["urn:a", "urn:b"], lifetime: 77))
        let text = try fixture.text()
        let claims = try AccessToken(text).claims
        let content = try #require(try fixture.introspect(ask + text).content)
        #expect(content.jti == claims.jti && content.aud == claims.aud)
        #expect(content.exp == claims.exp && content.iat == claims.iat)
        #expect(content.cnf?.thumbprint == claims.cnf?.thumbprint)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `what a token does not have is not said`(format: AccessTokenFormat) throws {
        let fixture = try fixture(policy(scopes: [], bindsTokens: false, format: format))
        let answer = try fixture.introspect(ask + fixture.text())
        let content = try #require(answer.content)
        #expect(content.scope == nil && content.cnf == nil)
        guard case .described(let body) = answer else { return }
        #expect(!body.contains("scope") && !body.contains("cnf") && !body.contains("null"))
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `texts that JSON escapes arrive as they are`(format: AccessTokenFormat) throws {
        let odd = "a\"b\\c/\u{1}é{}"
        let user = User(subject: odd, passwordHash: "none", isEnabled: true)
        let rules = policy(grants: [.password], audiences: [odd, "b"], format: format)
        let fixture = try TokenFixture(
            registry(client("app", rules), users: ["ann": user]),
            sealing: SealingKeys([sealingKey()]),
            settings: IssuerSettings(
                issuer: odd,
                tokens: TokenSettings(audience: "urn:a", lifetime: 60)
            )
        )
        let body = "grant_type=password&client_id=app&username=ann&password=pw"
        let check = try #require(try fixture.ask(body).check)
        let token = try #require(try fixture.finish(check, matches: true).response).accessToken
        let content = try #require(try fixture.introspect(ask + token).content)
        #expect(content.sub == odd && content.iss == odd)
        #expect(content.aud == .several([odd, "b"]))
    }

    // MARK: who may ask

    @Test(arguments: AccessTokenFormat.allCases)
    func `a client without the right sees its own tokens and no others`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(policy(format: format))
        let own = try fixture.text()
        let foreign = try fixture.text("grant_type=client_credentials&client_id=nose", peer: noser)
        #expect(try fixture.introspect(ask + own).content?.clientID == "app")
        #expect(try fixture.introspect(ask + foreign).isInactive)
        #expect(try fixture.introspect(nose + foreign, peer: noser).content?.clientID == "nose")
        #expect(try fixture.introspect(nose + own, peer: noser).isInactive)
        for token in [own, foreign] {
            #expect(try fixture.introspect(watch + token, peer: watcher).content != nil)
        }
    }

    @Test func `nobody learns anything who is not authenticated`() throws {
        let fixture = try fixture()
        let token = try fixture.text()
        let unknown = OAuthError.invalidClient(.certificateNotRegistered)
        #expect(try fixture.introspect(watch + token, peer: noser).error == unknown)
        #expect(
            try fixture.introspect(watch + token, peer: StubPeer(nil)).error
                == .invalidClient(.certificateMissing)
        )
        #expect(
            try fixture.introspect("client_id=nobody&token=\(token)").error
                == .invalidClient(.clientUnknown)
        )
        #expect(try fixture.introspect("token=\(token)").error?.code == .invalidClient)
        // Neither does the order of the checks tell whether a token would have been good.
        #expect(try fixture.introspect("client_id=watch", peer: noser).error == unknown)
        #expect(try fixture.introspect(watch + token, peer: watcher).content != nil)
    }

    @Test func `a client with a secret authenticates by it here too`() throws {
        let rules = policy(.secretBasic, bindsTokens: false, mayIntrospect: true)
        let secret = try client("keeper", rules, secret: "pw", certificates: [])
        let fixture = try TokenFixture(registry(client(), secret))
        let token = try fixture.text()
        let none = StubPeer(nil)
        func ask(_ word: String) throws -> IntrospectionAnswer {
            try fixture.introspect(
                "token=\(token)",
                authorization: basic("keeper", word),
                peer: none
            )
        }
        #expect(try ask("pw").content?.clientID == "app")
        #expect(try ask("pw2").error == .invalidClient(.secretWrong))
        #expect(try ask("").error?.code == .invalidClient)
        // A bearer token is no way in here (RFC 7662 §2.1 leaves it open).
        let bearer = AuthorizationHeader.one(Array("Bearer \(token)".utf8))
        #expect(try fixture.introspect("token=\(token)", authorization: bearer).error != nil)
    }

    @Test func `a caller that was disabled learns nothing more`() throws {
        let fixture = try fixture()
        let token = try fixture.text()
        let disabled = try client(
            "watch",
            watching.policy,
            isEnabled: false,
            certificates: [certificate(2)]
        )
        fixture.registry = try registry(client(), disabled)
        let answer = try fixture.introspect(watch + token, peer: watcher)
        #expect(answer.error == .invalidClient(.clientDisabled))
    }

    @Test func `the right to introspect counts from the moment that it is given or taken`() throws {
        let fixture = try fixture()
        let token = try fixture.text()
        let without = try client("watch", policy(), certificates: [certificate(2)])
        let app = try client()
        fixture.registry = registry(app, without)
        #expect(try fixture.introspect(watch + token, peer: watcher).isInactive)
        fixture.registry = registry(app, watching)
        #expect(try fixture.introspect(watch + token, peer: watcher).content != nil)
    }

    // MARK: the request

    @Test(arguments: ["", "&token=", "&token_type_hint=access_token", "&tokens=x", "&Token=x"])
    func `a request without a token is refused`(rest: String) throws {
        let error = try fixture().introspect("client_id=app\(rest)").error
        #expect(error == .invalidRequest("", check: .token))
    }

    @Test(arguments: ["access_token", "refresh_token", "nonsense", "", "a+b"])
    func `a wrong hint does not matter`(hint: String) throws {
        let fixture = try fixture()
        let body = "\(ask)\(try fixture.text())&token_type_hint=\(hint)"
        #expect(try fixture.introspect(body).content != nil)
        #expect(try fixture.introspect("\(ask)x&token_type_hint=\(hint)").isInactive)
    }

    @Test(arguments: [
        "x", ".", "..", "...", "a.b.c", "a.b.c.d", "eyJ.eyJ.", "AA", "AQ", "null",
        "true", "-1", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "e30.e30.e30", "W10.W10.W10",
        "IiI.IiI.IiI", "bnVsbA.bnVsbA.bnVsbA",
    ])
    func `what is no token at all is inactive`(text: String) throws {
        #expect(try fixture().introspect(watch + text, peer: watcher).isInactive)
    }

    @Test func `a text of any length is inactive`() throws {
        let fixture = try fixture()
        for count in [1, 100, 16_383, 16_384, 16_385, 200_000] {
            let text = String(repeating: "A", count: count)
            #expect(try fixture.introspect(watch + text, peer: watcher).isInactive)
            let dots = "\(text).\(text).\(text)"
            #expect(try fixture.introspect(watch + dots, peer: watcher).isInactive)
        }
    }

    // MARK: when a token is active

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token is active until its expiry`(format: AccessTokenFormat) throws {
        let fixture = try fixture(policy(format: format))
        let token = try fixture.text()
        #expect(try fixture.introspect(ask + token, now: noon + 599).content != nil)
        #expect(try fixture.introspect(ask + token, now: noon + 600).isInactive)
        #expect(try fixture.introspect(ask + token, now: noon + 3_000).isInactive)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token is as good as its client`(format: AccessTokenFormat) throws {
        let rules = policy(format: format)
        let fixture = try fixture(rules)
        let token = try fixture.text()
        func isActive() throws -> Bool {
            try fixture.introspect(watch + token, peer: watcher).content != nil
        }
        #expect(try isActive())
        fixture.registry = try registry(client("app", rules, isEnabled: false), watching)
        #expect(try !isActive())
        fixture.registry = registry(watching)
        #expect(try !isActive())
        fixture.registry = try registry(client("app", rules), watching)
        #expect(try isActive())
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token is as good as its certificate`(format: AccessTokenFormat) throws {
        let rules = policy(format: format)
        let fixture = try fixture(rules)
        let token = try fixture.text()
        func isActive(_ certificates: [RegisteredCertificate]) throws -> Bool {
            fixture.registry = try registry(
                client("app", rules, certificates: certificates),
                watching
            )
            return try fixture.introspect(watch + token, peer: watcher).content != nil
        }
        #expect(try isActive([certificate(9), certificate(1)]))
        #expect(try !isActive([certificate(9)]))
        #expect(try !isActive([]))
        #expect(try isActive([certificate(1)]))
    }

    @Test func `the certificate of a client with a secret is not registered anywhere`() throws {
        let rules = policy(.secretBasic)
        let app = try client("app", rules, secret: "pw", certificates: [])
        let fixture = try TokenFixture(registry(app, watching))
        let answer = try fixture.ask(
            "grant_type=client_credentials",
            authorization: basic("app", "pw"),
            peer: StubPeer(thumbprint(7))
        )
        let token = try #require(answer.response).accessToken
        let content = try fixture.introspect(watch + token, peer: watcher).content
        #expect(content?.cnf?.thumbprint == thumbprint(7).base64URL)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a user's token is as good as the user`(format: AccessTokenFormat) throws {
        func user(_ subject: String = "user:ann", isEnabled: Bool = true) -> User {
            User(subject: subject, passwordHash: "none", isEnabled: isEnabled)
        }
        let app = try client("app", policy(grants: [.password], format: format))
        let fixture = try TokenFixture(
            registry(app, users: ["ann": user()]),
            sealing: SealingKeys([sealingKey()])
        )
        let body = "grant_type=password&client_id=app&username=ann&password=pw"
        let check = try #require(try fixture.ask(body).check)
        let token = try #require(try fixture.finish(check, matches: true).response).accessToken
        #expect(try fixture.introspect(ask + token).content?.sub == "user:ann")
        let inactive: [[String: User]] = [
            [:], ["ann": user(isEnabled: false)], ["ann": user("user:other")], ["bob": user("b")],
        ]
        for users in inactive {
            fixture.registry = registry(app, users: users)
            #expect(try fixture.introspect(ask + token).isInactive, "\(users.keys)")
        }
        // The subject is what a token names; the user may have got another name.
        for users in [["ann": user()], ["anna": user()], ["ann": user("x"), "b": user()]] {
            fixture.registry = registry(app, users: users)
            #expect(try fixture.introspect(ask + token).content != nil)
        }
        fixture.registry = try registry(
            client("app", app.policy, isEnabled: false),
            users: ["ann": user()]
        )
        #expect(try fixture.introspect(ask + token).error == .invalidClient(.clientDisabled))
    }
}

// SPDX-License-Identifier: Apache-2.0
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// Tokens that were issued before their client's or their user's `tokensValidFrom` (RFC 7662 §2.2).
struct TakenBackTokenTests {
    private let ask = "client_id=app&token="

    @Test(arguments: AccessTokenFormat.allCases)
    func `a client's token is dead if it is older than what counts`(
        format: AccessTokenFormat
    ) throws {
        let rules = policy(format: format)
        let fixture = try TokenFixture(
            registry(client("app", rules)),
            sealing: SealingKeys([sealingKey()])
        )
        let token = try fixture.text()
        func isActive(_ token: String, from moment: Int64) throws -> Bool {
            fixture.registry = try registry(client("app", rules, tokensValidFrom: moment))
            return try fixture.introspect(ask + token, now: noon + 2).content != nil
        }
        #expect(try isActive(token, from: noon))
        #expect(try !isActive(token, from: noon + 1))
        #expect(try !isActive(token, from: .max))
        // One of the next second counts.
        fixture.registry = try registry(client("app", rules))
        let next = try fixture.text(now: noon + 1)
        #expect(try isActive(next, from: noon + 1))
        // The registration decides, and not when it was looked at.
        #expect(try isActive(token, from: 0))
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a user's token is dead if it is older than what counts for either`(
        format: AccessTokenFormat
    ) throws {
        let rules = policy(grants: [.password, .clientCredentials], format: format)
        func registered(user: Int64, client moment: Int64 = 0) throws -> Registry {
            let ann = User(
                subject: "user:ann",
                passwordHash: "none",
                isEnabled: true,
                tokensValidFrom: user
            )
            return try registry(
                client("app", rules, tokensValidFrom: moment),
                users: ["ann": ann]
            )
        }
        let fixture = try TokenFixture(
            try registered(user: 0),
            sealing: SealingKeys([sealingKey()])
        )
        let body = "grant_type=password&client_id=app&username=ann&password=pw"
        let check = try #require(try fixture.ask(body).check)
        let token = try #require(try fixture.finish(check, matches: true).response).accessToken
        let own = try fixture.text()
        func isActive(_ token: String, user: Int64, client: Int64 = 0) throws -> Bool {
            fixture.registry = try registered(user: user, client: client)
            return try fixture.introspect(ask + token).content != nil
        }
        #expect(try isActive(token, user: noon, client: noon))
        #expect(try !isActive(token, user: noon + 1))
        #expect(try !isActive(token, user: noon, client: noon + 1))
        // The client's own token is not the user's.
        #expect(try isActive(own, user: noon + 1))
        #expect(try !isActive(own, user: 0, client: noon + 1))
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token of the second of a revocation counts`(format: AccessTokenFormat) throws {
        let rules = policy(format: format, reuseWindow: 30)
        for ahead in 1...2 as ClosedRange<Int64> {
            let fixture = try TokenFixture(
                registry(client("app", rules, tokensValidFrom: noon + ahead)),
                sealing: SealingKeys([sealingKey()])
            )
            let answer = try fixture.ask("grant_type=client_credentials&client_id=app")
            let response = try #require(answer.response)
            #expect(response.expiresIn == 600)
            let content = try fixture.introspect(ask + response.accessToken).content
            #expect(content?.iat == noon + ahead && content?.exp == noon + 600)
            // Kept for reuse from the moment on that it is issued at.
            let text = try fixture.text(now: noon + ahead)
            #expect(try fixture.text(now: noon + ahead + 1) == text)
        }
    }

    /// By a clock that was wrong, then or now; verifiers of JWTs take the token all the same.
    @Test(arguments: [3, 60, 86_400, .max - noon] as [Int64])
    func `further ahead a token is dead at its issue`(ahead: Int64) throws {
        let fixture = try TokenFixture(registry(client(tokensValidFrom: noon + ahead)))
        let answer = try fixture.ask("grant_type=client_credentials&client_id=app")
        #expect(answer.token?.claims.iat == noon)
        let token = try #require(answer.response).accessToken
        #expect(try fixture.introspect(ask + token).content == nil)
    }

    /// A new password ends what was issued until then, and its user signs in with it at once.
    @Test(arguments: [[Grant.password], [.password, .refreshToken]])
    func `a user's token of the second of a change counts`(grants: [Grant]) throws {
        func registered(_ moment: Int64) throws -> Registry {
            let ann = User(
                subject: "user:ann",
                passwordHash: "none",
                isEnabled: true,
                tokensValidFrom: moment
            )
            return try registry(client("app", policy(grants: Grants(grants))), users: ["ann": ann])
        }
        let body = "grant_type=password&client_id=app&username=ann&password=pw"
        let fixture = try TokenFixture(registered(noon + 1))
        let answer = try fixture.settle(fixture.ask(body))
        let response = try #require(answer.response)
        #expect(try fixture.introspect(ask + response.accessToken).content != nil)
        #expect((response.refreshToken != nil) == grants.contains(.refreshToken))
        #expect(fixture.grants.families.allSatisfy { $0.access.grantedAt == noon + 1 })
        // Taken back once more.
        fixture.registry = try registered(noon + 2)
        #expect(try fixture.introspect(ask + response.accessToken).content == nil)
    }

    @Test(arguments: ["\u{301}x", "\u{1F3FD}", "\u{200D}x"])
    func `a user whose name begins with a combining mark has tokens`(name: String) throws {
        let user = User(subject: "user:" + name, passwordHash: "none", isEnabled: true)
        let fixture = try TokenFixture(
            registry(client("app", policy(grants: [.password])), users: [name: user])
        )
        let encoded = name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let body = "grant_type=password&client_id=app&password=pw&username=" + encoded
        let response = try #require(try fixture.settle(fixture.ask(body)).response)
        #expect(try fixture.introspect(ask + response.accessToken).content != nil)
        #expect(fixture.registry.user(ofToken: name)?.subject == user.subject)
    }

    @Test func `somebody else's token stays active`() throws {
        let other = try client("other", policy(), certificates: [certificate(2)])
        let fixture = try TokenFixture(registry(client(), other))
        let token = try fixture.text("grant_type=client_credentials&client_id=other", peer: peer)
        fixture.registry = try registry(client(tokensValidFrom: noon + 1), other)
        let answer = try fixture.introspect("client_id=other&token=" + token, peer: peer)
        #expect(answer.content?.clientID == "other")
    }

    private let peer = StubPeer(thumbprint(2))
}

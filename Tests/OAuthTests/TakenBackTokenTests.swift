// SPDX-License-Identifier: Apache-2.0
import OAuthTesting
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

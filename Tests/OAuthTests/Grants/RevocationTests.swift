// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// Token revocation (RFC 7009), and what introspection says of refresh tokens (RFC 7662).
struct RevocationTests {
    private let other = StubPeer(thumbprint(2))

    /// The client, with a certificate that outlives its refresh tokens.
    private func app(_ rules: ClientPolicy = lasting()) throws -> Client {
        let long = RegisteredCertificate(
            thumbprint: thumbprint(1),
            notBefore: noon,
            notAfter: noon + 100_000_000
        )
        return try client("app", rules, certificates: [long])
    }

    private func fixture(
        _ format: AccessTokenFormat = .jwt,
        _ change: (inout ClientPolicy) -> Void = { _ in },
        grants: MemoryGrants = MemoryGrants()
    ) throws -> GrantFixture {
        let rules = lasting {
            $0.format = format
            change(&$0)
        }
        return try GrantFixture(
            app(rules),
            client("other", lasting { $0.mayIntrospect = true }, certificates: [certificate(2)]),
            grants: grants
        )
    }

    private func isDone(_ answer: TokenFixture.Answer) -> Bool {
        if case .described("{}") = answer { true } else { false }
    }

    // MARK: access tokens

    @Test func `a client that has revoked its share leaves the rest to others`() throws {
        for crowdedAt in [0, Int.max] {
            let fixture = try fixture(grants: MemoryGrants(crowdedAt: crowdedAt))
            let (first, second) = (try fixture.tokens.text(), try fixture.tokens.text())
            let others = try fixture.tokens.text(
                "grant_type=client_credentials&client_id=other",
                peer: other
            )
            #expect(isDone(try fixture.revoke(first)))
            let id = Array("app".utf8)
            let found = fixture.tokens.registry.clients.client(id.span)
            let app = try #require(found)
            while app.activity.revokes(lifetime: 600, now: 0) {}
            // One that is revoked needs no room.
            #expect(isDone(try fixture.revoke(first)))
            let answer = try fixture.revoke(second)
            if crowdedAt == 0 {
                #expect(answer.error == .revocationsFull)
                #expect(try fixture.isActive(second))
            } else {
                #expect(isDone(answer))
            }
            let theirs = try fixture.tokens.revoke("client_id=other&token=" + others, peer: other)
            #expect(isDone(try fixture.tokens.settle(theirs)))
        }
    }

    @Test func `a client's share of revocations comes back with the life of its tokens`() {
        let activity = ClientActivity()
        let share = GrantLimits.singleRevocationsOfClientMax
        #expect((0..<share).allSatisfy { _ in activity.revokes(lifetime: 600, now: 0) })
        #expect(!activity.revokes(lifetime: 600, now: 0))
        let end: UInt64 = 600_000_000_000
        #expect(activity.revokes(lifetime: 600, now: end / 2))
        #expect((1..<share).allSatisfy { _ in activity.revokes(lifetime: 600, now: end * 3) })
        #expect(activity.slowedDown == 0)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `an access token that is revoked is dead, and it alone`(format: AccessTokenFormat) throws {
        let fixture = try fixture(format)
        let first = try #require(try fixture.exchange(fixture.code()).response)
        let second = try #require(try fixture.refresh(first.refreshToken).response)
        let own = try fixture.tokens.text()
        for (token, rest) in [(first.accessToken, [second.accessToken, own]), (own, [])] {
            #expect(isDone(try fixture.revoke(token)))
            #expect(try !fixture.isActive(token))
            for token in rest { #expect(try fixture.isActive(token)) }
        }
        #expect(try fixture.refresh(first.refreshToken).response != nil)
        // A revocation is kept as long as its token would live, and no longer.
        #expect(fixture.grants.revoked.allSatisfy { $0.until == noon + 600 })
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `a token that would be handed out again is not, once it is revoked`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(format, { $0.reuseWindow = 60 })
        let token = try fixture.tokens.text()
        #expect(try fixture.tokens.text() == token)
        #expect(isDone(try fixture.revoke(token)))
        let next = try fixture.tokens.text()
        #expect(try next != token && fixture.isActive(next))
        #expect(try fixture.tokens.text() == next)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `another client's access token stays, and the answer is the same`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(format)
        let token = try fixture.tokens.text()
        #expect(isDone(try fixture.revoke(token, as: "other", peer: other)))
        #expect(try fixture.isActive(token) && fixture.grants.written.isEmpty)
    }

    @Test func `what is unknown, changed, foreign or has ended is answered and not kept`() throws {
        let fixture = try fixture()
        let token = try fixture.tokens.text()
        let foreign = try self.fixture().tokens.text()
        for text in [
            "x", "a.b.c", token + "A", foreign, "%C3%A9", String(repeating: "A", count: 999),
        ] {
            #expect(isDone(try fixture.revoke(text)), "\(text)")
        }
        #expect(isDone(try fixture.revoke(token, now: noon + 600)))
        #expect(fixture.grants.written.isEmpty)
    }

    @Test(arguments: [
        "&token_type_hint=refresh_token", "&token_type_hint=access_token", "&token_type_hint=x",
    ])
    func `a hint changes nothing`(hint: String) throws {
        let fixture = try fixture()
        let (access, refreshToken) = (try fixture.tokens.text(), try fixture.refreshToken())
        for token in [access, refreshToken] {
            #expect(isDone(try fixture.revoke(token, as: "app", hint)))
            #expect(try !fixture.isActive(token))
        }
    }

    // MARK: refresh tokens

    @Test(arguments: AccessTokenFormat.allCases)
    func `with a refresh token its whole grant ends`(format: AccessTokenFormat) throws {
        let fixture = try fixture(format)
        let first = try #require(try fixture.exchange(fixture.code()).response)
        let second = try #require(try fixture.refresh(first.refreshToken, now: noon + 9).response)
        let foreign = try #require(try fixture.exchange(fixture.code()).response)
        let token = try #require(first.refreshToken)
        #expect(isDone(try fixture.revoke(token, now: noon + 10)))
        for token in [first.accessToken, second.accessToken, token] {
            #expect(try !fixture.isActive(token, now: noon + 10))
        }
        #expect(try fixture.refresh(token, now: noon + 10).error == .badRefreshToken)
        #expect(try fixture.isActive(foreign.accessToken, now: noon + 10))
        #expect(try fixture.refresh(foreign.refreshToken, now: noon + 10).response != nil)
        let before = fixture.grants.written.count
        #expect(isDone(try fixture.revoke(token, now: noon + 11)))
        #expect(fixture.grants.written.count == before)
    }

    @Test func `an earlier refresh token of a grant ends it too`() throws {
        let fixture = try GrantFixture(client("app", lasting(), grantPolicy: .rotating))
        let first = try fixture.refreshToken()
        let second = try #require(try fixture.refresh(first, now: noon + 100).response)
        #expect(isDone(try fixture.revoke(first, now: noon + 200)))
        #expect(try !fixture.isActive(second.accessToken, now: noon + 200))
    }

    @Test func `another client's refresh token stays, and the answer is the same`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        #expect(isDone(try fixture.revoke(token, as: "other", peer: other)))
        #expect(fixture.grants.revoked.isEmpty)
        #expect(try fixture.refresh(token).response != nil)
    }

    @Test func `a public client revokes what it holds, and nothing by a name alone`() throws {
        let fixture = try GrantFixture(publicClient(), client("other", lasting()))
        let nobody = StubPeer(nil)
        let own = try #require(try fixture.exchange(fixture.code(), peer: nobody).response)
        let id = try #require(try fixture.family(of: own.refreshToken ?? "")).access.grantID
        let guess = String(decoding: try RefreshToken(of: GrantSecret(id)).text, as: UTF8.self)
        #expect(isDone(try fixture.revoke(guess, peer: nobody)))
        #expect(fixture.grants.revoked.isEmpty)
        let foreign = try fixture.tokens.text("grant_type=client_credentials&client_id=other")
        #expect(isDone(try fixture.revoke(foreign, peer: nobody)))
        #expect(fixture.grants.revoked.isEmpty)
        #expect(isDone(try fixture.revoke(own.accessToken, peer: nobody)))
        #expect(isDone(try fixture.revoke(own.refreshToken ?? "", peer: nobody)))
        #expect(fixture.grants.revoked.count == 2 && fixture.grants.families.isEmpty)
    }

    // MARK: requests

    @Test func `a request that does not authenticate revokes nothing`() throws {
        let fixture = try fixture()
        for token in [try fixture.tokens.text(), try fixture.refreshToken()] {
            for peer in [other, StubPeer(nil)] {
                #expect(try fixture.revoke(token, peer: peer).error?.code == .invalidClient)
            }
            #expect(try fixture.isActive(token))
        }
    }

    @Test func `a request without a token is a bad one`() throws {
        let missing = OAuthError(.invalidRequest, "", check: .token)
        #expect(try fixture().revoke("").error == missing)
    }

    @Test func `where no more can be revoked the client is told to come again`() throws {
        let fixture = try fixture(grants: MemoryGrants(revokedMax: 0))
        let (access, refresh) = (try fixture.tokens.text(), try fixture.refreshToken())
        for token in [access, refresh] {
            let answer = try fixture.revoke(token)
            #expect(answer.error?.check == .revocationsFull && answer.error?.status == 503)
            #expect(answer.refused?.retryAfter == 30)
        }
        // Fails closed where it can: the refresh token is of no use any more.
        #expect(try fixture.isActive(access) && !fixture.isActive(refresh))
    }

    @Test func `a client that is disabled while its request waits revokes all the same`() throws {
        // The row is read already, and the write must not be lost; the answer is a refusal.
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let read = try fixture.tokens.revoke("client_id=app&token=\(token)")
        let write = try #require(try fixture.tokens.step(read))
        fixture.use(try client("app", lasting(), isEnabled: false))
        #expect(try fixture.tokens.settle(write).error == .invalidClient(.clientChanged))
        #expect(fixture.grants.families.isEmpty && fixture.grants.revoked.count == 1)
        // Before the row is judged it revokes nothing.
        let second = try self.fixture()
        let early = try second.tokens.revoke("client_id=app&token=\(second.refreshToken())")
        second.use(try client("app", lasting(), isEnabled: false))
        #expect(try second.tokens.settle(early).error == .invalidClient(.clientChanged))
        #expect(second.grants.revoked.isEmpty)
    }

    // MARK: for how long

    @Test func `a grant stays revoked longer than any of its tokens lives`() throws {
        for lifetimes in [(before: 86_400, after: 60), (before: 60, after: 86_400)] {
            let fixture = try fixture(.jwt, { $0.lifetime = lifetimes.before })
            let first = try #require(try fixture.logIn().response)
            fixture.use(try app(lasting { $0.lifetime = lifetimes.after }))
            #expect(isDone(try fixture.revoke(first.refreshToken ?? "", now: noon + 1)))
            let end = noon + Int64(first.expiresIn)
            _ = try fixture.grants.removeEnded(before: end - 1, limit: 9)
            fixture.use(try app(lasting { $0.lifetime = lifetimes.before }))
            #expect(try !fixture.isActive(first.accessToken, now: end - 1))
        }
    }

    @Test func `a token that is made after the revocation of its grant is dead to its end`() throws
    {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let form = "grant_type=refresh_token&client_id=app&refresh_token=\(token)"
        // The row is read, and the answer comes late.
        let read = try fixture.tokens.ask(form)
        let continuation = try #require(read.continuation)
        let row = try #require(try fixture.family(of: token))
        #expect(isDone(try fixture.revoke(token)))
        let late = try fixture.tokens.resume(
            continuation,
            with: .stored(.refreshFamily(row)),
            now: noon + 60
        )
        let access = try #require(late.response).accessToken
        _ = try fixture.grants.removeEnded(before: noon + 659, limit: 9)
        #expect(try !fixture.isActive(access, now: noon + 659))
    }

    // MARK: introspection

    @Test func `a client learns of its own refresh token, and nobody else does`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let body = try fixture.introspect(token, now: noon + 5)
        #expect(
            body == #"{"active":true,"client_id":"app","sub":"user:ann","scope":"read write","#
                + #""iss":"https://as.example","iat":1800000000,"exp":1802592000}"#
        )
        // Not even a resource server that may introspect: a refresh token is none of its tokens.
        let foreign = try fixture.introspect(token, as: "other", peer: other)
        #expect(foreign == IntrospectionAnswer.inactive)
        #expect(throws: OAuthError.self) { try fixture.introspect(token, peer: other) }
    }

    @Test func `a refresh token that cannot be used is inactive`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        #expect(try fixture.isActive(token))
        let stranger = String(decoding: try RefreshToken(of: GrantSecret()).text, as: UTF8.self)
        #expect(try !fixture.isActive(stranger))
        #expect(try !fixture.isActive(token, now: noon + 2_592_000))
        fixture.use(try client("app", lasting { $0.grants = [.authorizationCode] }))
        #expect(try !fixture.isActive(token))
        fixture.use(try client("app", lasting()), users: [:])
        #expect(try !fixture.isActive(token))
    }

    @Test func `access tokens from before a user's new beginning are dead`() throws {
        let fixture = try fixture()
        let token = try #require(try fixture.exchange(fixture.code()).response).accessToken
        let own = try fixture.tokens.text()
        for (validFrom, isGood) in [(noon, true), (noon + 1, false)] {
            let user = User(
                subject: "user:ann",
                passwordHash: "none",
                isEnabled: true,
                tokensValidFrom: validFrom
            )
            fixture.use(try client("app", lasting()), users: ["ann": user])
            #expect(try fixture.isActive(token) == isGood)
            #expect(try fixture.isActive(own))
        }
    }
}

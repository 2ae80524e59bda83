// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// The use of an assertion: the last step before an answer, and which refusals take it.
struct AssertionNeedTests {
    private let app: SigningApp
    private let own = "grant_type=client_credentials"
    private let password = "grant_type=password&username=ann&password=pw"
    private let repeated = OAuthError.invalidClient(.assertionRepeated)

    init() throws {
        app = try SigningApp()
    }

    private func user(isEnabled: Bool = true) -> User {
        User(subject: "user:ann", passwordHash: "none", isEnabled: isEnabled)
    }

    /// Where the decision goes on when the use is written; it must need that.
    private func waiting(_ answer: TokenFixture.Answer) throws -> Continuation {
        guard case .needs(.assertionUse(let use), let continuation) = answer else {
            throw TokenFixture.Unexpected.answer
        }
        // Longer than any reactor takes the assertion.
        #expect(use.until > noon + 60)
        return continuation
    }

    private func ask(_ fixture: TokenFixture, _ rest: String, jti: String = "one") throws
        -> TokenFixture.Answer
    {
        try fixture.ask(app.body(rest, jti: jti), peer: StubPeer(nil))
    }

    // MARK: the answer and its twins

    @Test func `a token comes when the use is durable, and once`() throws {
        let fixture = try app.fixture()
        let next = try waiting(ask(fixture, own))
        #expect(try fixture.resume(next, with: .assertionUse(isFirst: true)).token != nil)
        #expect(try ask(fixture, own).error == repeated)
        #expect(try ask(fixture, own, jti: "two").continuation != nil)
    }

    @Test func `what the store has already is refused`() throws {
        let fixture = try app.fixture()
        let next = try waiting(ask(fixture, own))
        let answer = try fixture.resume(next, with: .assertionUse(isFirst: false))
        #expect(answer.error == repeated)
        #expect(answer.refused?.client == .id(Array("app".utf8)))
    }

    @Test func `where the use cannot be written nothing is issued`() throws {
        let fixture = try app.fixture()
        let next = try waiting(ask(fixture, own))
        let busy = OAuthError(.temporarilyUnavailable, "x", check: .assertionNotKept)
        let answer = try fixture.resume(next, with: .refused(busy, retryAfter: 5))
        #expect(answer.error == busy && answer.refused?.retryAfter == 5)
        #expect(answer.refused?.client == .id(Array("app".utf8)))
    }

    @Test func `a client that was changed or switched off meanwhile gets nothing`() throws {
        let fixture = try app.fixture()
        let next = try waiting(ask(fixture, own))
        let changed = OAuthError.invalidClient(.clientChanged)
        let met = Met.assertionUse(isFirst: true)
        // The same words in another registration.
        fixture.registry = registry(try SigningApp().client)
        #expect(try fixture.resume(next, with: met).error == changed)
        fixture.registry = registry()
        #expect(try fixture.resume(next, with: met).error == changed)
        fixture.registry = registry(app.client)
        app.client.isSwitchedOff = true
        #expect(try fixture.resume(next, with: met).error == changed)
        app.client.isSwitchedOff = false
        #expect(try fixture.resume(next, with: met).token != nil)
    }

    @Test func `what meets another need is a fault of ours, and issues nothing`() throws {
        let fixture = try app.fixture()
        let next = try waiting(ask(fixture, own))
        for met in [.password(matches: true), .clientKeys, .unavailable] as [Met] {
            let error = try fixture.resume(next, with: met).error
            #expect(error?.code == .serverError && error?.check == .answerMismatch)
        }
    }

    // MARK: which refusals use it up

    @Test(arguments: [
        ("grant_type=client_credentials&scope=root", Check.scope),
        ("grant_type=client_credentials&resource=urn:x", .resource),
        ("grant_type=nonsense", .grantType),
        ("grant_type=password&username=ann", .passwordParameters),
    ])
    func `a refusal behind the authentication uses it up`(rest: String, check: Check) throws {
        let fixture = try app.fixture()
        let next = try waiting(ask(fixture, rest))
        #expect(try fixture.resume(next, with: .assertionUse(isFirst: true)).error?.check == check)
        #expect(try ask(fixture, own).error == repeated)
    }

    @Test func `a client that does not authenticate uses nothing up`() throws {
        let fixture = try app.fixture()
        let foreign = try app.body(own, signedBy: ClientKey())
        #expect(try fixture.ask(foreign).error == .invalidClient(.assertionSignature))
        app.client.isSwitchedOff = true
        #expect(try ask(fixture, own).error == .invalidClient(.clientDisabled))
        app.client.isSwitchedOff = false
        #expect(app.uses.ends.isEmpty)
        #expect(try ask(fixture, own).continuation != nil)
        #expect(app.uses.ends.count == 1)
    }

    @Test func `a repeated one is told nothing about scopes, and no password is hashed`() throws {
        let fixture = try app.fixture(["ann": user()])
        _ = try waiting(ask(fixture, own))
        #expect(try ask(fixture, "\(own)&scope=root").error == repeated)
        #expect(try ask(fixture, password).error == repeated)
    }

    // MARK: behind a password

    @Test func `the password comes first, then the use`() throws {
        let fixture = try app.fixture(["ann": user()])
        let check = try #require(try ask(fixture, password).check)
        #expect(app.uses.ends.isEmpty)
        let next = try waiting(fixture.finish(check, matches: true))
        #expect(app.uses.ends.count == 1)
        let token = try fixture.resume(next, with: .assertionUse(isFirst: true)).token
        #expect(token?.claims.sub == "user:ann")
    }

    @Test func `a wrong password uses it up, one that is not checked does not`() throws {
        let fixture = try app.fixture(["ann": user()])
        let slow = OAuthError(.slowDown, "x", check: .passwordFailures)
        let throttled = try #require(try ask(fixture, password).check)
        let answer = try fixture.resume(throttled.continuation, with: .refused(slow, retryAfter: 3))
        #expect(answer.error == slow && answer.refused?.retryAfter == 3)
        #expect(app.uses.ends.isEmpty)
        let check = try #require(try ask(fixture, password).check)
        let next = try waiting(fixture.finish(check, matches: false))
        let refused = try fixture.resume(next, with: .assertionUse(isFirst: true))
        #expect(refused.error?.check == .password)
        #expect(try ask(fixture, password).error == repeated)
    }

    @Test func `of two passwords with one assertion only one is answered for`() throws {
        let fixture = try app.fixture(["ann": user()])
        let checks = try (0..<2).map { _ in try #require(try ask(fixture, password).check) }
        _ = try waiting(fixture.finish(checks[0], matches: false))
        #expect(try fixture.finish(checks[1], matches: true).error == repeated)
    }

    @Test func `a user that is disabled while the use is written gets nothing`() throws {
        let fixture = try app.fixture(["ann": user()])
        let check = try #require(try ask(fixture, password).check)
        let next = try waiting(fixture.finish(check, matches: true))
        let met = Met.assertionUse(isFirst: true)
        for users in [[:], ["ann": user(isEnabled: false)]] as [[String: User]] {
            fixture.registry = registry(app.client, users: users)
            #expect(try fixture.resume(next, with: met).error?.check == .password)
        }
        fixture.registry = registry(app.client, users: ["ann": user()])
        #expect(try fixture.resume(next, with: met).token != nil)
    }

    // MARK: introspection

    @Test func `an introspection waits too, and says what is so then`() throws {
        let other = try client("other", policy(grants: [.clientCredentials]))
        let fixture = try TokenFixture(registry(app.client, other), replays: app.uses)
        var next = try waiting(ask(fixture, own))
        let token = try fixture.resume(next, with: .assertionUse(isFirst: true))
        let text = try #require(token.response).accessToken
        func describing(_ token: String, jti: String) throws -> Continuation {
            let body = try app.body("token=\(token)", jti: jti)
            let answer = try fixture.introspect(body, peer: StubPeer(nil))
            guard case .needs(.assertionUse, let next) = answer else {
                throw TokenFixture.Unexpected.answer
            }
            return next
        }
        let met = Met.assertionUse(isFirst: true)
        next = try describing(text, jti: "two")
        #expect(try fixture.resumeIntrospection(next, with: met).content?.clientID == "app")
        #expect(try fixture.resumeIntrospection(next, with: met, now: noon + 600).isInactive)
        let twice = try fixture.resumeIntrospection(next, with: .assertionUse(isFirst: false))
        #expect(twice.error == repeated)
        #expect(
            try fixture.resumeIntrospection(describing("x", jti: "three"), with: met).isInactive
        )
        app.client.isSwitchedOff = true
        let off = try fixture.resumeIntrospection(next, with: met)
        #expect(off.error == .invalidClient(.clientChanged))
    }

    @Test func `who may introspect is asked when the answer is given`() throws {
        let all: Grants = [.clientCredentials]
        func asker(_ mayIntrospect: Bool) throws -> Client {
            let rules = policy(.privateKeyJWT, grants: all, mayIntrospect: mayIntrospect)
            return try app.registered(rules)
        }
        let other = try client("other")
        let fixture = try TokenFixture(registry(asker(true), other), replays: app.uses)
        let text = try fixture.text("grant_type=client_credentials&client_id=other")
        let body = try app.body("token=\(text)")
        guard case .needs(_, let next) = try fixture.introspect(body, peer: StubPeer(nil)) else {
            throw TokenFixture.Unexpected.noToken
        }
        let met = Met.assertionUse(isFirst: true)
        #expect(try fixture.resumeIntrospection(next, with: met).content?.clientID == "other")
        fixture.registry = try registry(asker(false), other)
        #expect(try fixture.resumeIntrospection(next, with: met).isInactive)
    }
}

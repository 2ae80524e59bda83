// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuthTesting
import Testing

@testable import OAuth

/// A client's bucket: emptied by the client alone, after its authentication and before all else.
struct ClientRateTests {
    private static let second: UInt64 = 1_000_000_000
    private let body = "grant_type=client_credentials&client_id=app"
    private let two = RequestRate("2/60")
    private let tooOften = OAuthError(.slowDown, "", check: .clientRate)

    private func fixture(_ rules: ClientPolicy) throws -> TokenFixture {
        try TokenFixture(registry(client("app", rules)))
    }

    private func limited(_ grants: Grants = [.clientCredentials]) -> ClientPolicy {
        policy(grants: grants, rate: two)
    }

    // MARK: the rate

    @Test func `beyond its rate a client is slowed down, and served again in its time`() throws {
        let fixture = try fixture(limited())
        for _ in 0..<2 { #expect(try fixture.ask(body).response != nil) }
        let refused = try #require(try fixture.ask(body).refused)
        #expect(refused.error == tooOften && refused.error.status == 429)
        #expect(refused.retryAfter == 30 && refused.client == .id(Array("app".utf8)))
        let early = try fixture.ask(body, uptime: 30 * Self.second - 1)
        #expect(early.error == tooOften && early.refused?.retryAfter == 1)
        #expect(try fixture.ask(body, uptime: 30 * Self.second).response != nil)
        #expect(try fixture.ask(body, uptime: 30 * Self.second).error == tooOften)
    }

    @Test func `a client without a rate gets the server's, and without that any number`() throws {
        let fixture = try fixture(policy())
        for _ in 0..<100 { #expect(try fixture.ask(body).response != nil) }
        let one = RequestRate("1/60")
        #expect(try fixture.ask(body, clientRate: one).response != nil)
        #expect(try fixture.ask(body, clientRate: one).error == tooOften)
        #expect(try fixture.ask(body).response != nil)
    }

    @Test func `its own rate counts in the place of the server's`() throws {
        let fixture = try fixture(limited())
        let one = RequestRate("1/60")
        for _ in 0..<2 { #expect(try fixture.ask(body, clientRate: one).response != nil) }
        #expect(try fixture.ask(body, clientRate: one).error == tooOften)
    }

    // MARK: who spends it

    @Test func `a stranger who knows the client_id spends nothing of it`() throws {
        let fixture = try fixture(limited())
        for number in 0..<20 {
            let stranger = StubPeer(number % 2 == 0 ? thumbprint(9) : nil)
            let error = try fixture.ask(body, peer: stranger).error
            #expect(error?.code == .invalidClient)
            let secret = try fixture.ask(body + "&client_secret=guess", peer: stranger)
            #expect(secret.error?.code == .invalidClient)
        }
        for _ in 0..<2 { #expect(try fixture.ask(body).response != nil) }
        #expect(try fixture.ask(body).error == tooOften)
    }

    @Test func `beyond the rate a stranger learns nothing of that`() throws {
        let fixture = try fixture(limited())
        for _ in 0..<5 { _ = try fixture.ask(body) }
        let error = try fixture.ask(body, peer: StubPeer(thumbprint(9))).error
        #expect(error == .invalidClient(.certificateNotRegistered))
    }

    @Test func `clients do not spend each other's`() throws {
        let other = try client("other", limited(), certificates: [certificate(2)])
        let fixture = try TokenFixture(registry(client("app", limited()), other))
        for _ in 0..<3 { _ = try fixture.ask(body) }
        let form = "grant_type=client_credentials&client_id=other"
        for _ in 0..<2 {
            #expect(try fixture.ask(form, peer: StubPeer(thumbprint(2))).response != nil)
        }
        #expect(try fixture.ask(form, peer: StubPeer(thumbprint(2))).error == tooOften)
    }

    @Test func `a public client has no bucket that a stranger could empty`() throws {
        let rules = policy(.publicClient, grants: [.password], bindsTokens: false, rate: two)
        let app = try client("app", rules, certificates: [])
        let fixture = try TokenFixture(registry(app))
        let body = "client_id=app&grant_type=password&username=ann&password=pw"
        for _ in 0..<10 {
            #expect(try fixture.ask(body, peer: StubPeer(nil), clientRate: two).check != nil)
        }
    }

    // MARK: what it is spent for

    @Test func `every request of an authenticated client counts, whatever comes of it`() throws {
        for form in [
            "client_id=app", "client_id=app&grant_type=other",
            body + "&scope=foreign", "client_id=app&grant_type=password&username=a&password=b",
        ] {
            let fixture = try fixture(limited())
            for _ in 0..<2 { #expect(try fixture.ask(form).error?.code != .slowDown) }
            #expect(try fixture.ask(form).error == tooOften, "\(form)")
        }
    }

    @Test func `introspection and revocation are counted with the tokens`() throws {
        let fixture = try fixture(limited())
        let token = try fixture.text()
        #expect(try fixture.revoke("client_id=app&token=\(token)").continuation != nil)
        #expect(try fixture.revoke("client_id=app&token=\(token)").error == tooOften)
        #expect(fixture.grants.written.isEmpty)
        var out = TokenFixture.before
        let context = DecisionContext(registry: fixture.registry, now: noon)
        let decision = fixture.endpoint.introspect(
            try form("client_id=app&token=\(token)"),
            authorization: .none,
            peer: StubPeer(thumbprint(1)),
            context,
            into: &out
        )
        guard case .refused(let refused) = decision else {
            Issue.record("introspected")
            return
        }
        #expect(refused.error == tooOften && out == TokenFixture.before)
    }

    @Test func `no password is hashed beyond the rate`() throws {
        let ann = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
        let app = try client("app", limited([.password]))
        let fixture = try TokenFixture(registry(app, users: ["ann": ann]))
        let body = "client_id=app&grant_type=password&username=ann&password=pw"
        for _ in 0..<2 { #expect(try fixture.ask(body).check != nil) }
        let refused = try fixture.ask(body)
        #expect(refused.error == tooOften && refused.continuation == nil)
    }

    @Test func `an assertion beyond the rate is not used up`() throws {
        let rules = policy(.privateKeyJWT, bindsTokens: false, rate: RequestRate("1/60"))
        let app = try SigningApp(rules)
        let fixture = try app.fixture()
        let form = try app.body("grant_type=client_credentials", jti: "two")
        let first = try app.body("grant_type=client_credentials", jti: "one")
        #expect(try fixture.ask(first, peer: StubPeer(nil)).continuation != nil)
        #expect(try fixture.ask(form, peer: StubPeer(nil)).error == tooOften)
        let later = try fixture.ask(form, peer: StubPeer(nil), uptime: 60 * Self.second)
        #expect(later.continuation != nil)
        // Its twin: one that was used is refused before the bucket is asked.
        let again = try fixture.ask(form, peer: StubPeer(nil), uptime: 60 * Self.second)
        #expect(again.error == .invalidClient(.assertionRepeated))
    }

    // MARK: what stays

    @Test func `a rate that was raised counts at once, and one that was lowered too`() throws {
        let slow = try client("app", policy(rate: RequestRate("1/86400")))
        let fast = try client("app", policy(rate: RequestRate("10/10")))
        fast.takeActivity(of: slow)
        let fixture = try TokenFixture(registry(slow))
        #expect(try fixture.ask(body).response != nil)
        fixture.registry = registry(fast)
        #expect(try fixture.ask(body).refused?.retryAfter == 1)
        #expect(try fixture.ask(body, uptime: Self.second).response != nil)
        #expect(try fixture.ask(body, uptime: Self.second).error == tooOften)
        fixture.registry = registry(slow)
        #expect(try fixture.ask(body, uptime: 2 * Self.second).refused?.retryAfter ?? 0 > 1)
    }

    @Test func `another registration of the client goes on with its bucket`() throws {
        let first = try client("app", limited())
        let fixture = try TokenFixture(registry(first))
        for _ in 0..<2 { #expect(try fixture.ask(body).response != nil) }
        let next = try client("app", limited([.clientCredentials, .password]))
        next.takeActivity(of: first)
        fixture.registry = registry(next)
        #expect(try fixture.ask(body).error == tooOften)
        #expect(first.activity === next.activity && next.activity.slowedDown == 1)
        #expect(next.activity.lastSlowedDown == noon)
        // Its twin, which nobody has told of the first one.
        fixture.registry = registry(try client("app", limited()))
        #expect(try fixture.ask(body).response != nil)
    }

    @Test func `many threads spend one bucket exactly`() async throws {
        let (activity, rate) = (ClientActivity(), try #require(RequestRate("1000/3600")))
        let allowed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<500).count { _ in activity.spend(rate, now: 1, time: noon) == nil }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(allowed == 1000 && activity.slowedDown == 3000)
    }

    // MARK: needs

    @Test func `a token that is made while the last one is half new counts as early`() throws {
        let app = try client()
        let fixture = try TokenFixture(registry(app))
        func ask(_ rest: String = "", after seconds: Int64) throws {
            #expect(try fixture.ask(body + rest, now: noon + seconds).response != nil)
        }
        try ask(after: 0)
        #expect(app.activity.tokensIssuedEarly == 0)
        try ask(after: 299)
        #expect(app.activity.tokensIssuedEarly == 1)
        // Half the life of the second one is over then.
        try ask(after: 599)
        #expect(app.activity.tokensIssuedEarly == 1)
        // For another scope it is another token.
        try ask("&scope=read", after: 600)
        #expect(app.activity.tokensIssuedEarly == 1)
        try ask("&scope=read", after: 600)
        #expect(app.activity.tokensIssuedEarly == 2)
    }

    @Test func `a token that is handed out again is none that was made`() throws {
        let app = try client("app", policy(reuseWindow: 30))
        let fixture = try TokenFixture(registry(app))
        for _ in 0..<10 { _ = try fixture.text() }
        #expect(app.activity.tokensIssuedEarly == 0)
        _ = try fixture.text(now: noon + 30)
        #expect(app.activity.tokensIssuedEarly == 1)
    }
}

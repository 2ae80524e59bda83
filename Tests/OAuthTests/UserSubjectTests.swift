// SPDX-License-Identifier: Apache-2.0
import OAuthTesting
import Testing

@testable import OAuth

/// How tokens name users: `user:` and the name, or the name alone.
struct UserSubjectTests {
    private let body = "client_id=app&grant_type=password&username=ann&password=x"

    private func bare() -> IssuerSettings {
        var tokens = settings.tokens
        tokens.userSubject = .bare
        return IssuerSettings(issuer: settings.issuer, tokens: tokens)
    }

    private func fixture(_ others: Client..., isBare: Bool = true) throws -> TokenFixture {
        let app = try client("app", policy(grants: [.password, .clientCredentials]))
        var known = ClientRegistry()
        for client in [app] + others { known.insert(client) }
        let ann = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
        let registry = Registry(clients: known, users: ["ann": ann], generation: 1)
        return try TokenFixture(registry, settings: isBare ? bare() : settings)
    }

    private func answer(_ fixture: TokenFixture) throws -> TokenFixture.Answer {
        let waiting = try #require(try fixture.ask(body).check)
        return try fixture.finish(waiting, matches: true)
    }

    @Test func `by default a user's subject is apart from clients`() throws {
        #expect(try answer(fixture(isBare: false)).token?.claims.sub == "user:ann")
    }

    @Test func `where that is configured it is the name alone, and clients keep theirs`() throws {
        let fixture = try fixture()
        #expect(try answer(fixture).token?.claims.sub == "ann")
        let own = try fixture.ask("client_id=app&grant_type=client_credentials")
        #expect(own.token?.claims.sub == "app")
    }

    @Test func `a user with the name of a client gets no token then`() throws {
        let other = try client("ann", certificates: [certificate(2)])
        #expect(try answer(fixture(other)).error?.check == .userSubject)
        #expect(try answer(fixture(other, isBare: false)).token?.claims.sub == "user:ann")
    }

    @Test func `introspection knows the user by either spelling`() throws {
        let fixture = try fixture()
        let registry = fixture.registry
        #expect(registry.user(ofToken: "ann")?.subject == "user:ann")
        #expect(registry.user(ofToken: "user:ann")?.subject == "user:ann")
        #expect(registry.user(ofToken: "bob") == nil)
    }
}

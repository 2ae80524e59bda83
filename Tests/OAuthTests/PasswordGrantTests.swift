// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

struct PasswordGrantTests {
    private static let made = Result { try PasswordHash.make(Array("correct horse".utf8)) }

    private let hash: String
    private let body = "client_id=app&grant_type=password&username=ann&password=correct+horse"

    init() throws {
        // One hash for all tests: each costs tens of milliseconds.
        hash = try Self.made.get()
    }

    private func user(isEnabled: Bool = true, hash: String? = nil) -> User {
        User(subject: "user:1", passwordHash: hash ?? self.hash, isEnabled: isEnabled)
    }

    private func app(isEnabled: Bool = true) throws -> Client {
        try client("app", policy(grants: [.password, .clientCredentials]), isEnabled: isEnabled)
    }

    private func fixture(_ users: [String: User]? = nil, dummyPasswordHash: String = "none") throws
        -> TokenFixture
    {
        try TokenFixture(
            registry(app(), users: users ?? ["ann": user()]),
            dummyPasswordHash: dummyPasswordHash
        )
    }

    /// Asks, checks the password and goes on, as the server does it.
    private func ask(_ fixture: TokenFixture, _ body: String) throws -> TokenFixture.Answer {
        let answer = try fixture.ask(body)
        guard let check = answer.check else { return answer }
        return try fixture.finish(check, matches: check.run())
    }

    private let refused = OAuthError(.invalidGrant, "", check: .password)

    @Test func `a user with the right password gets a token that names the user`() throws {
        let token = try #require(try ask(fixture(), body).token)
        #expect(token.claims.sub == "user:1")
        #expect(token.claims.clientID == "app")
        #expect(token.claims.scope == "read write")
        #expect(token.claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test(arguments: ["Correct+horse", "correct+hors", "correct+horse+", "x"])
    func `a wrong password is refused`(password: String) throws {
        let body = "client_id=app&grant_type=password&username=ann&password=\(password)"
        #expect(try ask(fixture(), body).error == refused)
    }

    @Test func `an unknown user is refused like a wrong password, after as much work`() throws {
        let unknown = "client_id=app&grant_type=password&username=bob&password=correct+horse"
        // Even a dummy password hash with this very password lets nobody in.
        let fixture = try fixture(dummyPasswordHash: hash)
        let check = try #require(try fixture.ask(unknown).check)
        #expect(!check.run())
        #expect(try fixture.finish(check, matches: false).error == refused)
        #expect(try fixture.finish(check, matches: true).error == refused)
        let wrong = try ask(fixture, body + "x").error
        #expect(wrong == refused)
        let text = try ask(fixture, unknown).error?.description.description
        #expect(text != nil && text == wrong?.description.description)
    }

    @Test func `a disabled user is refused though the password is right`() throws {
        #expect(try ask(fixture(["ann": user(isEnabled: false)]), body).error == refused)
    }

    @Test(arguments: [
        "username=ann", "password=pw", "", "username=&password=pw", "username=ann&password=",
    ])
    func `a request without name or password is refused`(rest: String) throws {
        let error = try fixture().ask("client_id=app&grant_type=password&\(rest)").error
        #expect(error == .invalidRequest("", check: .passwordParameters))
    }

    @Test func `a password has at most 1024 bytes`() throws {
        let fixture = try fixture()
        let start = "client_id=app&grant_type=password&username=ann&password="
        let longest = String(repeating: "x", count: 1_024)
        #expect(try fixture.ask(start + longest).check != nil)
        let error = try fixture.ask(start + longest + "x").error
        #expect(error == .invalidRequest("", check: .passwordParameters))
    }

    @Test func `the client comes first, and its scopes`() throws {
        let fixture = try fixture()
        let stranger = try fixture.ask(body, peer: StubPeer(thumbprint(9))).error
        #expect(stranger == .invalidClient(.certificateNotRegistered))
        let error = try fixture.ask("\(body)&scope=root").error
        #expect(error == OAuthError(.invalidScope, "", check: .scope))
        #expect(try ask(fixture, "\(body)&scope=read").response?.scope == "read")
    }

    // MARK: what changes while the password is checked

    @Test func `a client that is disabled or gone meanwhile is refused`() throws {
        let fixture = try fixture()
        let check = try #require(try fixture.ask(body).check)
        let changed = OAuthError.invalidClient(.clientChanged)
        fixture.registry = try registry(app(isEnabled: false), users: ["ann": user()])
        #expect(try fixture.finish(check, matches: true).error == changed)
        fixture.registry = registry(users: ["ann": user()])
        #expect(try fixture.finish(check, matches: true).error == changed)
        // The same words, read from the store once more.
        fixture.registry = try registry(app(), users: ["ann": user()])
        #expect(try fixture.finish(check, matches: true).token?.claims.sub == "user:1")
    }

    @Test func `changes to others do not matter`() throws {
        let app = try app()
        let fixture = try TokenFixture(registry(app, users: ["ann": user()]))
        let check = try #require(try fixture.ask(body).check)
        let users = ["ann": user(), "bob": user(hash: "other")]
        fixture.registry = try registry(app, client("new"), users: users)
        #expect(try fixture.finish(check, matches: true).token?.claims.sub == "user:1")
    }

    @Test func `a user that was changed meanwhile is refused`() throws {
        let app = try app()
        let fixture = try TokenFixture(registry(app, users: ["ann": user()]))
        let check = try #require(try fixture.ask(body).check)
        let other = User(subject: "user:2", passwordHash: hash, isEnabled: true)
        let changes: [[String: User]] = [
            [:], ["ann": user(isEnabled: false)], ["ann": user(hash: "new")], ["ann": other],
            ["bob": user()],
        ]
        for users in changes {
            fixture.registry = registry(app, users: users)
            #expect(try fixture.finish(check, matches: true).error == refused)
        }
        fixture.registry = registry(app, users: ["ann": user()])
        #expect(try fixture.finish(check, matches: true).token != nil)
    }

    @Test func `a user that appears while the dummy password hash is hashed is still refused`()
        throws
    {
        let app = try app()
        let fixture = try TokenFixture(registry(app))
        let check = try #require(try fixture.ask(body).check)
        fixture.registry = registry(app, users: ["ann": user()])
        #expect(try fixture.finish(check, matches: true).error == refused)
    }

    @Test func `names are taken byte for byte`() throws {
        let fixture = try fixture(["Ann": user(), "ann ": user()])
        #expect(try ask(fixture, body).error == refused)
        let start = "client_id=app&grant_type=password&password=correct+horse&username="
        #expect(try ask(fixture, start + "Ann").token != nil)
        #expect(try ask(fixture, start + "ann+").token != nil)
    }
}

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

    private func desk(_ users: [String: User]? = nil, decoy: String = "none") throws -> TokenFixture
    {
        try TokenFixture(registry(app(), users: users ?? ["ann": user()]), decoy: decoy)
    }

    /// Asks, checks the password and goes on, as the server does it.
    private func ask(_ desk: TokenFixture, _ body: String) throws -> TokenFixture.Answer {
        let answer = try desk.ask(body)
        guard let check = answer.check else { return answer }
        return try desk.finish(check, matches: check.run())
    }

    private let refused = OAuthError(.invalidGrant, "", check: .password)

    @Test func `a user with the right password gets a token that names the user`() throws {
        let token = try #require(try ask(desk(), body).token)
        #expect(token.claims.sub == "user:1")
        #expect(token.claims.clientID == "app")
        #expect(token.claims.scope == "read write")
        #expect(token.claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test(arguments: ["Correct+horse", "correct+hors", "correct+horse+", "x"])
    func `a wrong password is refused`(password: String) throws {
        let body = "client_id=app&grant_type=password&username=ann&password=\(password)"
        #expect(try ask(desk(), body).error == refused)
    }

    @Test func `an unknown user is refused like a wrong password, after as much work`() throws {
        let unknown = "client_id=app&grant_type=password&username=bob&password=correct+horse"
        // Even a decoy with this very password lets nobody in.
        let desk = try desk(decoy: hash)
        let check = try #require(try desk.ask(unknown).check)
        #expect(!check.run())
        #expect(try desk.finish(check, matches: false).error == refused)
        #expect(try desk.finish(check, matches: true).error == refused)
        let wrong = try ask(desk, body + "x").error
        #expect(wrong == refused)
        let text = try ask(desk, unknown).error?.description.description
        #expect(text != nil && text == wrong?.description.description)
    }

    @Test func `a disabled user is refused though the password is right`() throws {
        #expect(try ask(desk(["ann": user(isEnabled: false)]), body).error == refused)
    }

    @Test(arguments: [
        "username=ann", "password=pw", "", "username=&password=pw", "username=ann&password=",
    ])
    func `a request without name or password is refused`(rest: String) throws {
        let error = try desk().ask("client_id=app&grant_type=password&\(rest)").error
        #expect(error == .invalidRequest("", check: .passwordParameters))
    }

    @Test func `a password has at most 1024 bytes`() throws {
        let desk = try desk()
        let start = "client_id=app&grant_type=password&username=ann&password="
        let longest = String(repeating: "x", count: 1_024)
        #expect(try desk.ask(start + longest).check != nil)
        let error = try desk.ask(start + longest + "x").error
        #expect(error == .invalidRequest("", check: .passwordParameters))
    }

    @Test func `the client comes first, and its scopes`() throws {
        let desk = try desk()
        let stranger = try desk.ask(body, peer: StubPeer(thumbprint(9))).error
        #expect(stranger == .invalidClient(.certificateNotRegistered))
        let error = try desk.ask("\(body)&scope=root").error
        #expect(error == OAuthError(.invalidScope, "", check: .scope))
        #expect(try ask(desk, "\(body)&scope=read").response?.scope == "read")
    }

    // MARK: what changes while the password is checked

    @Test func `a client that was changed meanwhile is refused`() throws {
        let desk = try desk()
        let check = try #require(try desk.ask(body).check)
        let changed = OAuthError.invalidClient(.clientChanged)
        desk.registry = try registry(app(isEnabled: false), users: ["ann": user()])
        #expect(try desk.finish(check, matches: true).error == changed)
        desk.registry = registry(users: ["ann": user()])
        #expect(try desk.finish(check, matches: true).error == changed)
        // The same words in another registration: scopes and certificates were of the old one.
        desk.registry = try registry(app(), users: ["ann": user()])
        #expect(try desk.finish(check, matches: true).error == changed)
    }

    @Test func `changes to others do not matter`() throws {
        let app = try app()
        let desk = try TokenFixture(registry(app, users: ["ann": user()]))
        let check = try #require(try desk.ask(body).check)
        let users = ["ann": user(), "bob": user(hash: "other")]
        desk.registry = try registry(app, client("new"), users: users)
        #expect(try desk.finish(check, matches: true).token?.claims.sub == "user:1")
    }

    @Test func `a user that was changed meanwhile is refused`() throws {
        let app = try app()
        let desk = try TokenFixture(registry(app, users: ["ann": user()]))
        let check = try #require(try desk.ask(body).check)
        let other = User(subject: "user:2", passwordHash: hash, isEnabled: true)
        let changes: [[String: User]] = [
            [:], ["ann": user(isEnabled: false)], ["ann": user(hash: "new")], ["ann": other],
            ["bob": user()],
        ]
        for users in changes {
            desk.registry = registry(app, users: users)
            #expect(try desk.finish(check, matches: true).error == refused)
        }
        desk.registry = registry(app, users: ["ann": user()])
        #expect(try desk.finish(check, matches: true).token != nil)
    }

    @Test func `a user that appears while the decoy is hashed is still refused`() throws {
        let app = try app()
        let desk = try TokenFixture(registry(app))
        let check = try #require(try desk.ask(body).check)
        desk.registry = registry(app, users: ["ann": user()])
        #expect(try desk.finish(check, matches: true).error == refused)
    }

    @Test func `names are taken byte for byte`() throws {
        let desk = try desk(["Ann": user(), "ann ": user()])
        #expect(try ask(desk, body).error == refused)
        let start = "client_id=app&grant_type=password&password=correct+horse&username="
        #expect(try ask(desk, start + "Ann").token != nil)
        #expect(try ask(desk, start + "ann+").token != nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// Needs for passwords and for keys, and whom a refusal names; uses of assertions have tests of
/// their own.
struct NeedTests {
    private let credentials = "client_id=app&grant_type=client_credentials"
    private let password = "client_id=app&grant_type=password&username=ann&password=pw"
    private let app = NamedClient.id(Array("app".utf8))

    private func isMismatch(_ answer: TokenFixture.Answer) -> Bool {
        answer.error == OAuthError(.serverError, "", check: .answerMismatch)
    }

    // MARK: passwords

    private func passwordFixture() throws -> TokenFixture {
        let user = User(subject: "user:1", passwordHash: "none", isEnabled: true)
        let app = try client("app", policy(grants: [.password]))
        return try TokenFixture(registry(app, users: ["ann": user]))
    }

    @Test func `what meets another need than the password issues nothing`() throws {
        let fixture = try passwordFixture()
        let next = try #require(try fixture.ask(password).continuation)
        for met in [.assertionUse(isFirst: true), .clientKeys, .unavailable] as [Met] {
            #expect(isMismatch(try fixture.resume(next, with: met)))
        }
        #expect(try fixture.resume(next, with: .password(matches: true)).token != nil)
    }

    @Test func `a password that cannot be checked now is no wrong one`() throws {
        let fixture = try passwordFixture()
        let next = try #require(try fixture.ask(password).continuation)
        let full = OAuthError(.temporarilyUnavailable, "x", check: .workers)
        let answer = try fixture.resume(next, with: .refused(full, retryAfter: 1))
        #expect(answer.error == full && answer.refused?.retryAfter == 1)
        #expect(answer.refused?.client == app)
    }

    @Test func `wrong passwords are counted for a client and a user's name`() throws {
        let fixture = try passwordFixture()
        let key = try #require(try fixture.ask(password).continuation?.throttleKey)
        let app = ClientID(Array("app".utf8))
        #expect(key == .grant(client: app, username: "ann", isOfPublicClient: false))
        let other = try fixture.ask(password + "&scope=read").continuation?.throttleKey
        #expect(other == key)
        let bob = password.replacing("ann", with: "bob")
        #expect(try fixture.ask(bob).continuation?.throttleKey != key)
        let anybody = try client("app", policy(.publicClient, grants: [.password]))
        let open = try TokenFixture(registry(anybody))
        let peer = StubPeer(thumbprint(1))
        let throttled = try open.ask(password, peer: peer).continuation?.throttleKey
        #expect(throttled == .grant(client: app, username: "ann", isOfPublicClient: true))
    }

    // MARK: keys

    private func publisher(isEnabled: Bool = true, _ number: UInt8 = 1) throws -> Client {
        var remote = policy()
        remote.hasRemoteKeys = true
        return try client("app", remote, isEnabled: isEnabled, certificates: [certificate(number)])
    }

    private let renewed = StubPeer(thumbprint(2))
    private let unknown = OAuthError.invalidClient(.certificateNotRegistered)

    @Test func `an unknown certificate needs the client's keys, and is checked again`() throws {
        let fixture = try TokenFixture(registry(publisher()))
        guard
            case .needs(.clientKeys(let id), let next) = try fixture.ask(credentials, peer: renewed)
        else { throw TokenFixture.Unexpected.answer }
        #expect(id == ClientID(Array("app".utf8)) && next.throttleKey == nil)
        // No newer keys are available: the refusal stands.
        let kept = try fixture.resume(next, with: .unavailable)
        #expect(kept.error == unknown && kept.refused?.client == app)
        fixture.registry = try registry(publisher(2))
        let again = try fixture.ask(credentials, peer: renewed, hasWaitedForKeys: true)
        #expect(again.token != nil)
    }

    @Test func `a request waits for keys once`() throws {
        let fixture = try TokenFixture(registry(publisher()))
        let again = try fixture.ask(credentials, peer: renewed, hasWaitedForKeys: true)
        #expect(again.error == unknown)
    }

    @Test func `a client that is disabled, before or meanwhile, gets nothing`() throws {
        let off = try TokenFixture(registry(publisher(isEnabled: false)))
        let disabled = OAuthError.invalidClient(.clientDisabled)
        #expect(try off.ask(credentials, peer: renewed).error == disabled)
        let fixture = try TokenFixture(registry(publisher()))
        #expect(try fixture.ask(credentials, peer: renewed).continuation != nil)
        fixture.registry = try registry(publisher(isEnabled: false, 2))
        let again = try fixture.ask(credentials, peer: renewed, hasWaitedForKeys: true)
        #expect(again.error == disabled)
    }

    @Test func `a kept refusal is no answer to another need`() throws {
        let fixture = try TokenFixture(registry(publisher()))
        let next = try #require(try fixture.ask(credentials, peer: renewed).continuation)
        let met: [Met] = [
            .password(matches: true), .assertionUse(isFirst: true), .clientKeys,
        ]
        for met in met { #expect(isMismatch(try fixture.resume(next, with: met))) }
    }

    // MARK: whom a refusal names

    @Test func `a refusal names whom its own request did, and nobody else`() throws {
        let fixture = try TokenFixture(registry(client("app"), client("s", policy(.secretBasic))))
        func named(
            _ body: String,
            _ authorization: AuthorizationHeader = .none
        ) throws -> NamedClient? {
            let peer = StubPeer(thumbprint(9))
            return try fixture.ask(body, authorization: authorization, peer: peer).refused?.client
        }
        #expect(try named(credentials) == app)
        #expect(try named("client_id=nobody") == .id(Array("nobody".utf8)))
        #expect(try named("grant_type=x", basic("s", "wrong")) == .id(Array("s".utf8)))
        // A request that names two clients, or none, is logged by its form.
        #expect(try named("client_id=app", basic("s", "wrong")) == .inForm)
        #expect(try named("grant_type=client_credentials") == .inForm)
        let scope = try fixture.ask("\(credentials)&scope=root")
        #expect(scope.refused?.client == app && scope.error?.check == .scope)
    }
}

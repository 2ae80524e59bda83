// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// The authorization code grant (RFC 6749 §4.1, RFC 7636): what a code gives, and what does not use
/// it up.
struct CodeGrantTests {
    private let other = StubPeer(thumbprint(2))

    private func fixture(_ app: Client? = nil) throws -> GrantFixture {
        try GrantFixture(
            app ?? client("app", lasting()),
            client("other", lasting(), certificates: [certificate(2)])
        )
    }

    /// Refuses this form with this error, and the code is as good as before.
    private func expectUnused(
        _ form: String,
        _ error: OAuthError,
        _ code: AuthorizationCode,
        _ fixture: GrantFixture,
        peer: StubPeer = StubPeer(thumbprint(1))
    ) throws {
        let answer = try fixture.tokens.settle(fixture.tokens.ask(form, peer: peer))
        #expect(answer.error == error, "\(form)")
        #expect(fixture.grants.written.count == 1, "\(form)")
        #expect(try fixture.exchange(code).response != nil, "\(form)")
    }

    // MARK: what it gives

    @Test func `a code gives a token for its user, within what was granted`() throws {
        let fixture = try fixture()
        let answer = try fixture.exchange(fixture.code(scopes: ["write"]))
        let claims = try #require(answer.token).claims
        #expect(claims.sub == "user:ann" && claims.clientID == "app" && claims.scope == "write")
        #expect(claims.aud == .one("https://api.example"))
        #expect(claims.cnf?.thumbprint == thumbprint(1).base64URL)
        #expect(answer.response?.scope == "write")
    }

    @Test func `a refresh token comes along, if the client is registered for that`() throws {
        let with = try fixture()
        #expect(try with.exchange(with.code()).response?.refreshToken != nil)
        #expect(with.grants.families.count == 1)
        let without = try fixture(client("app", lasting { $0.grants = [.authorizationCode] }))
        let answer = try without.exchange(without.code())
        #expect(answer.response != nil && answer.response?.refreshToken == nil)
        #expect(without.grants.families.isEmpty)
    }

    @Test func `a public client exchanges a code by PKCE alone`() throws {
        let fixture = try fixture(publicClient())
        let code = try fixture.code()
        let form = GrantFixture.form(code).replacing("code_verifier", with: "x")
        let nobody = StubPeer(nil)
        let missing = OAuthError(.invalidGrant, "", check: .codeVerifier)
        try expectUnused(form, missing, code, fixture, peer: nobody)
        let claims = try #require(try fixture.exchange(fixture.code(), peer: nobody).token).claims
        #expect(claims.sub == "user:ann" && claims.cnf == nil)
    }

    // MARK: what does not use it up

    private static let verifier = "code_verifier=\(GrantFixture.verifier)"

    @Test(arguments: [
        "", "code_verifier=", "code_verifier=\(GrantFixture.verifier)x",
        "code_verifier=\(GrantFixture.verifier.dropLast())",
        "code_verifier=\(GrantFixture.verifier.lowercased())",
        "code_verifier=\(String(repeating: "a", count: 129))",
        "code_verifier=\(String(repeating: "a", count: 42))%20",
        "code_verifier=\(String(repeating: "a", count: 42))%2B",
        "code_verifier=\(String(repeating: "a", count: 42))%C3%A9",
        "code_challenge=\(GrantFixture.verifier)",
    ])
    func `a verifier that does not fit is refused`(verifier: String) throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let form = GrantFixture.form(code).replacing(Self.verifier, with: verifier)
        try expectUnused(form, OAuthError(.invalidGrant, "", check: .codeVerifier), code, fixture)
    }

    @Test(arguments: ["", String(repeating: "a", count: 42), String(repeating: "a", count: 129)])
    func `a verifier of a forbidden length is refused though its digest fits`(
        verifier: String
    ) throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let row = try fixture.grants.find([.code(code.digest)]).first
        guard case .code(var record) = row else { throw TokenFixture.Unexpected.answer }
        record.challenge = Digest256.of(Array(verifier.utf8)).bytes
        _ = try fixture.grants.perform([.addCode(record, from: nil)])
        let form = GrantFixture.form(code)
            .replacing(Self.verifier, with: "code_verifier=\(verifier)")
        let answer = try fixture.tokens.settle(fixture.tokens.ask(form))
        #expect(answer.error == OAuthError(.invalidGrant, "", check: .codeVerifier))
    }

    @Test(arguments: [
        "", "redirect_uri=", "redirect_uri=\(GrantFixture.sentRedirectURI)y",
        "redirect_uri=https%3A%2F%2Fapp.example%2Fcb",
        "redirect_uri=https%3A%2F%2FAPP.example%2Fcb%3Fx%3D1",
    ])
    func `another redirect URI than the authorization request's is refused`(uri: String) throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let form = GrantFixture.form(code)
            .replacing("redirect_uri=\(GrantFixture.sentRedirectURI)", with: uri)
        try expectUnused(form, OAuthError(.invalidGrant, "", check: .redirectURI), code, fixture)
    }

    @Test func `a redirect URI that was not sent may be left out, and not be another one`() throws {
        let fixture = try fixture()
        func answer(_ uri: String) throws -> TokenFixture.Answer {
            let form = try GrantFixture.form(fixture.code(namesRedirectURI: false))
                .replacing("redirect_uri=\(GrantFixture.sentRedirectURI)", with: uri)
            return try fixture.tokens.settle(fixture.tokens.ask(form))
        }
        #expect(try answer("").response != nil)
        #expect(try answer("redirect_uri=\(GrantFixture.sentRedirectURI)").response != nil)
        #expect(try answer("redirect_uri=urn:x").error?.check == .redirectURI)
    }

    @Test func `a redirect URI that only looks the same is another one`() throws {
        let fixture = try fixture()
        func answer(_ sent: String) throws -> TokenFixture.Answer {
            let code = try fixture.code(redirectURI: "urn:\u{e9}")
            let form = GrantFixture.form(code)
                .replacing(GrantFixture.sentRedirectURI, with: sent)
            return try fixture.tokens.settle(fixture.tokens.ask(form))
        }
        #expect(try answer("urn:%C3%A9").response != nil)
        #expect(try answer("urn:e%CC%81").error?.check == .redirectURI)
    }

    @Test func `a code that is missing, malformed or unknown is refused`() throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let missing = OAuthError(.invalidRequest, "", check: .code)
        let form = GrantFixture.form(code)
        try expectUnused(form.replacing("&code=", with: "&x="), missing, code, fixture)
        let refreshToken = try self.fixture().refreshToken()
        for text in ["x", "\(code.text)A", try AuthorizationCode().text, refreshToken] {
            let answer = try fixture.tokens.settle(
                fixture.tokens.ask(form.replacing(code.text, with: text))
            )
            #expect(answer.error == .badCode, "\(text)")
        }
    }

    @Test func `a code is another client's for nobody, and that does not use it up`() throws {
        let fixture = try fixture()
        let code = try fixture.code()
        try expectUnused(GrantFixture.form(code, "other"), .badCode, code, fixture, peer: other)
    }

    @Test func `a request that does not authenticate does not use a code up`() throws {
        for peer in [other, StubPeer(nil)] {
            let fixture = try fixture()
            let code = try fixture.code()
            let answer = try fixture.exchange(code, peer: peer)
            #expect(answer.error?.code == .invalidClient)
            #expect(try fixture.exchange(code).response != nil)
        }
    }

    @Test(arguments: [
        ("&scope=read", OAuthError(.invalidScope, "", check: .scope)),
        ("&scope=read+write", OAuthError(.invalidScope, "", check: .scope)),
        ("&scope=root", OAuthError(.invalidScope, "", check: .scope)),
        ("&resource=urn:b", OAuthError(.invalidTarget, "", check: .resource)),
        ("&resource=urn:c", OAuthError(.invalidTarget, "", check: .resource)),
    ])
    func `a request for more than was granted does not use a code up`(
        rest: String,
        error: OAuthError
    ) throws {
        let fixture = try fixture(client("app", lasting { $0.audiences = ["urn:a", "urn:b"] }))
        let code = try fixture.code(scopes: ["write"], audiences: ["urn:a"])
        try expectUnused(GrantFixture.form(code) + rest, error, code, fixture)
    }

    @Test func `a code ends after a minute`() throws {
        let fixture = try fixture()
        #expect(try fixture.exchange(fixture.code(), now: noon + 59).response != nil)
        #expect(try fixture.exchange(fixture.code(), now: noon + 60).error == .badCode)
    }

    @Test func `a code without its user or of a grant that it does not begin gives nothing`() throws
    {
        let fixture = try fixture()
        #expect(try fixture.exchange(fixture.code(subject: "user:bob")).error == .badCode)
        let foreign = try fixture.code(grantID: [UInt8](repeating: 7, count: 16))
        #expect(try fixture.exchange(foreign).error == .badCode)
        #expect(fixture.grants.families.isEmpty)
    }

    @Test func `another grant type, client or profile gets nothing for a code`() throws {
        let none = try fixture(client("app", lasting { $0.grants = [.refreshToken] }))
        #expect(
            try none.exchange(none.code()).error
                == OAuthError(.unauthorizedClient, "", check: .grantType)
        )
        let off = try fixture(client("app", lasting(), isEnabled: false))
        #expect(try off.exchange(off.code()).error == .invalidClient(.clientDisabled))
    }

    // MARK: a second use

    @Test(arguments: [1, 30, 59, 61, 600])
    func `a second use by its client ends what the first gave`(later: Int64) throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let first = try #require(try fixture.exchange(code).response)
        let refreshToken = try #require(first.refreshToken)
        let now = noon + later
        if later < 600 { #expect(try fixture.isActive(first.accessToken, now: now)) }
        #expect(try fixture.isActive(refreshToken, now: now))
        #expect(try fixture.exchange(code, now: now).error == .badCode)
        #expect(try !fixture.isActive(first.accessToken, now: now))
        #expect(try !fixture.isActive(refreshToken, now: now))
        #expect(try fixture.refresh(refreshToken, now: now).error == .badRefreshToken)
    }

    @Test func `tokens of later refreshes end too, and those of other grants do not`() throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let first = try #require(try fixture.exchange(code).response?.refreshToken)
        let later = try #require(try fixture.refresh(first, now: noon + 5).response)
        let foreign = try #require(try fixture.exchange(fixture.code()).response)
        #expect(try fixture.exchange(code, now: noon + 6).error == .badCode)
        #expect(try !fixture.isActive(later.accessToken, now: noon + 7))
        #expect(try fixture.isActive(foreign.accessToken, now: noon + 7))
    }

    @Test func `another client's attempt at a used code ends nothing`() throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let first = try #require(try fixture.exchange(code).response)
        #expect(try fixture.exchange(code, as: "other", peer: other).error == .badCode)
        let failed = try fixture.exchange(code, peer: other)
        #expect(failed.error?.code == .invalidClient)
        #expect(try fixture.isActive(first.accessToken))
        #expect(try fixture.refresh(first.refreshToken).response != nil)
    }

    @Test func `further uses of a code cost no write`() throws {
        let fixture = try fixture()
        let code = try fixture.code()
        #expect(try fixture.exchange(code).response != nil)
        #expect(try fixture.exchange(code).error == .badCode)
        let before = fixture.grants.written.count
        for _ in 0..<3 { #expect(try fixture.exchange(code).error == .badCode) }
        #expect(fixture.grants.written.count == before && fixture.grants.revoked.count == 1)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// Which page or redirection a browser's request gets, and what is written for it.
struct AuthorizationEndpointTests {
    private typealias Fixture = AuthorizationFixture

    // MARK: requests

    @Test func `without a session a user is asked for name and password, with one for consent`()
        throws
    {
        let fixture = try Fixture()
        let first = try fixture.show()
        #expect(first.asksForPassword && first.answer?.status == 200)
        #expect(first.answer?.cookies.count == 1)
        let page = try fixture.show(session: fixture.session()).page
        guard case .consent(let form, let user, let scopes)? = page else {
            Issue.record("no question")
            return
        }
        #expect(user == "ann" && scopes == ["read", "write"] && form.clientName == "Shop")
        #expect(form.redirectSource == "https://shop.example")
    }

    @Test(
        arguments: [
            ["client_id": nil], ["client_id": "other"], ["redirect_uri": "https://evil.example/"],
            ["redirect_uri": "https://shop.example/callback/"],
            ["redirect_uri": "https://shop.example/callback?x=1"],
            ["redirect_uri": "https://SHOP.example/callback"],
        ] as [[String: String?]]
    )
    func `nobody is sent to an address that is not the client's`(changes: [String: String?])
        throws
    {
        let answer = try Fixture().show(Fixture.query(changes))
        #expect(answer.location == nil && answer.answer?.status == 400)
        guard case .failure(.request)? = answer.page else {
            Issue.record("no failure")
            return
        }
    }

    @Test(
        arguments: [
            (["response_type": nil], "invalid_request"),
            (["response_type": "token"], "unsupported_response_type"),
            (["response_type": "code id_token"], "unsupported_response_type"),
            (["response_mode": "fragment"], "invalid_request"),
            (["request": "e30.e30."], "request_not_supported"),
            (["code_challenge": nil], "invalid_request"),
            (["code_challenge_method": nil], "invalid_request"),
            (["code_challenge_method": "plain"], "invalid_request"),
            (["code_challenge": "short"], "invalid_request"),
            (["scope": "root"], "invalid_scope"),
            (["resource": "https://other.example"], "invalid_target"),
        ] as [([String: String?], String)]
    )
    func `the client is told what is wrong, with state and issuer`(
        changes: [String: String?],
        error: String
    ) throws {
        let answer = try Fixture().show(Fixture.query(changes))
        let location = try #require(answer.location)
        #expect(location.hasPrefix(Fixture.callback + "?error=\(error)&error_description="))
        #expect(location.hasSuffix("&state=s%201&iss=\(PercentEncoding.encode(settings.issuer))"))
    }

    @Test func `a client without the grant, or a listener without it, gets no code`() throws {
        let other = try Fixture(grants: [.clientCredentials])
        #expect(try other.show().location?.contains("error=unauthorized_client") == true)
        let strict = try Fixture()
        strict.profile.grants = [.clientCredentials]
        #expect(try strict.show().location?.contains("error=unauthorized_client") == true)
    }

    @Test func `where requests must be pushed another one is refused`() throws {
        let policy = GrantPolicy(redirectURIs: [Fixture.callback], requiresPushedRequests: true)
        #expect(try Fixture(policy).show().location?.contains("error=invalid_request") == true)
        let profile = try Fixture()
        profile.profile.requiresPushedRequests = true
        #expect(try profile.show().check == .pushedRequest)
    }

    @Test func `one registered redirect URI need not be named, of two one must`() throws {
        let unnamed = Fixture.query(["redirect_uri": nil])
        #expect(try Fixture().show(unnamed).asksForPassword)
        let two = GrantPolicy(redirectURIs: [Fixture.callback, "https://shop.example/other"])
        #expect(try Fixture(two).show(unnamed).check == .redirectURI)
    }

    // MARK: signing in

    @Test func `the right password begins a session, a wrong one asks again`() throws {
        let fixture = try Fixture()
        let asked = try fixture.send("action=sign-in&username=ann&password=x")
        guard case .password(let check)? = asked.need else {
            Issue.record("no password is checked")
            return
        }
        #expect(check.user?.subject == "user:ann")
        let wrong = try fixture.resume(asked, with: .password(matches: false))
        #expect(wrong.asksForPassword && wrong.answer?.status == 403)
        #expect(wrong.answer?.cookies.isEmpty == true)
        let right = try fixture.resume(asked, with: .password(matches: true))
        #expect(right.location == "?" + Fixture.query())
        let cookie = try #require(right.answer?.cookies.first?.field)
        #expect(cookie.hasPrefix("__Host-handfast-session="))
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            #expect(cookie.contains(attribute))
        }
        let value = String(cookie.dropFirst("__Host-handfast-session=".count).prefix { $0 != ";" })
        #expect(try fixture.show(session: value).asksForConsent)
    }

    @Test func `an unknown user costs a password check too, and is told the same`() throws {
        let fixture = try Fixture()
        let asked = try fixture.send("action=sign-in&username=nobody&password=x")
        guard case .password(let check)? = asked.need else {
            Issue.record("no password is checked")
            return
        }
        #expect(check.user == nil)
        // Whatever a worker says of the dummy hash.
        for matches in [false, true] {
            let wrong = try fixture.resume(asked, with: .password(matches: matches)).answer
            #expect(wrong?.status == 403 && wrong?.cookies.isEmpty == true)
        }
    }

    @Test func `a user who was disabled or changed meanwhile has no session`() throws {
        let fixture = try Fixture()
        let asked = try fixture.send("action=sign-in&username=ann&password=x")
        let client = try #require(fixture.client)
        for user in [
            User(subject: "user:ann", passwordHash: "none", isEnabled: false),
            User(subject: "user:ann", passwordHash: "other", isEnabled: true),
        ] {
            fixture.registry = registry(client, users: ["ann": user])
            let answer = try fixture.resume(asked, with: .password(matches: true))
            #expect(answer.asksForPassword && answer.answer?.cookies.isEmpty == true)
        }
    }

    @Test func `a throttled user is told for how long`() throws {
        let fixture = try Fixture()
        let asked = try fixture.send("action=sign-in&username=ann&password=x")
        let error = OAuthError(.slowDown, "x", check: .passwordFailures)
        let answer = try fixture.resume(asked, with: .refused(error, retryAfter: 7))
        #expect(answer.answer?.status == 429 && answer.answer?.retryAfter == 7)
        guard case .signIn(_, "ann", .throttled(seconds: 7))? = answer.page else {
            Issue.record("no remark")
            return
        }
    }

    // MARK: forms of others

    @Test func `a form without its cookie, its token or its origin changes nothing`() throws {
        let fixture = try Fixture()
        let session = try fixture.session()
        let other = "BBBBBBBBBBBBBBBBBBBBBB"
        for body in ["action=allow", "action=deny", "action=sign-out", "action=other"] {
            for decision in [
                try fixture.send(body, session: session, cookie: nil),
                try fixture.send(body, session: session, field: nil),
                try fixture.send(body, session: session, field: other),
                try fixture.send(body, session: session, cookie: "", field: ""),
                try fixture.send(body, session: session, isSameOrigin: false),
            ] {
                #expect(decision.check == .formToken && decision.answer?.status == 403)
            }
        }
        #expect(try fixture.send("action=allow", session: session).code != nil)
    }

    // MARK: consent

    @Test func `who allows gets a code that is written first, and goes back with it`() throws {
        let fixture = try Fixture()
        let asked = try fixture.send("action=allow", session: fixture.session())
        let row = try #require(asked.code)
        #expect(row.access.clientID == "shop" && row.access.subject == "user:ann")
        #expect(row.access.scopes == ["read", "write"] && row.access.grantedAt == noon)
        #expect(row.expiresAt == noon + 60 && row.keptUntil >= row.expiresAt)
        #expect(row.redirectURI == Fixture.callback && row.namedRedirectURI)
        #expect(row.challenge == Digest256.of(Array(Fixture.verifier.utf8)).bytes)
        let done = try fixture.resume(asked, with: .grant(.done))
        let location = try #require(done.location)
        let code = try #require(location.split(separator: "code=").last?.prefix { $0 != "&" })
        #expect(location.hasPrefix(Fixture.callback + "?code="))
        #expect(location.hasSuffix("&state=s%201&iss=\(PercentEncoding.encode(settings.issuer))"))
        #expect(AuthorizationCode(Array(code.utf8).span)?.digest == row.digest)
    }

    @Test func `a code that cannot be written is not given`() throws {
        let fixture = try Fixture()
        let asked = try fixture.send("action=allow", session: fixture.session())
        let error = OAuthError(.temporarilyUnavailable, "x", check: .grantNotKept)
        for met in [.refused(error, retryAfter: 5), .grant(.full), .grant(.conflict)] as [Met] {
            let answer = try fixture.resume(asked, with: met)
            #expect(answer.location == nil && (answer.answer?.status ?? 0) >= 400)
        }
        let full = try fixture.resume(asked, with: .grant(.full))
        #expect(full.answer?.refused?.error.check == .grantsFull && full.answer?.retryAfter == 30)
    }

    @Test func `who refuses goes back without a code`() throws {
        let fixture = try Fixture()
        let answer = try fixture.send("action=deny", session: fixture.session())
        #expect(answer.location?.contains("error=access_denied") == true)
        #expect(answer.location?.contains("code=") == false)
    }

    @Test func `consent without a session asks for the password first`() throws {
        let fixture = try Fixture()
        #expect(try fixture.send("action=allow").asksForPassword)
        #expect(try fixture.send("action=allow", session: "tampered").asksForPassword)
    }

    // MARK: pushed requests

    @Test func `a pushed request is its client's, until its end, and used once`() throws {
        let fixture = try Fixture()
        let reference = try PushedReference()
        let query = Fixture.query([
            "request_uri": reference.uri, "response_type": nil, "redirect_uri": nil, "state": nil,
            "code_challenge": nil, "code_challenge_method": nil,
        ])
        let pushed = AuthorizationParameters(try form(Fixture.query()))
        func record(_ client: String = "shop") -> Met {
            .stored(
                .pushedRequest(
                    PushedRequestRecord(
                        digest: reference.digest,
                        clientID: client,
                        parameters: pushed.form,
                        expiresAt: noon + 300
                    )
                )
            )
        }
        let shown = try fixture.show(query)
        guard case .stored(.pushedRequest(reference.digest))? = shown.need else {
            Issue.record("the request is not looked up")
            return
        }
        #expect(try fixture.resume(shown, with: record()).asksForPassword)
        for (met, now) in [
            (record("other"), noon), (.stored(nil), noon), (record(), noon + 300),
        ] {
            #expect(try fixture.resume(shown, with: met, now: now).check == .pushedRequest)
        }
        let sent = try fixture.send("action=allow", to: query, session: fixture.session())
        let allowed = try fixture.resume(sent, with: record())
        guard case .grant(.addCode(_, from: reference.digest))? = allowed.need else {
            Issue.record("the pushed request is not used up")
            return
        }
        #expect(try fixture.resume(allowed, with: .grant(.conflict)).check == .pushedRequest)
        let foreign = Fixture.query(["request_uri": "urn:ietf:params:oauth:request_uri:x"])
        #expect(try fixture.show(foreign).check == .pushedRequest)
    }

    // MARK: the end of sessions

    @Test func `a session ends by time, by its user, and by signing out`() throws {
        let fixture = try Fixture()
        let session = try fixture.session()
        #expect(try fixture.show(session: session, now: noon + 8 * 3600 - 1).asksForConsent)
        #expect(try fixture.show(session: session, now: noon + 8 * 3600).asksForPassword)
        let client = try #require(fixture.client)
        let before = fixture.registry
        for user in [
            User(subject: "user:ann", passwordHash: "none", isEnabled: false),
            User(
                subject: "user:ann",
                passwordHash: "n",
                isEnabled: true,
                tokensValidFrom: noon + 1
            ),
        ] {
            fixture.registry = registry(client, users: ["ann": user])
            #expect(try fixture.show(session: session).asksForPassword)
        }
        fixture.registry = before
        let asked = try fixture.send("action=sign-out", session: session)
        guard case .grant(.revokeToken(let revoked))? = asked.need else {
            Issue.record("the session is not ended")
            return
        }
        #expect(revoked.until == noon + 8 * 3600)
        let left = try fixture.resume(asked, with: .grant(.done))
        #expect(left.answer?.cookies.first?.field.contains("Max-Age=0") == true)
        fixture.revocations = Fixture.Revoked([revoked.id])
        #expect(try fixture.show(session: session).asksForPassword)
    }

    @Test func `a session of another issuer or key, or a changed one, is none`() throws {
        let fixture = try Fixture()
        let session = try fixture.session()
        let foreign = try LoginSession(user: "ann", now: noon)
            .sealed(fixture.keys, issuer: "https://other.example", now: noon)
        let otherKey = try LoginSession(user: "ann", now: noon)
            .sealed(SealingKeys([sealingKey()]), issuer: settings.issuer, now: noon)
        var changed = Array(session.utf8)
        changed[changed.count / 2] = changed[changed.count / 2] == 0x41 ? 0x42 : 0x41
        for cookie in [foreign, otherKey, String(decoding: changed, as: UTF8.self), "", "x"] {
            #expect(try fixture.show(session: cookie).asksForPassword)
        }
    }
}

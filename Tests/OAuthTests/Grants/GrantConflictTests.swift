// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// Requests whose row, registration or user changes while they wait, and clients with assertions.
struct GrantConflictTests {
    private func fixture() throws -> GrantFixture {
        try GrantFixture(client("app", lasting(), grantPolicy: .rotating))
    }

    private func form(_ token: String) -> String {
        "grant_type=refresh_token&client_id=app&refresh_token=\(token)"
    }

    /// The request after its row was read; it must want to write.
    private func read(_ fixture: GrantFixture, _ form: String) throws -> TokenFixture.Answer {
        let answer = try #require(try fixture.tokens.step(fixture.tokens.ask(form)))
        guard case .needs(.grant, _) = answer else { throw TokenFixture.Unexpected.answer }
        return answer
    }

    private let notKept = OAuthError(.temporarilyUnavailable, "", check: .grantNotKept)

    // MARK: results of writes

    @Test func `conflicts without end are refused, after a bounded number of attempts`() throws {
        let fixture = try fixture()
        let token = try fixture.refreshToken()
        let code = try fixture.code()
        for form in [form(token), GrantFixture.form(code)] {
            var answer = try fixture.tokens.ask(form)
            var writes = 0
            while let next = answer.continuation {
                if case .needs(.grant, _) = answer {
                    writes += 1
                    answer = try fixture.tokens.resume(next, with: .grant(.conflict))
                } else {
                    answer = try #require(try fixture.tokens.step(answer))
                }
            }
            #expect(answer.error == notKept && writes == GrantLookup.attemptsMax + 1)
        }
        #expect(try fixture.refresh(token).response != nil)
        #expect(try fixture.exchange(code).response != nil)
    }

    @Test func `a row that is gone by the time of the write gives nothing`() throws {
        let fixture = try fixture()
        let codes = try read(fixture, GrantFixture.form(fixture.code()))
        let refresh = try read(fixture, form(fixture.refreshToken()))
        for (answer, error) in [(codes, OAuthError.badCode), (refresh, .badRefreshToken)] {
            let next = try #require(answer.continuation)
            #expect(try fixture.tokens.resume(next, with: .grant(.absent)).error == error)
            #expect(try fixture.tokens.resume(next, with: .grant(.full)).error?.status == 503)
            #expect(try fixture.tokens.resume(next, with: .grant(.done)).response != nil)
        }
    }

    @Test func `a family that is revoked between read and write gives nothing`() throws {
        for rotates in [true, false] {
            let rules = GrantPolicy(rotatesRefreshTokens: rotates, refreshIdle: 8)
            let fixture = try GrantFixture(client("app", lasting(), grantPolicy: rules))
            let token = try fixture.refreshToken()
            let read = try fixture.tokens.ask(form(token), now: noon + 5)
            let write = try #require(try fixture.tokens.step(read, now: noon + 5))
            guard case .needs(.grant, _) = write else { throw TokenFixture.Unexpected.answer }
            _ = try fixture.revoke(token, now: noon + 5)
            #expect(try fixture.tokens.settle(write, now: noon + 5).error == .badRefreshToken)
            #expect(fixture.grants.families.isEmpty)
        }
    }

    @Test func `a row of another kind, or no answer, gives nothing`() throws {
        let fixture = try fixture()
        let code = try fixture.code()
        let token = try fixture.refreshToken()
        let row = try #require(try fixture.family(of: token))
        let codeNext = try #require(try fixture.tokens.ask(GrantFixture.form(code)).continuation)
        let refreshNext = try #require(try fixture.tokens.ask(form(token)).continuation)
        let record = try fixture.grants.find([.code(code.digest)]).first ?? nil
        func answer(_ next: Continuation, _ met: Met) throws -> OAuthError? {
            try fixture.tokens.resume(next, with: met).error
        }
        #expect(try answer(codeNext, .stored(.refreshFamily(row))) == .badCode)
        #expect(try answer(refreshNext, .stored(record)) == .badRefreshToken)
        for next in [codeNext, refreshNext] {
            for met in [.grant(.done), .password(matches: true), .unavailable] as [Met] {
                #expect(try answer(next, met)?.check == .answerMismatch)
            }
            let busy = OAuthError(.temporarilyUnavailable, "x", check: .grantQueue)
            #expect(try answer(next, .refused(busy, retryAfter: 1)) == busy)
        }
    }

    // MARK: registrations and users

    @Test func `a user who is disabled or starts anew before the answer gets nothing`() throws {
        for (isEnabled, validFrom) in [(false, 0), (true, noon + 1)] as [(Bool, Int64)] {
            let fixture = try fixture()
            let code = try read(fixture, GrantFixture.form(fixture.code()))
            let refresh = try read(fixture, form(fixture.refreshToken()))
            let password = "grant_type=password&client_id=app&username=ann&password=pw"
            let login = try read(fixture, password)
            let changed = User(
                subject: "user:ann",
                passwordHash: "none",
                isEnabled: isEnabled,
                tokensValidFrom: validFrom
            )
            fixture.use(
                try client("app", lasting(), grantPolicy: .rotating),
                users: ["ann": changed]
            )
            #expect(try fixture.tokens.settle(code).error == .badCode)
            #expect(try fixture.tokens.settle(refresh).error == .badRefreshToken)
            #expect(try fixture.tokens.settle(login).error?.check == .password)
        }
    }

    @Test func `a password that is changed before the answer gets nothing`() throws {
        let fixture = try fixture()
        let password = "grant_type=password&client_id=app&username=ann&password=pw"
        let login = try read(fixture, password)
        let changed = User(subject: "user:ann", passwordHash: "other", isEnabled: true)
        let app = try client("app", lasting(), grantPolicy: .rotating)
        fixture.use(app, users: ["ann": changed])
        #expect(try fixture.tokens.settle(login).error?.check == .password)
        fixture.use(app)
        #expect(try fixture.logIn().response != nil)
    }

    @Test func `a client that loses grant or certificate before the answer gets nothing`() throws {
        let changes: [Client] = [
            try client("app", lasting { $0.grants = [.password] }, grantPolicy: .rotating),
            try client("app", lasting(), isEnabled: false),
            try client("app", lasting(), certificates: [certificate(2)]),
            try client("app", lasting(), tokensValidFrom: noon + 1),
        ]
        for changed in changes {
            let fixture = try fixture()
            let code = try fixture.code()
            let token = try fixture.refreshToken()
            // Before the row is judged, nothing is used up.
            let early = try fixture.tokens.ask(GrantFixture.form(code))
            let late = try read(fixture, form(token))
            let before = fixture.grants.written.count
            fixture.use(changed)
            #expect(try fixture.tokens.settle(early).error != nil)
            #expect(fixture.grants.written.count == before)
            #expect(try fixture.tokens.settle(late).error != nil)
        }
    }

    // MARK: assertions

    @Test func `an assertion is used up before the row is read, and once`() throws {
        let app = try SigningApp(lasting(.privateKeyJWT))
        let fixture = try GrantFixture(app.client, replays: app.uses)
        let code = try fixture.code()
        let rest = GrantFixture.form(code).replacing("client_id=app&", with: "")
        let body = try app.body(rest)
        let first = try fixture.tokens.ask(body, peer: StubPeer(nil))
        guard case .needs(.assertionUse, let use) = first else {
            throw TokenFixture.Unexpected.answer
        }
        // A repetition stops there, before any row.
        let repeated = OAuthError.invalidClient(.assertionRepeated)
        #expect(try fixture.tokens.ask(body, peer: StubPeer(nil)).error == repeated)
        let second = try fixture.tokens.resume(use, with: .assertionUse(isFirst: false))
        #expect(second.error == repeated)
        let read = try fixture.tokens.resume(use, with: .assertionUse(isFirst: true))
        guard case .needs(.stored, _) = read else { throw TokenFixture.Unexpected.answer }
        let write = try #require(try fixture.tokens.step(read))
        guard case .needs(.grant, _) = write else { throw TokenFixture.Unexpected.answer }
        let issued = try fixture.tokens.settle(write)
        #expect(issued.response?.refreshToken != nil && app.uses.ends.count == 1)
    }

    @Test func `refusals, refreshes and revocations use one assertion each`() throws {
        let app = try SigningApp(lasting(.privateKeyJWT))
        let fixture = try GrantFixture(app.client, replays: app.uses)
        func settle(_ rest: String, _ jti: String) throws -> TokenFixture.Answer {
            let body = try app.body(rest, jti: jti)
            return try fixture.tokens.settle(fixture.tokens.ask(body, peer: StubPeer(nil)))
        }
        let rest = try GrantFixture.form(fixture.code()).replacing("client_id=app&", with: "")
        let token = try #require(try settle(rest, "1").response?.refreshToken)
        #expect(try settle("grant_type=refresh_token&refresh_token=x", "2").error != nil)
        let refresh = "grant_type=refresh_token&refresh_token="
        let next = try #require(try settle(refresh + token, "3").response?.refreshToken)
        #expect(try settle(refresh + token, "3").error == .invalidClient(.assertionRepeated))
        let body = try app.body("token=\(next)", jti: "4")
        let revoked = try fixture.tokens.settle(fixture.tokens.revoke(body, peer: StubPeer(nil)))
        guard case .described = revoked else { throw TokenFixture.Unexpected.answer }
        #expect(try settle(refresh + next, "5").error == .badRefreshToken)
        #expect(app.uses.ends.count == 5)
    }

    @Test func `an assertion whose key is gone by then reads no row and writes none`() throws {
        let app = try SigningApp(lasting(.privateKeyJWT))
        let fixture = try GrantFixture(app.client, replays: app.uses)
        let code = try fixture.code()
        let body = try app.body(GrantFixture.form(code).replacing("client_id=app&", with: ""))
        let read = try #require(
            try fixture.tokens.step(fixture.tokens.ask(body, peer: StubPeer(nil)))
        )
        fixture.use(try SigningApp(lasting(.privateKeyJWT)).client)
        #expect(try fixture.tokens.settle(read).error == .invalidClient(.clientChanged))
        #expect(fixture.grants.written.count == 1)
    }
}

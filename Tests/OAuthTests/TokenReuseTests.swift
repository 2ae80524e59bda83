// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// The same token for the same request within the client's window, and never for another one.
struct TokenReuseTests {
    private let body = "grant_type=client_credentials&client_id=app"

    /// An endpoint whose client gets the same token for 30 seconds.
    private func fixture(
        _ policy: ClientPolicy = policy(reuseWindow: 30),
        certificates: [RegisteredCertificate] = [certificate(1)]
    ) throws -> TokenFixture {
        try TokenFixture(
            registry(client("app", policy, certificates: certificates)),
            sealing: SealingKeys([sealingKey()])
        )
    }

    // MARK: the window

    @Test(arguments: AccessTokenFormat.allCases)
    func `within the window the token stays, and its lifetime runs down`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(policy(format: format, reuseWindow: 30))
        let first = try #require(try fixture.ask(body).response)
        #expect(first.expiresIn == 600)
        for second in [0, 1, 15, 29] {
            let again = try #require(try fixture.ask(body, now: noon + Int64(second)).response)
            #expect(again.accessToken == first.accessToken)
            #expect(again.expiresIn == 600 - second)
            #expect(again.scope == first.scope && again.tokenType == "Bearer")
        }
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `after the window there is another token, which stays in its turn`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try fixture(policy(format: format, reuseWindow: 30))
        let first = try fixture.text()
        let second = try #require(try fixture.ask(body, now: noon + 30).response)
        #expect(second.accessToken != first && second.expiresIn == 600)
        #expect(try fixture.text(now: noon + 59) == second.accessToken)
        #expect(try fixture.text(now: noon + 60) != second.accessToken)
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `without a window no token is handed out twice`(format: AccessTokenFormat) throws {
        let fixture = try fixture(policy(format: format))
        #expect(try Set((0..<100).map { _ in try fixture.text() }).count == 100)
    }

    @Test func `a token is never handed out at its end, however long the window is`() throws {
        let fixture = try fixture(policy(lifetime: 10, reuseWindow: 3_600))
        let first = try fixture.text()
        let last = try #require(try fixture.ask(body, now: noon + 9).response)
        #expect(last.accessToken == first && last.expiresIn == 1)
        let next = try #require(try fixture.ask(body, now: noon + 10).response)
        #expect(next.accessToken != first && next.expiresIn == 10)
    }

    @Test func `a clock that goes back does not make the window longer`() throws {
        let fixture = try fixture()
        let first = try fixture.text()
        let early = try #require(try fixture.ask(body, now: noon - 1).response)
        #expect(early.accessToken != first && early.expiresIn == 600)
        // The latest token counts, from its own time on.
        #expect(try fixture.text(now: noon + 28) == early.accessToken)
        #expect(try fixture.text(now: noon + 29) != early.accessToken)
    }

    // MARK: another request

    @Test func `each certificate has tokens of its own`() throws {
        let fixture = try fixture(certificates: [certificate(1), certificate(2)])
        let peers = [StubPeer(thumbprint(1)), StubPeer(thumbprint(2))]
        let tokens = try peers.map { try fixture.text(peer: $0) }
        #expect(tokens[0] != tokens[1])
        for (peer, token) in zip(peers, tokens) {
            let answer = try fixture.ask(body, peer: peer, now: noon + 1)
            #expect(answer.response?.accessToken == token)
            let bound = answer.token?.claims.cnf?.thumbprint
            #expect(bound == peer.thumbprint?.base64URL)
        }
    }

    @Test func `a certificate that is not the client's gets no token within the window`() throws {
        let fixture = try fixture()
        let token = try fixture.text()
        for peer in [StubPeer(thumbprint(2)), StubPeer(nil)] {
            #expect(try fixture.ask(body, peer: peer).error?.code == .invalidClient)
        }
        #expect(try fixture.text() == token)
    }

    @Test func `each scope has tokens of its own, whatever the order of its words`() throws {
        let fixture = try fixture()
        let all = try fixture.text()
        let read = try fixture.text(body + "&scope=read")
        let write = try fixture.text(body + "&scope=write")
        #expect(Set([all, read, write]).count == 3)
        #expect(try fixture.text(body + "&scope=write+read") == all)
        #expect(try fixture.text(body + "&scope=read+read") == read)
        let again = try fixture.ask(body + "&scope=write")
        #expect(again.response?.accessToken == write && again.response?.scope == "write")
        #expect(again.token?.claims.scope == "write")
    }

    @Test func `each audience has tokens of its own`() throws {
        let fixture = try fixture(policy(audiences: ["urn:a", "urn:b"], reuseWindow: 30))
        let both = try fixture.text()
        let (a, b) = (
            try fixture.text(body + "&resource=urn:a"), try fixture.text(body + "&resource=urn:b")
        )
        #expect(Set([both, a, b]).count == 3)
        #expect(try fixture.text(body + "&resource=urn:a") == a)
        #expect(try fixture.token(body + "&resource=urn:b").claims.aud == .one("urn:b"))
        #expect(try fixture.token().claims.aud == .several(["urn:a", "urn:b"]))
    }

    @Test func `audiences have the same token in any order`() throws {
        let fixture = try fixture(policy(audiences: ["urn:a", "urn:b"], reuseWindow: 30))
        let token = try fixture.text(body + "&resource=urn:a&resource=urn:b")
        #expect(try fixture.text(body + "&resource=urn:b&resource=urn:a") == token)
    }

    @Test func `a client with thousands of tokens drives out its own and no others`() throws {
        let scopes = (0..<12).map { "s\($0)" }
        let rules = policy(scopes: scopes, format: .sealed, reuseWindow: 30)
        let fixture = try TokenFixture(
            registry(client("app", rules), client("other", rules)),
            sealing: SealingKeys([sealingKey()])
        )
        func text(_ client: String, _ bits: Int) throws -> String {
            let asked = scopes.indices.filter { bits >> $0 & 1 == 1 }.map { scopes[$0] }
            let body = "grant_type=client_credentials&client_id=\(client)&scope="
            return try fixture.text(body + asked.joined(separator: "+"))
        }
        let (first, others) = (try text("app", 1), try text("other", 1))
        #expect(try text("app", 1) == first)
        var last = ""
        for bits in 1..<4_096 { last = try text("app", bits) }
        #expect(try text("app", 1) != first)
        #expect(try text("app", 4_095) == last)
        #expect(try text("other", 1) == others)
    }

    @Test func `each client has tokens of its own`() throws {
        let common = policy(reuseWindow: 30)
        let fixture = try TokenFixture(registry(client("app", common), client("other", common)))
        let own = try fixture.token()
        let other = try fixture.token("grant_type=client_credentials&client_id=other")
        #expect(own.claims.clientID == "app" && other.claims.clientID == "other")
        #expect(try fixture.token().claims.jti == own.claims.jti)
    }

    @Test func `tokens of users are never kept, nor handed out for them`() throws {
        let grants: Grants = [.password, .clientCredentials]
        let user = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
        let fixture = try TokenFixture(
            registry(client("app", policy(grants: grants, reuseWindow: 30)), users: ["ann": user])
        )
        let own = try fixture.text()
        let password = "grant_type=password&client_id=app&username=ann&password=pw"
        var seen: Set<String> = [own]
        for _ in 0..<10 {
            let check = try #require(try fixture.ask(password).check)
            let answer = try fixture.finish(check, matches: true)
            #expect(answer.token?.claims.sub == "user:ann")
            seen.insert(try #require(answer.response).accessToken)
        }
        #expect(seen.count == 11)
        #expect(try fixture.text() == own)
        // A wrong password gets nothing, though this very request has just got something.
        let check = try #require(try fixture.ask(password).check)
        #expect(try fixture.finish(check, matches: false).error?.code == .invalidGrant)
    }

    // MARK: changes

    @Test(arguments: AccessTokenFormat.allCases)
    func `a change of the client's registration ends the reuse`(format: AccessTokenFormat) throws {
        let rules = policy(format: format, reuseWindow: 30)
        let fixture = try fixture(rules)
        let first = try fixture.text()
        // The same words, but read anew: what differs between the two is not looked at.
        fixture.registry = try registry(client("app", rules))
        let second = try fixture.text()
        #expect(second != first)
        #expect(try fixture.text() == second)
        fixture.registry = try registry(client("app", rules, isEnabled: false))
        #expect(try fixture.ask(body).error == .invalidClient(.clientDisabled))
        fixture.registry = try registry(client("app", rules, certificates: [certificate(2)]))
        #expect(try fixture.ask(body).error == .invalidClient(.certificateNotRegistered))
        fixture.registry = registry()
        #expect(try fixture.ask(body).error == .invalidClient(.clientUnknown))
        fixture.registry = try registry(client("app", rules))
        #expect(try !Set([first, second]).contains(fixture.text()))
    }

    @Test func `a change of others does not end it`() throws {
        let app = try client("app", policy(reuseWindow: 30))
        let fixture = try TokenFixture(registry(app))
        let token = try fixture.text()
        let user = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
        fixture.registry = try registry(app, client("other"), users: ["ann": user])
        #expect(try fixture.text() == token)
    }

    @Test func `a narrower registration is not answered from before it`() throws {
        let fixture = try fixture()
        _ = try fixture.text()
        fixture.registry = try registry(client("app", policy(scopes: ["read"], reuseWindow: 30)))
        #expect(try fixture.token().claims.scope == "read")
        fixture.registry = try registry(
            client("app", policy(audiences: ["urn:a"], reuseWindow: 30))
        )
        #expect(try fixture.token().claims.aud == .one("urn:a"))
        fixture.registry = try registry(client("app", policy(bindsTokens: false, reuseWindow: 30)))
        #expect(try fixture.token().claims.cnf == nil)
    }

    @Test func `a change of keys ends it`() throws {
        let jwts = try fixture()
        let old = try jwts.text()
        jwts.use(SigningKeys([try signingKey("new")]))
        #expect(try jwts.token().header.kid == "new")
        #expect(try jwts.text() != old)

        let sealed = try fixture(policy(format: .sealed, reuseWindow: 30))
        let before = try sealed.text()
        let new = SealingKeys([try sealingKey("new")])
        sealed.use(sealing: new)
        let after = try sealed.text()
        #expect(after != before)
        #expect(try sealed.introspect("client_id=app&token=\(after)").content != nil)
        #expect(try sealed.introspect("client_id=app&token=\(before)").isInactive)
    }

    @Test func `a change of the settings ends it`() throws {
        let fixture = try fixture()
        let old = try fixture.text()
        fixture.use(settings)
        #expect(try fixture.text() != old)
        fixture.use(
            IssuerSettings(
                issuer: "https://new.example",
                tokens: TokenSettings(audience: "urn:new", lifetime: 30)
            )
        )
        let claims = try fixture.token().claims
        #expect(claims.iss == "https://new.example" && claims.exp == noon + 30)
    }

    // MARK: the memory of it

    @Test func `tokens of many clients are bounded, and the oldest go first`() throws {
        let clients = try (0..<12).map { try client("app\($0)", policy(reuseWindow: 30)) }
        let scopes = 0..<2_000 as Range<UInt64>
        func claims(_ client: Client, _ scope: UInt64) -> TokenClaims {
            TokenClaims(
                client: client,
                subject: client.id,
                scope: scope,
                audiences: [],
                thumbprint: nil,
                issuedAt: noon,
                expiresAt: noon + 600
            )
        }
        var reuse = TokenReuse()
        func keep(_ client: Client, _ scope: UInt64) {
            reuse.keep(claims(client, scope), token: Array("token \(scope)".utf8))
        }
        func kept(_ client: Client) -> Int {
            scopes.count { scope in
                var out: [UInt8] = []
                let isKept = reuse.append(claims(client, scope), now: noon, to: &out) != nil
                return isKept && String(decoding: out, as: UTF8.self) == "token \(scope)"
            }
        }
        for client in clients { for scope in scopes { keep(client, scope) } }
        let counts = clients.map(kept)
        #expect(counts.reduce(0, +) <= 16_384 && counts[0] == 0)
        #expect(counts.suffix(4).allSatisfy { $0 == scopes.count })
        reuse.forget()
        #expect(clients.map(kept).allSatisfy { $0 == 0 })
    }
}

// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// A client that is changed while its request waits: only a change of what authenticated it, or of
/// what it was granted, refuses the request.
///
/// Requests wait for a password here, and for the use of an assertion.
struct WaitedClientTests {
    private let body = "client_id=app&grant_type=password&username=ann&password=pw"
    private let changed = OAuthError.invalidClient(.clientChanged)
    private let ann = User(subject: "user:ann", passwordHash: "none", isEnabled: true)

    private func policy(
        _ method: ClientAuthenticationMethod = .selfSignedTLS,
        _ change: (inout ClientPolicy) -> Void = { _ in }
    ) -> ClientPolicy {
        var made = OAuthTesting.policy(
            method,
            grants: [.password],
            audiences: ["urn:a", "urn:b"],
            bindsTokens: false
        )
        change(&made)
        return made
    }

    /// The answer to a request for which the password is right, where the client is another one by
    /// then.
    private func answer(
        _ before: Client,
        _ after: Client,
        _ rest: String = "",
        authorization: AuthorizationHeader = .none,
        peer: StubPeer = StubPeer(thumbprint(1)),
        later: Int64 = 0
    ) throws -> TokenFixture.Answer {
        let fixture = try TokenFixture(registry(before, users: ["ann": ann]))
        let first = try fixture.ask(body + rest, authorization: authorization, peer: peer)
        let check = try #require(first.check)
        fixture.registry = registry(after, users: ["ann": ann])
        return try fixture.finish(check, matches: true, now: noon + later)
    }

    // MARK: what it was granted

    @Test(
        arguments: [
            { $0.lifetime = 60 }, { $0.reuseWindow = 5 }, { $0.mayIntrospect = true },
            { $0.hasRemoteKeys = true },
            { $0.grants = [.clientCredentials, .password] },
            { $0.scopes = ["new", "write", "read"] },
            { $0.audiences = ["urn:b", "urn:c", "urn:a"] },
        ] as [@Sendable (inout ClientPolicy) -> Void]
    )
    func `a change beside what was asked for does not matter`(
        change: @Sendable (inout ClientPolicy) -> Void
    ) throws {
        let after = try client("app", policy(.selfSignedTLS, change))
        let token = try answer(client("app", policy()), after).token
        #expect(token?.claims.sub == "user:ann")
        #expect(Set(token?.claims.scope?.split(separator: " ") ?? []) == ["read", "write"])
    }

    @Test(
        arguments: [
            { $0.grants = [.clientCredentials] }, { $0.scopes = ["read"] }, { $0.scopes = [] },
            { $0.audiences = ["urn:a"] }, { $0.audiences = [] }, { $0.method = .tls },
            { $0.method = .publicClient },
        ] as [@Sendable (inout ClientPolicy) -> Void]
    )
    func `a change of what was asked for refuses`(
        change: @Sendable (inout ClientPolicy) -> Void
    ) throws {
        let after = try client("app", policy(.selfSignedTLS, change))
        let answer = try answer(client("app", policy()), after)
        #expect(answer.error == changed)
        #expect(answer.refused?.client == .id(Array("app".utf8)))
    }

    @Test func `what was not asked for may be taken away`() throws {
        let less = try client(
            "app",
            policy { ($0.scopes, $0.audiences) = (["write"], ["urn:b"]) }
        )
        let all = try client("app", policy())
        #expect(try answer(all, less, "&scope=write&resource=urn:b").token != nil)
        #expect(try answer(all, less, "&scope=read&resource=urn:b").error == changed)
        #expect(try answer(all, less, "&scope=write&resource=urn:a").error == changed)
    }

    @Test func `the token is made as its client is registered then`() throws {
        let after = try client("app", policy { $0.lifetime = 60 })
        #expect(try answer(client("app", policy()), after).response?.expiresIn == 60)
        // Bound tokens are wanted by then, and this one would be none.
        let bound = try client("app", policy { $0.bindsTokens = true })
        #expect(try answer(client("app", policy()), bound).error == changed)
        let token = try answer(bound, client("app", policy())).token
        #expect(token?.claims.cnf?.thumbprint == thumbprint(1).base64URL)
    }

    @Test func `the server's own audience is one that can be taken away too`() throws {
        let none = try client("app", policy { $0.audiences = [] })
        let own = try client("app", policy { $0.audiences = [settings.tokens.audience] })
        #expect(try answer(none, own).token != nil)
        #expect(try answer(none, client("app", policy())).error == changed)
    }

    // MARK: what authenticated it

    @Test func `of its certificates, only the one that was presented matters`() throws {
        let (one, two) = (certificate(1), certificate(2))
        let before = try client("app", policy(), certificates: [one])
        let more = try client("app", policy(), certificates: [two, one])
        #expect(try answer(before, more).token != nil)
        let gone = try answer(more, client("app", policy(), certificates: [two]))
        #expect(gone.error == .invalidClient(.certificateNotRegistered))
        #expect(gone.refused?.client == .id(Array("app".utf8)))
        // Only the time has changed.
        let ended = try answer(before, before, later: 3_601)
        #expect(ended.error == .invalidClient(.certificateExpired))
    }

    @Test(arguments: [ClientAuthenticationMethod.secretBasic, .secretPost])
    func `another secret refuses, the same one does not`(
        method: ClientAuthenticationMethod
    ) throws {
        func app(_ secret: String?, _ scopes: [String] = ["read", "write"]) throws -> Client {
            try client("app", policy(method) { $0.scopes = scopes }, secret: secret)
        }
        func answer(_ after: Client) throws -> TokenFixture.Answer {
            let isBasic = method == .secretBasic
            return try self.answer(
                app("s"),
                after,
                isBasic ? "" : "&client_secret=s",
                authorization: isBasic ? basic("app", "s") : .none
            )
        }
        #expect(try answer(app("s", ["read", "write", "new"])).token != nil)
        #expect(try answer(app("other")).error == changed)
        #expect(try answer(app(nil)).error == changed)
    }

    @Test func `a public client has nothing that could change but its rights`() throws {
        let before = try client("app", policy(.publicClient))
        let after = try client("app", policy(.publicClient) { $0.lifetime = 60 }, secret: "s")
        #expect(try answer(before, after).token != nil)
        let other = try client("app", policy(.secretPost), secret: "s")
        #expect(try answer(before, other).error == changed)
    }

    @Test func `what a listener takes is asked anew`() throws {
        let app = try client("app", policy())
        let registry = registry(app, users: ["ann": ann])
        let fixture = try TokenFixture(registry)
        let next = try #require(try fixture.ask(body).continuation)
        func resumed(_ change: (inout SecurityProfile) -> Void) -> Decision {
            var profile = SecurityProfile.standard
            change(&profile)
            var out: [UInt8] = []
            let context = DecisionContext(registry: registry, profile: profile, now: noon)
            let met = Met.password(matches: true)
            return fixture.endpoint.resume(next, with: met, context, into: &out)
        }
        func isRefused(_ decision: Decision) -> Bool {
            if case .refused(let refused) = decision {
                refused.error == changed
            } else {
                false
            }
        }
        #expect(isRefused(resumed { $0.grants = [.clientCredentials] }))
        #expect(isRefused(resumed { $0.methods = ClientAuthenticationMethods([.tls]) }))
        guard case .issued = resumed({ $0.wantsIssuerAlone = true }) else {
            throw TokenFixture.Unexpected.noToken
        }
        // This client's tokens are bound to nothing.
        #expect(isRefused(resumed { $0.bindsTokens = true }))
    }

    // MARK: CAs

    /// A client of `tls_client_auth` with this subject, under the trust set `internal`.
    private func subject(_ name: String = "CN=client,O=Handfast") throws -> Client {
        let subject = try CertificateSubject(.distinguishedName, parsing: name)
        let trust = CertificateTrust(subject: subject, trustAnchors: .trustSet("internal"))
        return try client("app", policy(.tls), trust: trust, certificates: [])
    }

    @Test func `its CAs and revocation lists are those of the moment`() throws {
        let made = try TestCAs.shared()
        let root = try ChainVerifier(anchors: [made.root])
        func registry(_ set: ChainVerifier?, _ client: Client) -> Registry {
            var clients = ClientRegistry()
            clients.insert(client)
            let sets = set.map { ["internal": $0] } ?? [:]
            return Registry(clients: clients, users: ["ann": ann], trustSets: sets, generation: 2)
        }
        let fixture = try TokenFixture(registry(root, subject()))
        let peer = StubPeer(made.leaf)
        let next = try #require(try fixture.ask(body, peer: peer, now: made.now).continuation)
        func failedCheck(_ set: ChainVerifier?, _ client: Client? = nil) throws -> Check? {
            fixture.registry = registry(set, try client ?? subject())
            let met = Met.password(matches: true)
            return try fixture.resume(next, with: met, now: made.now).error?.check
        }
        func revoking(_ mode: Revocation.Mode) -> ChainVerifier {
            root.with(revocation: Revocation(mode: mode, lists: []))
        }
        #expect(try failedCheck(root) == nil)
        // As after a list that was read again.
        #expect(try failedCheck(revoking(.soft)) == nil)
        #expect(try failedCheck(ChainVerifier(anchors: [made.impostor, made.root])) == nil)
        #expect(try failedCheck(revoking(.hard)) == .revocationUnknown)
        #expect(try failedCheck(ChainVerifier(anchors: [made.impostor])) == .chainRefused)
        #expect(try failedCheck(nil) == .trustMissing)
        #expect(try failedCheck(root, subject("CN=other,O=Handfast")) == .subjectMismatch)
    }

    // MARK: assertions

    private func signer(
        _ keys: [ClientKey],
        secret: [UInt8]? = nil,
        algorithm: String? = nil
    ) throws -> Client {
        let all = try keys.map { try $0.jwk(["kid": "key"]) }.joined(separator: ",")
        let set = keys.isEmpty ? nil : try JSONWebKeySet(Array(#"{"keys":[\#(all)]}"#.utf8).span)
        let made = Client(
            id: "app",
            policy: policy(keys.isEmpty ? .secretJWT : .privateKeyJWT) {
                $0.grants = [.clientCredentials]
            },
            isEnabled: true,
            secret: nil,
            trust: nil,
            assertion: AssertionRegistration(keys: set, secret: secret, algorithm: algorithm),
            certificates: []
        )
        return try #require(made)
    }

    /// The check that refuses a request with this assertion, where the client is another one when
    /// its use is written.
    private func failedCheck(_ assertion: String, _ before: Client, _ after: Client) throws
        -> Check?
    {
        let fixture = try TokenFixture(registry(before), replays: NotedUses())
        let type = String(decoding: assertionType, as: UTF8.self)
        let answer = try fixture.ask(
            "grant_type=client_credentials&client_assertion_type=\(type)"
                + "&client_assertion=\(assertion)"
        )
        let next = try #require(answer.continuation)
        fixture.registry = registry(after)
        let met = Met.assertionUse(isFirst: true)
        let resumed = try fixture.resume(next, with: met)
        #expect((resumed.token == nil) == (resumed.error != nil))
        return resumed.error?.check
    }

    @Test func `of its keys, only the one that has signed matters`() throws {
        let (used, other) = (try ClientKey(), try ClientKey())
        let text = try Assertion().signed(used)
        let before = try signer([used])
        #expect(try failedCheck(text, before, signer([other, used])) == nil)
        #expect(try failedCheck(text, before, signer([used], algorithm: "ES256")) == nil)
        #expect(try failedCheck(text, before, signer([other])) == .clientChanged)
        #expect(try failedCheck(text, before, signer([used], algorithm: "PS256")) == .clientChanged)
        let code = try signer([], secret: Array("a secret".utf8))
        #expect(try failedCheck(text, before, code) == .clientChanged)
    }

    @Test func `another secret refuses an assertion too`() throws {
        let secret = [UInt8](repeating: 7, count: 64)
        let text = try Assertion(alg: "HS256").coded(secret)
        let before = try signer([], secret: secret)
        #expect(try failedCheck(text, before, signer([], secret: secret)) == nil)
        #expect(
            try failedCheck(text, before, signer([], secret: secret, algorithm: "HS256")) == nil
        )
        #expect(
            try failedCheck(text, before, signer([], secret: secret, algorithm: "HS512"))
                == .clientChanged
        )
        let other = try signer([], secret: [UInt8](repeating: 8, count: 64))
        #expect(try failedCheck(text, before, other) == .clientChanged)
    }
}

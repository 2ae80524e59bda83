// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing
import Text

@testable import OAuth

/// Clients that act as the subject: the audit has a row before the token is made, and what has
/// changed until then counts.
struct ImpersonationTests {
    private static func impersonating(
        _ change: (inout ExchangeParties) throws -> Void = { _ in }
    ) throws -> ExchangeFixture {
        try ExchangeFixture(
            ExchangeParties().with { parties in
                parties.exchange.mode = .impersonate
                try change(&parties)
            }
        )
    }

    @Test(arguments: AccessTokenFormat.allCases)
    func `the token names no actor, and the audit and introspection who it was`(
        format: AccessTokenFormat
    ) throws {
        let fixture = try Self.impersonating { $0.gateway.format = format }
        let waiting = try fixture.ask(fixture.userToken(), "&scope=read")
        guard case .needs(.audit(let row), _) = waiting else {
            Issue.record("no token may leave before the audit has its row: \(waiting)")
            return
        }
        #expect(
            row
                == Impersonation(
                    clientID: "gateway",
                    subject: "user:ann",
                    scopes: ["read"],
                    audiences: ExchangeParties.orders
                )
        )
        let answer = try #require(try fixture.tokens.settle(waiting).response)
        #expect(fixture.tokens.grants.impersonations == [row])
        let said = try fixture.introspected(answer.accessToken)
        #expect(said["sub"] == .string("user:ann") && said["client_id"] == .string("gateway"))
        #expect(said["act"] == nil && said["scope"] == .string("read"))
    }

    @Test func `actors before it stay in the token`() throws {
        let fixture = try Self.impersonating()
        let act: JSONValue = .object(["sub": .string("first"), "iss": .string("https://x")])
        let token = try fixture.signed(ExchangeFixture.claims(["act": act], kind: .user))
        #expect(try claims(of: fixture.exchanged(token).accessToken)["act"] == act)
        #expect(fixture.tokens.grants.impersonations.count == 1)
    }

    @Test func `without the audit's row there is no token`() throws {
        let fixture = try Self.impersonating()
        let token = try fixture.userToken()
        let waiting = try #require(try fixture.ask(token).continuation)
        let error = OAuthError.grantNotKept
        let refused = try fixture.tokens.resume(waiting, with: .refused(error, retryAfter: 5))
        #expect(refused.error == error && refused.error?.status == 503)
        for result in [GrantWriteResult.conflict, .absent, .full] {
            let other = try #require(try fixture.ask(token).continuation)
            #expect(try fixture.tokens.resume(other, with: .grant(result)).response == nil)
        }
        // The answer to another need is none.
        let other = try #require(try fixture.ask(token).continuation)
        let wrong = try fixture.tokens.resume(other, with: .password(matches: true))
        #expect(wrong.error?.check == .answerMismatch)
    }

    struct Late: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: Check
        let change: @Sendable (inout ExchangeParties) throws -> Void
    }

    @Test(arguments: [
        Late(testDescription: "the user is disabled", check: .subjectTokenParty) {
            $0.ann = User(subject: "user:ann", passwordHash: "none", isEnabled: false)
        },
        Late(testDescription: "the subject's client is disabled", check: .subjectTokenParty) {
            $0.isWebEnabled = false
        },
        Late(testDescription: "the caller is disabled", check: .clientChanged) {
            $0.isGatewayEnabled = false
        },
        Late(testDescription: "the caller has lost the grant", check: .clientChanged) {
            $0.gateway.grants = [.clientCredentials]
        },
        Late(
            testDescription: "the caller has lost its certificate",
            check: .certificateNotRegistered
        ) {
            $0.gatewayCertificates = [certificate(5)]
        },
        Late(testDescription: "the caller has lost its audience", check: .subjectTokenAudience) {
            $0.exchange.ownAudiences = []
        },
        Late(testDescription: "the caller has lost a scope", check: .clientChanged) {
            $0.gateway.scopes = ["read", "pack"]
        },
    ])
    func `what changes while the audit is written counts`(late: Late) throws {
        let fixture = try Self.impersonating()
        let waiting = try #require(try fixture.ask(fixture.userToken()).continuation)
        try fixture.change(late.change)
        let answer = try fixture.tokens.resume(waiting, with: .grant(.done))
        #expect(answer.error?.check == late.check)
    }

    @Test func `a token that is revoked or expires meanwhile gives nothing`() throws {
        let fixture = try Self.impersonating()
        let token = try fixture.userToken()
        let waiting = try #require(try fixture.ask(token).continuation)
        let late = try fixture.tokens.resume(waiting, with: .grant(.done), now: noon + 900)
        #expect(late.error?.check == .subjectToken)
        let again = try #require(try fixture.ask(token).continuation)
        _ = try fixture.tokens.settle(try fixture.tokens.revoke("client_id=web&token=\(token)"))
        let revoked = try fixture.tokens.resume(again, with: .grant(.done))
        #expect(revoked.error?.check == .subjectTokenRevoked)
        #expect(revoked.error?.code == .invalidRequest)
    }

    @Test func `a client that becomes one that impersonates while it waits is audited`() throws {
        let signer = try SigningGateway()
        let token = try signer.fixture.userToken()
        let waiting = try signer.ask(token)
        guard case .needs(.assertionUse, let continuation) = waiting else {
            Issue.record("the assertion is used first: \(waiting)")
            return
        }
        try signer.become(.impersonate)
        let next = try signer.fixture.tokens.resume(
            continuation,
            with: .assertionUse(isFirst: true)
        )
        guard case .needs(.audit(let row), _) = next else {
            Issue.record("the registration of now counts: \(next)")
            return
        }
        #expect(row.clientID == "signer" && row.subject == "user:ann")
        // The twin that stays as it was needs no row.
        let other = try SigningGateway()
        let answer = try other.fixture.tokens.settle(
            try other.ask(other.fixture.userToken())
        )
        #expect(try claims(of: #require(answer.response).accessToken)["act"] != nil)
        #expect(other.fixture.tokens.grants.impersonations.isEmpty)
    }
}

/// A client `signer` that authenticates by assertions and exchanges tokens.
private struct SigningGateway {
    let fixture: ExchangeFixture
    private let key: ClientKey

    init() throws {
        key = try ClientKey()
        let made = try Self.registered(key, .delegate)
        fixture = try ExchangeFixture(
            ExchangeParties().with { $0.others = [made] },
            replays: NotedUses()
        )
    }

    private static func registered(_ key: ClientKey, _ mode: ExchangeMode) throws -> Client {
        let jwk = try key.jwk(["kid": "key"])
        let keys = try JSONWebKeySet(Array(#"{"keys":[\#(jwk)]}"#.utf8).span)
        return try client(
            "signer",
            policy(.privateKeyJWT, grants: [.tokenExchange]),
            assertion: AssertionRegistration(keys: keys, secret: nil, algorithm: nil),
            certificates: [],
            grantPolicy: GrantPolicy(
                exchange: ExchangePolicy(ownAudiences: [gatewayAudience], mode: mode)
            )
        )
    }

    func become(_ mode: ExchangeMode) throws {
        let other = try Self.registered(key, mode)
        try fixture.change { $0.others = [other] }
    }

    func ask(_ token: String) throws -> TokenFixture.Answer {
        var assertion = Assertion()
        for name in ["iss", "sub"] { assertion = assertion.claiming(name, "signer") }
        let type = String(decoding: assertionType, as: UTF8.self)
        return try fixture.ask(
            token,
            "&client_assertion_type=\(type)&client_assertion=\(assertion.signed(key))",
            of: "signer"
        )
    }
}

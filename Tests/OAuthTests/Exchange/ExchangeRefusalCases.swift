// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Cases about the parties of a token, and what the caller may do with it.
extension ExchangeRefusalTests {
    // MARK: parties

    static let parties: [Case] = [
        invalid("a user who was disabled", .subjectTokenParty) { one in
            one.late = {
                $0.ann = User(subject: "user:ann", passwordHash: "none", isEnabled: false)
            }
        },
        invalid("a user who was removed", .subjectTokenParty) { $0.late = { $0.ann = nil } },
        invalid("a user whose tokens were taken back", .subjectTokenParty) { one in
            one.late = {
                $0.ann = User(
                    subject: "user:ann",
                    passwordHash: "none",
                    isEnabled: true,
                    tokensValidFrom: noon + 1
                )
            }
        },
        invalid("a client that it was issued to, disabled", .subjectTokenParty) {
            $0.late = { $0.isWebEnabled = false }
        },
        invalid("a client that it was issued to, its tokens taken back", .subjectTokenParty) {
            $0.late = { $0.webValidFrom = noon + 1 }
        },
        invalid("a client for itself, disabled", .subjectTokenParty) {
            $0.token = { try $0.webToken() }
            $0.late = { $0.isWebEnabled = false }
        },
        invalid("a client that is not registered", .subjectTokenParty) {
            $0.token = own(["client_id": .string("gone")])
        },
        invalid("a subject that is nobody", .subjectTokenParty) {
            $0.token = own(["sub": .string("user:bob")])
        },
        invalid("a client as the subject that is not registered", .subjectTokenParty) {
            $0.token = own(["sub": .string("gone")], kind: .client)
        },
        invalid("a client as the subject that is disabled", .subjectTokenParty) { one in
            one.token = own(["sub": .string("origin")], kind: .client)
            one.change = { parties in
                parties.others = [
                    try client("origin", isEnabled: false, certificates: [certificate(7)])
                ]
            }
        },
        invalid("a user's name as a client's", .subjectTokenParty) {
            $0.token = own(["sub": .string("ann")], kind: .client)
        },
        invalid("a client's name as a user's", .subjectTokenParty) {
            $0.token = own(["sub": .string("web")], kind: .user)
        },
        invalid("a user who has the name of a client by now", .subjectTokenParty) { one in
            one.token = own(["sub": .string("ann")], kind: .user)
            one.late = { $0.others = [try client("ann", certificates: [certificate(7)])] }
        },
        invalid("a subject of an issuer that is not trusted", .subjectTokenParty) {
            $0.token = own(["sub": .string("partner:ann")], kind: .issuer)
        },
        invalid("a certificate that was taken from its client", .subjectTokenParty) { one in
            one.change = {
                $0.web.bindsTokens = true
                $0.exchange.takesBoundTokens = true
            }
            one.token = own([
                "cnf": .object(["x5t#S256": .string(thumbprint(3).base64URL)])
            ])
        },
    ]

    // MARK: the tie to the caller

    static let ties: [Case] = [
        invalid("a client without audiences of its own", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = [] }
        },
        invalid("a client with another audience of its own", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = ["https://other.example"] }
        },
        invalid("an audience with a slash more", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = [gatewayAudience + "/"] }
        },
        invalid("an audience in capitals", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = ["https://Gateway.example"] }
        },
        invalid("an audience that only looks the same", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = ["urn:caf\u{e9}"] }
            $0.token = own(["aud": .string("urn:cafe\u{301}")])
        },
        invalid("a token for somebody else", .subjectTokenAudience) {
            $0.token = { try $0.userToken("&resource=https://api.example") }
        },
        invalid("a token for the issuer", .subjectTokenAudience) {
            $0.token = own(["aud": .string(server)])
        },
        invalid("the issuer registered as the client's own", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = [server] }
            $0.token = own(["aud": .string(server)])
        },
        invalid("the issuer among others as the client's own", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = ["urn:x", server] }
            $0.token = own(["aud": .array([.string(server), .string(gatewayAudience)])])
        },
        invalid("audiences of tokens, which are not those of the client", .subjectTokenAudience) {
            $0.change = { $0.exchange.ownAudiences = ["https://stock.example"] }
        },
        invalid("the client's id as the audience", .subjectTokenAudience) {
            $0.token = own(["aud": .string("gateway")])
        },
    ]

    // MARK: bindings

    static let bindings: [Case] = [
        invalid("a token that is bound to its client", .subjectTokenBinding) {
            $0.change = { $0.web.bindsTokens = true }
        },
        invalid("an actor token that is bound to another", .actorToken) { one in
            one.change = { parties in
                parties.others = [
                    try client(
                        "worker",
                        policy(audiences: [gatewayAudience]),
                        certificates: [certificate(4)]
                    )
                ]
            }
            one.token = { fixture in
                try fixture.tokens.text(
                    "grant_type=client_credentials&client_id=worker",
                    peer: StubPeer(thumbprint(4))
                )
            }
            one.form = twice
        },
    ]

    // MARK: actors

    static func acting(_ name: String, _ token: String, _ check: Check) -> Case {
        invalid(name, check) {
            $0.rest = "&actor_token=\(token)&actor_token_type=\(accessTokenType)"
        }
    }

    /// The subject token is its own actor, too.
    static let twice: @Sendable (String) -> String = { token in
        ExchangeFixture.form(token, "&actor_token=\(token)&actor_token_type=\(accessTokenType)")
    }

    static let threeActors: JSONValue = (0..<3).reduce(party("a", "b")) { inner, number in
        .object(["sub": .string("a\(number)"), "iss": .string("b"), "act": inner])
    }

    static let actors: [Case] = [
        acting("an actor token that is none", "token", .actorToken),
        invalid("an actor token of a trusted issuer that is none", .actorToken) {
            $0.rest = "&actor_token=a.b.c&actor_token_type=\(jwtType)"
        },
        invalid("an actor token for somebody else", .actorToken) {
            $0.token = own(["aud": .string("https://api.example")])
            $0.form = twice
        },
        invalid("an actor that somebody acts for", .actorToken) {
            $0.token = own(["act": party("a", "b")], kind: .user)
            $0.form = twice
        },
        invalid("an actor token of a client that names no actor", .exchangeParameters) {
            $0.change = { $0.exchange.mode = .impersonate }
            $0.form = twice
        },
        invalid("a fifth actor", .actorChain) {
            $0.token = own(["act": threeActors], kind: .user)
        },
        invalid("may_act of another party, by impersonation", .mayAct) {
            $0.change = { $0.exchange.mode = .impersonate }
            $0.token = own(["may_act": party("other", server)], kind: .user)
        },
        invalid("may_act of the client, and another actor", .mayAct) {
            $0.token = own(["may_act": party("gateway", server)], kind: .user)
            $0.form = twice
        },
    ]

    static func permitting(_ name: String, _ permitted: JSONValue) -> Case {
        invalid("may_act of \(name)", .mayAct) {
            $0.token = own(["may_act": permitted], kind: .user)
        }
    }

    static let permissions: [Case] = [
        permitting("another client", party("other", server)),
        permitting("the client at another issuer", party("gateway", "https://other.example")),
        permitting("the client in capitals", party("Gateway", server)),
        permitting("the user", party("user:ann", server)),
        permitting("the client's audience", party(gatewayAudience, server)),
    ]

    // MARK: scope and audience

    static let scopes: [Case] = [
        "admin", "read admin", "read pack", "pack", "other", "READ", "read  write", " read",
    ].map { (scope: String) -> Case in
        Case("the scope '\(scope)'", .invalidScope, .scope) {
            $0.rest = "&scope=" + scope.replacing(" ", with: "%20")
        }
    }

    static let narrower: [Case] = [
        Case("a scope of a token that has none", .invalidScope, .scope) {
            $0.token = own(["scope": nil])
            $0.rest = "&scope=read"
        },
        Case("a scope that the subject token has not", .invalidScope, .scope) {
            $0.token = { try $0.userToken("&resource=\(gatewayAudience)&scope=read") }
            $0.rest = "&scope=write"
        },
        Case("a scope, for a client that is registered for none", .invalidScope, .scope) {
            $0.change = { $0.gateway.scopes = [] }
        },
        Case("no scope in common", .invalidScope, .scope) {
            $0.token = { try $0.userToken("&resource=\(gatewayAudience)&scope=admin") }
        },
        Case("its own token's scope and more", .invalidScope, .scope) {
            $0.token = { try $0.ownToken("&scope=read") }
            $0.rest = "&scope=read%20write"
        },
        Case("its own token's audience and another", .invalidTarget, .resource) {
            $0.token = { try $0.ownToken("&resource=https://orders.example") }
            $0.rest = "&resource=https://stock.example"
        },
    ]

    static let targets: [Case] = [
        "audience=https://x.example", "resource=https://x.example",
        "audience=https://orders.example&audience=https://x.example",
        "audience=https://orders.example&resource=https://x.example",
        "audience=https://orders.example/", "audience=orders", "audience=\(gatewayAudience)",
        "audience=\(server)",
    ].map { (target: String) -> Case in
        Case(target, .invalidTarget, .resource) { $0.rest = "&" + target }
    }

    // MARK: callers

    static let callers: [Case] = [
        Case("a caller without the grant", .unauthorizedClient, .grantType) {
            $0.change = { $0.gateway.grants = [.clientCredentials] }
            $0.token = own([:])
        },
        Case("the client that the token was issued to", .unauthorizedClient, .grantType) {
            $0.client = "web"
            $0.peer = 1
        },
        Case("the profile fapi2", .unsupportedGrantType, .grantType) { $0.profile = .fapi2 },
        Case("the profile fapi1", .unsupportedGrantType, .grantType) { $0.profile = .fapi1 },
        Case("another spelling of the grant", .unsupportedGrantType, .grantType) { one in
            one.form = { token in
                ExchangeFixture.form(token).replacing("token-exchange", with: "token_exchange")
            }
        },
    ]
}

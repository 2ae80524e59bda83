// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// The user that grants, and the grants that clients here may use.
let ann = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
let lastingGrants: Grants = [.authorizationCode, .refreshToken, .password, .clientCredentials]

/// A policy of a client that may use every grant.
func lasting(
    _ method: ClientAuthenticationMethod = .selfSignedTLS,
    _ change: (inout ClientPolicy) -> Void = { _ in }
) -> ClientPolicy {
    var made = policy(method, grants: lastingGrants, bindsTokens: method.usesCertificate)
    change(&made)
    return made
}

/// A public client that may use every grant.
func publicClient(_ id: String = "app", rotates: Bool? = nil) throws -> Client {
    try client(
        id,
        lasting(.publicClient),
        certificates: [],
        grantPolicy: GrantPolicy(rotatesRefreshTokens: rotates)
    )
}

/// A token endpoint with a store of grants, asked in one line; every answer is settled.
final class GrantFixture {
    /// RFC 7636, appendix B.
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let redirectURI = "https://app.example/cb?x=1"
    /// The same as a form has it.
    static let sentRedirectURI = "https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1"

    let tokens: TokenFixture
    var grants: MemoryGrants { tokens.grants }

    init(
        _ clients: Client...,
        users: [String: User] = ["ann": ann],
        grace: Int = 10,
        replays: any ReplayMemory = ForgetfulMemory(),
        grants: MemoryGrants = MemoryGrants(),
        recent: any RecentGrants = NoRecentGrants()
    ) throws {
        var rules = TokenSettings(audience: "https://api.example", lifetime: 600)
        rules.refreshGrace = grace
        tokens = try TokenFixture(
            Self.registry(clients, users),
            sealing: SealingKeys([sealingKey()]),
            settings: IssuerSettings(issuer: "https://as.example", tokens: rules),
            replays: replays,
            grants: grants,
            recent: recent
        )
    }

    private static func registry(_ clients: [Client], _ users: [String: User]) -> Registry {
        var known = ClientRegistry()
        for client in clients { known.insert(client) }
        return Registry(clients: known, users: users, generation: 1)
    }

    /// Replaces the registrations.
    func use(_ clients: Client..., users: [String: User] = ["ann": ann]) {
        tokens.registry = Self.registry(clients, users)
    }

    // MARK: asking

    /// A code that was just issued to a client; its row is kept.
    func code(
        of clientID: String = "app",
        scopes: [String] = ["read", "write"],
        audiences: [String] = [],
        subject: String = "user:ann",
        namesRedirectURI: Bool = true,
        redirectURI: String = GrantFixture.redirectURI,
        grantID: [UInt8]? = nil,
        now: Int64 = noon
    ) throws -> AuthorizationCode {
        let code = try AuthorizationCode()
        let access = GrantedAccess(
            grantID: grantID ?? GrantSecret(of: code).id,
            clientID: clientID,
            subject: subject,
            scopes: scopes,
            audiences: audiences,
            grantedAt: now,
            tokenLifetime: 600
        )
        let record = CodeRecord(
            digest: code.digest,
            access: access,
            redirectURI: redirectURI,
            namedRedirectURI: namesRedirectURI,
            challenge: Digest256.of(Array(Self.verifier.utf8)).bytes,
            expiresAt: now + AuthorizationCode.lifetime,
            keptUntil: now + 3_600
        )
        #expect(try grants.perform([.addCode(record, from: nil)]) == [.done])
        return code
    }

    /// The form of a token request with a code.
    static func form(_ code: AuthorizationCode, _ clientID: String = "app") -> String {
        "grant_type=authorization_code&client_id=\(clientID)&code=\(code.text)"
            + "&redirect_uri=\(sentRedirectURI)&code_verifier=\(verifier)"
    }

    func exchange(
        _ code: AuthorizationCode,
        as clientID: String = "app",
        _ rest: String = "",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> TokenFixture.Answer {
        let form = Self.form(code, clientID) + rest
        return try tokens.settle(tokens.ask(form, peer: peer, now: now), now: now)
    }

    func refresh(
        _ token: String?,
        as clientID: String = "app",
        _ rest: String = "",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> TokenFixture.Answer {
        let form =
            "grant_type=refresh_token&client_id=\(clientID)"
            + (token.map { "&refresh_token=\($0)" } ?? "") + rest
        return try tokens.settle(tokens.ask(form, peer: peer, now: now), now: now)
    }

    func logIn(
        as clientID: String = "app",
        _ rest: String = "",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> TokenFixture.Answer {
        let form = "grant_type=password&client_id=\(clientID)&username=ann&password=pw\(rest)"
        return try tokens.settle(tokens.ask(form, peer: peer, now: now), now: now)
    }

    func revoke(
        _ token: String,
        as clientID: String = "app",
        _ rest: String = "",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> TokenFixture.Answer {
        let form = "client_id=\(clientID)&token=\(token)\(rest)"
        return try tokens.settle(tokens.revoke(form, peer: peer, now: now), now: now)
    }

    /// The body of an introspection.
    func introspect(
        _ token: String,
        as clientID: String = "app",
        peer: StubPeer = StubPeer(thumbprint(1)),
        now: Int64 = noon
    ) throws -> String {
        let form = "client_id=\(clientID)&token=\(token)"
        let answer: TokenFixture.Answer =
            switch try tokens.introspect(form, peer: peer, now: now) {
            case .described(let body): .described(body)
            case .needs(let need, let next): try tokens.settle(.needs(need, next), now: now)
            case .refused(let error): throw error
            }
        guard case .described(let body) = answer else { throw TokenFixture.Unexpected.answer }
        return body
    }

    func isActive(_ token: String, as clientID: String = "app", now: Int64 = noon) throws -> Bool {
        try introspect(token, as: clientID, now: now) != IntrospectionAnswer.inactive
    }

    // MARK: what must have come

    /// The refresh token of a new grant.
    func refreshToken(now: Int64 = noon, peer: StubPeer = StubPeer(thumbprint(1))) throws -> String
    {
        try #require(exchange(code(now: now), peer: peer, now: now).response?.refreshToken)
    }

    /// The row of a token's grant.
    func family(of text: String) throws -> RefreshFamilyRecord? {
        let read = RefreshToken(Array(text.utf8).span)
        let token = try #require(read)
        return grants.families.first { $0.access.grantID == token.grant.id }
    }
}

extension OAuthError {
    static let badCode = OAuthError(.invalidGrant, "", check: .code)
    static let badRefreshToken = OAuthError(.invalidGrant, "", check: .refreshToken)
}

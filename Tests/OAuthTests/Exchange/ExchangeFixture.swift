// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Storage
import Testing
import Text

@testable import OAuth

/// The audience that is `gateway` itself.
let gatewayAudience = "https://gateway.example"
let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
let jwtType = "urn:ietf:params:oauth:token-type:jwt"

/// The registrations of an exchange: `web` gets tokens, for itself and for ann, and `gateway`
/// exchanges them.
struct ExchangeParties {
    static let gatewayGrants: Grants = [.tokenExchange, .clientCredentials]
    static let orders = ["https://orders.example", "https://stock.example"]

    var web = policy(
        grants: [.clientCredentials, .password],
        scopes: ["read", "write", "admin"],
        audiences: [gatewayAudience, "https://api.example"],
        bindsTokens: false
    )
    var isWebEnabled = true
    var webValidFrom: Int64 = 0
    var gateway = policy(
        grants: gatewayGrants,
        scopes: ["read", "write", "pack"],
        audiences: orders
    )
    var isGatewayEnabled = true
    var exchange = ExchangePolicy(ownAudiences: [gatewayAudience])
    var gatewayCertificates = [certificate(2)]
    var ann: User? = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
    var others: [Client] = []
    var issuers: [TrustedIssuer] = []

    func registry() throws -> Registry {
        var clients = ClientRegistry()
        clients.insert(
            try client("web", web, isEnabled: isWebEnabled, tokensValidFrom: webValidFrom)
        )
        clients.insert(
            try client(
                "gateway",
                gateway,
                isEnabled: isGatewayEnabled,
                certificates: gatewayCertificates,
                grantPolicy: GrantPolicy(exchange: exchange)
            )
        )
        for other in others { clients.insert(other) }
        return Registry(
            clients: clients,
            users: ann.map { ["ann": $0] } ?? [:],
            issuers: TrustedIssuers(issuers),
            generation: 1
        )
    }

    /// The same with some of it changed.
    func with(_ change: (inout ExchangeParties) throws -> Void) rethrows -> ExchangeParties {
        var other = self
        try change(&other)
        return other
    }
}

/// A token endpoint at which `gateway` exchanges tokens.
final class ExchangeFixture {
    let tokens: TokenFixture
    let key: SigningKeyMaterial
    var parties: ExchangeParties

    init(
        _ parties: ExchangeParties = ExchangeParties(),
        exchangeLifetime: Int? = nil,
        format: AccessTokenFormat? = nil,
        replays: any ReplayMemory = ForgetfulMemory()
    ) throws {
        self.parties = parties
        key = try signingKey()
        var rules = TokenSettings(audience: "https://api.example", lifetime: 900, format: format)
        if let exchangeLifetime { rules.exchangeLifetime = exchangeLifetime }
        tokens = try TokenFixture(
            parties.registry(),
            keys: SigningKeys([key]),
            sealing: SealingKeys([sealingKey()]),
            settings: IssuerSettings(issuer: "https://as.example", tokens: rules),
            replays: replays
        )
    }

    /// Other registrations, in force from now on.
    func change(_ change: (inout ExchangeParties) throws -> Void) throws {
        try change(&parties)
        tokens.registry = try parties.registry()
    }

    // MARK: tokens to be exchanged

    /// A token of `web` for itself.
    func webToken(
        _ rest: String = "&resource=\(gatewayAudience)",
        now: Int64 = noon
    ) throws -> String {
        try tokens.text("grant_type=client_credentials&client_id=web" + rest, now: now)
    }

    /// A token of `web` for ann.
    func userToken(
        _ rest: String = "&resource=\(gatewayAudience)",
        now: Int64 = noon
    ) throws -> String {
        let body = "grant_type=password&client_id=web&username=ann&password=p" + rest
        let answer = try tokens.settle(try tokens.ask(body, now: now), now: now)
        return try #require(answer.response).accessToken
    }

    /// A token of `gateway` for itself.
    func ownToken(_ rest: String = "", now: Int64 = noon) throws -> String {
        try tokens.text(
            "grant_type=client_credentials&client_id=gateway" + rest,
            peer: StubPeer(thumbprint(2)),
            now: now
        )
    }

    /// A JWT with these claims, signed by the server's own key or by another one.
    func signed(
        _ claims: JSONValue,
        type: String? = "at+jwt",
        keyID: String? = "key",
        algorithm: String = "ES256",
        by key: SigningKeyMaterial? = nil
    ) throws -> String {
        var header: [String: JSONValue] = ["alg": .string(algorithm)]
        header["typ"] = type.map { .string($0) }
        header["kid"] = keyID.map { .string($0) }
        let parts = [JSONValue.object(header), claims].map { part -> [UInt8] in
            var bytes: [UInt8] = []
            JSONText.append(part, to: &bytes)
            return Base64URL.encode(bytes.span)
        }
        let input = parts[0] + [UInt8(ascii: ".")] + parts[1]
        let signer = KeySigner(try SigningKey(pkcs8: (key ?? self.key).pkcs8, for: .es256))
        let signature = try signer.signature(over: input)
        let text = input + [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
        return String(decoding: text, as: UTF8.self)
    }

    /// The claims of a token for ann that `web` was given, as an exchanged one where there is a
    /// kind.
    static func claims(
        _ changes: [String: JSONValue?] = [:],
        kind: SubjectKind? = nil
    ) -> JSONValue {
        let random = [UInt8](repeating: 7, count: 16)
        let identifier = (kind.map { [$0.rawValue] } ?? []) + random
        var claims: [String: JSONValue] = [
            "iss": .string("https://as.example"), "sub": .string("user:ann"),
            "aud": .string(gatewayAudience), "client_id": .string("web"),
            "iat": .integer(noon), "exp": .integer(noon + 900),
            "jti": .string(String(decoding: Base64URL.encode(identifier.span), as: UTF8.self)),
            "scope": .string("read write admin"),
        ]
        for (name, value) in changes { claims[name] = value }
        return .object(claims)
    }

    // MARK: asking

    static func form(
        _ token: String,
        type: String = accessTokenType,
        _ rest: String = "",
        of client: String = "gateway"
    ) -> String {
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=\(client)"
            + "&subject_token=\(token)&subject_token_type=\(type)" + rest
    }

    func ask(
        _ token: String,
        type: String = accessTokenType,
        _ rest: String = "",
        of client: String = "gateway",
        peer: UInt8? = 2,
        now: Int64 = noon,
        profile: SecurityProfile = .standard
    ) throws -> TokenFixture.Answer {
        try tokens.ask(
            Self.form(token, type: type, rest, of: client),
            peer: StubPeer(peer.map { thumbprint($0) }),
            now: now,
            profile: profile
        )
    }

    /// The answer that has a token, with every need met.
    func exchanged(
        _ token: String,
        type: String = accessTokenType,
        _ rest: String = "",
        of client: String = "gateway",
        peer: UInt8 = 2,
        now: Int64 = noon
    ) throws -> TokenResponse {
        let answer = try ask(token, type: type, rest, of: client, peer: peer, now: now)
        return try #require(try tokens.settle(answer, now: now).response)
    }

    /// Introspection's answer about a token, to the client that it was issued to.
    func introspected(
        _ token: String,
        by client: String = "gateway",
        peer: UInt8 = 2,
        now: Int64 = noon
    ) throws -> JSONValue {
        let answer = try tokens.introspect(
            "client_id=\(client)&token=\(token)",
            peer: StubPeer(thumbprint(peer)),
            now: now
        )
        guard case .described(let body) = answer else { throw TokenFixture.Unexpected.answer }
        let value = JSONValue(body.utf8.span)
        return try #require(value)
    }
}

/// The claims of a JWT, unchecked.
func claims(of token: String) throws -> JSONValue {
    let parts = token.split(separator: ".")
    try #require(parts.count == 3)
    let bytes = try decoded(parts[1].utf8)
    let value = JSONValue(bytes.span)
    return try #require(value)
}

extension JSONValue {
    /// Whether it is active, of an introspection response.
    var isActive: Bool { self["active"] == .boolean(true) }
}

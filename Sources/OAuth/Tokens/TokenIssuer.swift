// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// Settings that are the same for every token.
public struct IssuerSettings: Sendable, Equatable {
    /// `iss`, byte for byte the metadata's `issuer`.
    public let issuer: String
    /// The settings of tokens.
    public let tokens: TokenSettings
    /// The URLs of this server's endpoints, which are accepted audiences of assertions.
    public let endpoints: [String]

    /// The settings as configuration gives them.
    public init(issuer: String, tokens: TokenSettings, endpoints: [String] = []) {
        self.issuer = issuer
        self.tokens = tokens
        self.endpoints = endpoints
    }

    var assertionAudiences: AssertionAudiences {
        AssertionAudiences(issuer: issuer, endpoints: endpoints)
    }
}

/// Makes access tokens in the form that their client has; one thread's own.
struct TokenIssuer: ~Copyable {
    private var settings: IssuerSettings
    private var keys: TokenKeys
    private var jwts: JWTIssuer
    private var sealer = ActiveSealer()
    private var reuse = TokenReuse()

    init(_ settings: IssuerSettings, keys: TokenKeys, digester: Digester) {
        self.settings = settings
        self.keys = keys
        jwts = JWTIssuer(settings, keys: keys.signing, digester: digester)
    }

    /// `iss`.
    var name: String { settings.issuer }

    /// `aud` of clients that have none of their own.
    var audience: String { settings.tokens.audience }

    /// Replaces the keys.
    mutating func use(_ keys: TokenKeys) {
        self.keys = keys
        jwts.use(keys.signing)
        sealer = ActiveSealer()
        reuse.forget()
    }

    /// Replaces the settings.
    mutating func use(_ settings: IssuerSettings) {
        self.settings = settings
        jwts.use(settings)
        sealer = ActiveSealer()
        reuse.forget()
    }

    /// Sets the claims' times for a token that is made now.
    func date(_ claims: inout TokenClaims, now: Int64) {
        claims.issuedAt = now
        claims.expiresAt = now + Int64(claims.client.policy.lifetime ?? settings.tokens.lifetime)
    }

    /// Appends an access token with `claims`, and returns for how many seconds it is valid.
    ///
    /// On an error nothing may be issued. `isRepeatable` allows the same token again for the same
    /// request, where its client is registered for that.
    mutating func append(
        _ claims: TokenClaims,
        isRepeatable: Bool,
        now: Int64,
        to out: inout [UInt8]
    ) throws(CryptographyError) -> Int64 {
        let policy = claims.client.policy
        let isKept = isRepeatable && policy.reuseWindow > 0
        if isKept, let expiresAt = reuse.append(claims, now: now, to: &out) {
            return expiresAt - now
        }
        let start = out.count
        switch settings.tokens.format ?? policy.format {
        case .jwt: try jwts.append(claims, now: now, to: &out)
        case .sealed:
            try sealer.prepare(keys.sealing, issuer: settings.issuer, now: now)
            try sealer.append(claims, audience: settings.tokens.audience, to: &out)
        }
        if isKept { reuse.keep(claims, token: Array(out[start...])) }
        return claims.expiresAt - now
    }
}

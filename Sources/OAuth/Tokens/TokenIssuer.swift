// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// What the server puts into every token.
public struct IssuerSettings: Sendable, Equatable {
    /// `iss`, byte for byte the metadata's `issuer`.
    public let issuer: String
    /// `aud` for clients that have none of their own.
    public let audience: String
    /// Seconds for clients that have none of their own.
    public let lifetime: Int
    /// The form of every token, whatever clients are registered for; nil for each client's own.
    public let format: AccessTokenFormat?
    /// The URLs of this server's endpoints, which an assertion may be addressed to.
    public let endpoints: [String]

    /// The settings as configuration gives them.
    public init(
        issuer: String,
        audience: String,
        lifetime: Int,
        format: AccessTokenFormat? = nil,
        endpoints: [String] = []
    ) {
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
        self.format = format
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
    var audience: String { settings.audience }

    /// Takes over changed keys.
    mutating func use(_ keys: TokenKeys) {
        self.keys = keys
        jwts.use(keys.signing)
        sealer = ActiveSealer()
        reuse.forget()
    }

    /// Takes over changed settings.
    mutating func use(_ settings: IssuerSettings) {
        self.settings = settings
        jwts.use(settings)
        sealer = ActiveSealer()
        reuse.forget()
    }

    /// Appends an access token and returns for how many seconds it is valid.
    ///
    /// Nothing may be issued when it throws. `isRepeatable` says that the same request may get the
    /// same token again, where its client is registered for that.
    mutating func append(
        _ grant: TokenClaims,
        isRepeatable: Bool,
        now: Int64,
        to out: inout [UInt8]
    ) throws(CryptographyError) -> Int64 {
        let policy = grant.client.policy
        let isKept = isRepeatable && policy.reuseWindow > 0
        if isKept, let expiresAt = reuse.append(grant, now: now, to: &out) {
            return expiresAt - now
        }
        let lifetime = Int64(policy.lifetime ?? settings.lifetime)
        let start = out.count
        switch settings.format ?? policy.format {
        case .jwt: try jwts.append(grant, now: now, lifetime: lifetime, to: &out)
        case .sealed:
            try sealer.prepare(keys.sealing, issuer: settings.issuer, now: now)
            try sealer.append(
                grant,
                now: now,
                lifetime: lifetime,
                audience: settings.audience,
                to: &out
            )
        }
        if isKept {
            reuse.keep(
                grant,
                token: Array(out[start...]),
                issuedAt: now,
                expiresAt: now + lifetime
            )
        }
        return lifetime
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// Settings that are the same for every token.
public struct IssuerSettings: Sendable, Equatable {
    /// `iss`, byte for byte the metadata's `issuer`.
    public let issuer: String
    /// The settings of tokens.
    public let tokens: TokenSettings
    /// The URLs of this server's endpoints, which are accepted audiences of assertions.
    public let endpoints: [String]
    /// Whether tokens and introspection say `"test":true`: those of a load target, whose keys
    /// follow from a public seed.
    public let isTest: Bool

    /// The settings as configuration gives them.
    public init(
        issuer: String,
        tokens: TokenSettings,
        endpoints: [String] = [],
        isTest: Bool = false
    ) {
        self.issuer = issuer
        self.tokens = tokens
        self.endpoints = endpoints
        self.isTest = isTest
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
    private var reuse: TokenReuse

    init(
        _ settings: IssuerSettings,
        keys: TokenKeys,
        digester: Digester,
        revocations: any TokenRevocations = NoRevocations()
    ) {
        self.settings = settings
        reuse = TokenReuse(revocations)
        self.keys = keys
        jwts = JWTIssuer(settings, keys: keys.signing, digester: digester)
    }

    /// `iss`.
    var name: String { settings.issuer }

    /// Whether tokens and introspection say that they are for tests.
    var isTest: Bool { settings.isTest }

    /// The settings of tokens.
    var tokens: TokenSettings { settings.tokens }

    /// `sub` of a user's token as it is written; nil where a client has that name.
    func subject(_ claims: borrowing TokenClaims, _ clients: ClientRegistry) -> [UInt8]? {
        settings.tokens.userSubject.written(claims.subject, clients)
    }

    /// `aud` of clients that have none of their own.
    var audience: String { settings.tokens.audience }

    /// The audiences that are the client itself.
    ///
    /// Those of everyone's tokens, the server's own and that of clients without theirs, never
    /// count, whatever is registered: the client could exchange all tokens.
    func ownAudiences(of client: Client) -> [String] {
        let everyones = [name, audience]
        return client.grantPolicy.exchange.ownAudiences
            .filter { !everyones.containsBytes(of: $0) }
    }

    /// The form of a client's tokens.
    func format(of client: Client) -> AccessTokenFormat {
        settings.tokens.format ?? client.policy.format
    }

    /// Throws for a client whose JWTs would be signed by an algorithm that the profile does not
    /// allow; ES256 is allowed by each.
    func admit(_ client: Client, _ profile: SecurityProfile) throws(OAuthError) {
        let algorithm = client.grantPolicy.signingAlgorithm
        guard algorithm != .es256, !profile.algorithms.contains(algorithm) else { return }
        guard format(of: client) == .jwt else { return }
        throw OAuthError(
            .unauthorizedClient,
            "tokens of the client's signing algorithm are not issued here",
            check: .tokenAlgorithm
        )
    }

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

    /// Sets the claims' times for a token that is made now and counts from `validFrom` on.
    func date(_ claims: inout TokenClaims, validFrom: Int64, now: Int64) {
        claims.issuedAt = IssueMoment.of(validFrom, now: now)
        let lifetime = settings.tokens.lifetime(of: claims.client)
        claims.expiresAt = now + min(lifetime, claims.grant?.tokenLifetime ?? lifetime)
        guard let exchange = claims.exchange else { return }
        let end = now + Int64(settings.tokens.exchangeLifetime)
        claims.expiresAt = min(claims.expiresAt, end, exchange.endsAt)
    }

    /// Appends an access token with `claims`, and returns for how many seconds it is valid.
    ///
    /// On an error nothing may be issued. `isRepeatable` allows the same token again for the same
    /// request, where its client is registered for that.
    mutating func append(
        _ claims: TokenClaims,
        isRepeatable: Bool,
        _ alteration: TokenAlteration,
        now: Int64,
        to out: inout [UInt8]
    ) throws(CryptographyError) -> Int64 {
        let policy = claims.client.policy
        let isKept = isRepeatable && policy.reuseWindow > 0 && alteration == .none
        if isKept, let expiresAt = reuse.append(claims, now: now, to: &out) {
            return expiresAt - now
        }
        let start = out.count
        let lifetime = claims.expiresAt - now
        guard alteration.fault == nil else {
            var altered = claims
            alteration.apply(to: &altered)
            try append(altered, alteration, format: policy.format, now: now, to: &out)
            alteration.breakEnd(of: start..<out.count, in: &out)
            return lifetime
        }
        try append(claims, alteration, format: policy.format, now: now, to: &out)
        if isRepeatable {
            let purpose = TokenReuse.purpose(claims)
            claims.client.activity.noteToken(purpose: purpose, now: now, lifetime: lifetime)
        }
        if isKept { reuse.keep(claims, token: Array(out[start...])) }
        return lifetime
    }

    /// Replaces what stands in `out` from `start` on, an introspection response, by a JWT that says
    /// it to `audience`; on an error nothing may be answered.
    mutating func signIntrospection(
        from start: Int,
        to audience: Client,
        now: Int64,
        in out: inout [UInt8]
    ) throws(CryptographyError) {
        let content = Array(out[start...])
        out.removeSubrange(start...)
        try jwts.appendIntrospection(
            content,
            to: audience.id,
            issuer: settings.issuer,
            now: now,
            to: &out
        )
    }

    /// The refusal of a client that gets no token now.
    ///
    /// While there is no key of its algorithm, one is being made: it is asked to come again, and
    /// never gets a token of another algorithm.
    func refusal(of client: Client, now: Int64) -> RefusedRequest {
        let isWaiting =
            format(of: client) == .jwt
            && !jwts.hasKey(client.grantPolicy.signingAlgorithm, now: now)
        guard isWaiting else {
            let error = OAuthError(.serverError, "the token could not be made", check: .tokenKeys)
            return RefusedRequest(error, of: .id(client.id))
        }
        let error = OAuthError(
            .temporarilyUnavailable,
            "the key of the client's signing algorithm is being made",
            check: .tokenKeys
        )
        return RefusedRequest(error, of: .id(client.id), retryAfter: Self.keyWait)
    }

    /// Seconds in which a key is usually made.
    private static let keyWait = 2

    private mutating func append(
        _ claims: TokenClaims,
        _ alteration: TokenAlteration,
        format: AccessTokenFormat,
        now: Int64,
        to out: inout [UInt8]
    ) throws(CryptographyError) {
        switch settings.tokens.format ?? format {
        case .jwt: try jwts.append(claims, alteration, now: now, to: &out)
        case .sealed:
            try sealer.prepare(keys.sealing, issuer: settings.issuer, now: now)
            let start = out.count
            try sealer.append(claims, audience: settings.tokens.audience, to: &out)
            // The version's byte and a half come first; then the tag that names the key.
            if alteration.fault == .wrongKeyID { out[start + 4] = Self.other(than: out[start + 4]) }
        }
    }

    private static func other(than character: UInt8) -> UInt8 {
        character == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    }
}

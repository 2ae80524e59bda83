// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// The part of a registration that concerns grants which last, and the form of the tokens.
public struct GrantPolicy: Sendable, Hashable {
    /// `client_name` of clients that send users here; nil for the others, which share policies.
    public var name: String?
    /// `redirect_uris` (RFC 7591 §2).
    public var redirectURIs: [String]
    /// Whether a used refresh token is replaced; nil for the rule of `RefreshRules`.
    public var rotatesRefreshTokens: Bool?
    /// Seconds from the grant after which refresh tokens end; nil for the server's default.
    public var refreshLifetime: Int?
    /// Seconds without use after which refresh tokens end; nil for any.
    public var refreshIdle: Int?
    /// `require_pushed_authorization_requests` (RFC 9126 §6).
    public var requiresPushedRequests: Bool
    /// The algorithm that signs its access tokens: ES256, ES384, EdDSA, PS256 or RS256.
    public var signingAlgorithm: SignatureAlgorithm
    /// Claims that each of its tokens has, as members of a JSON object with a comma before each:
    /// `,"tenant":"a"`; empty for none.
    public var staticClaims: [UInt8]
    /// Its rules for token exchange.
    public var exchange: ExchangePolicy

    /// A policy from its parts.
    public init(
        name: String? = nil,
        redirectURIs: [String] = [],
        rotatesRefreshTokens: Bool? = nil,
        refreshLifetime: Int? = nil,
        refreshIdle: Int? = nil,
        requiresPushedRequests: Bool = false,
        signingAlgorithm: SignatureAlgorithm = .es256,
        staticClaims: [UInt8] = [],
        exchange: ExchangePolicy = ExchangePolicy()
    ) {
        self.name = name
        self.redirectURIs = redirectURIs
        self.rotatesRefreshTokens = rotatesRefreshTokens
        self.refreshLifetime = refreshLifetime
        self.refreshIdle = refreshIdle
        self.requiresPushedRequests = requiresPushedRequests
        self.signingAlgorithm = signingAlgorithm
        self.staticClaims = staticClaims
        self.exchange = exchange
    }
}

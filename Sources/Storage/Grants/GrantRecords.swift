// SPDX-License-Identifier: Apache-2.0
/// Access that a resource owner granted to a client: the part that codes and refresh tokens share.
public struct GrantedAccess: Sendable, Equatable {
    /// The grant's id, 16 random bytes; access tokens that follow from it carry it.
    public var grantID: [UInt8]
    /// The client that it was granted to.
    public var clientID: String
    /// `sub` of the tokens.
    public var subject: String
    /// The granted scope tokens.
    public var scopes: [String]
    /// The granted audiences (RFC 8707); empty for the server's default.
    public var audiences: [String]
    /// Epoch seconds of the grant; tokens revoked until then are dead.
    public var grantedAt: Int64
    /// Seconds that its access tokens live at most, whatever their client is registered for later:
    /// so long a revocation has to last.
    public var tokenLifetime: Int64

    /// Granted access from its parts.
    public init(
        grantID: [UInt8],
        clientID: String,
        subject: String,
        scopes: [String],
        audiences: [String],
        grantedAt: Int64,
        tokenLifetime: Int64
    ) {
        self.grantID = grantID
        self.clientID = clientID
        self.subject = subject
        self.scopes = scopes
        self.audiences = audiences
        self.grantedAt = grantedAt
        self.tokenLifetime = tokenLifetime
    }
}

/// An authorization code (RFC 6749 §4.1.2); the code itself is not kept.
public struct CodeRecord: Sendable, Equatable {
    /// The SHA-256 of the code's bytes.
    public var digest: [UInt8]
    /// The granted access.
    public var access: GrantedAccess
    /// The redirect URI of the authorization request, as it was sent.
    public var redirectURI: String
    /// Whether the token request must name it (RFC 6749 §4.1.3).
    public var namedRedirectURI: Bool
    /// The PKCE challenge: SHA-256 of the verifier (RFC 7636 §4.6).
    public var challenge: [UInt8]
    /// Epoch seconds after which it is no longer accepted.
    public var expiresAt: Int64
    /// Epoch seconds of its use; nil where it is unused.
    public var usedAt: Int64?
    /// Epoch seconds until which the row is kept, so that a second use is noticed.
    public var keptUntil: Int64

    /// A record from its parts.
    public init(
        digest: [UInt8],
        access: GrantedAccess,
        redirectURI: String,
        namedRedirectURI: Bool,
        challenge: [UInt8],
        expiresAt: Int64,
        usedAt: Int64? = nil,
        keptUntil: Int64
    ) {
        self.digest = digest
        self.access = access
        self.redirectURI = redirectURI
        self.namedRedirectURI = namedRedirectURI
        self.challenge = challenge
        self.expiresAt = expiresAt
        self.usedAt = usedAt
        self.keptUntil = keptUntil
    }
}

/// The refresh tokens of one grant (RFC 6749 §6, RFC 9700 §4.14): one is current, and of the one
/// before it a digest is kept.
public struct RefreshFamilyRecord: Sendable, Equatable {
    /// The granted access; its id is the family's.
    public var access: GrantedAccess
    /// The certificate that the tokens are bound to, 32 bytes (RFC 8705 §7.1); nil for confidential
    /// clients, and where there was none.
    public var thumbprint: [UInt8]?
    /// The SHA-256 of the current token's secret.
    public var current: [UInt8]
    /// That of its predecessor; nil where there is none.
    public var previous: [UInt8]?
    /// Epoch seconds of the last rotation; of the beginning where there was none.
    public var rotatedAt: Int64
    /// Epoch seconds after which no token is accepted any more, by lifetime and idle time.
    public var endsAt: Int64

    /// A record from its parts.
    public init(
        access: GrantedAccess,
        thumbprint: [UInt8]? = nil,
        current: [UInt8],
        previous: [UInt8]? = nil,
        rotatedAt: Int64,
        endsAt: Int64
    ) {
        self.access = access
        self.thumbprint = thumbprint
        self.current = current
        self.previous = previous
        self.rotatedAt = rotatedAt
        self.endsAt = endsAt
    }
}

/// One rotation of a refresh token.
public struct RefreshRotation: Sendable, Equatable {
    /// The family's id.
    public var family: [UInt8]
    /// The digest that must be current.
    public var current: [UInt8]
    /// The successor's digest.
    public var successor: [UInt8]
    /// Epoch seconds of the rotation.
    public var rotatedAt: Int64
    /// The family's new end.
    public var endsAt: Int64

    /// A rotation from its parts.
    public init(
        family: [UInt8],
        current: [UInt8],
        successor: [UInt8],
        rotatedAt: Int64,
        endsAt: Int64
    ) {
        self.family = family
        self.current = current
        self.successor = successor
        self.rotatedAt = rotatedAt
        self.endsAt = endsAt
    }
}

/// A pushed authorization request (RFC 9126 §2.2).
public struct PushedRequestRecord: Sendable, Equatable {
    /// The SHA-256 of the reference in its `request_uri`.
    public var digest: [UInt8]
    /// The client that pushed it.
    public var clientID: String
    /// Its parameters, as a form (`application/x-www-form-urlencoded`), without credentials.
    public var parameters: [UInt8]
    /// Epoch seconds after which it is no longer accepted.
    public var expiresAt: Int64

    /// A record from its parts.
    public init(digest: [UInt8], clientID: String, parameters: [UInt8], expiresAt: Int64) {
        self.digest = digest
        self.clientID = clientID
        self.parameters = parameters
        self.expiresAt = expiresAt
    }
}

/// A revoked access token, or all access tokens of a grant.
public struct RevokedToken: Sendable, Hashable {
    /// A grant's id of 16 bytes, or the SHA-256 of a token's `jti`.
    public var id: [UInt8]
    /// Epoch seconds at which the last such token has expired.
    public var until: Int64

    /// A revocation from its parts.
    public init(id: [UInt8], until: Int64) {
        self.id = id
        self.until = until
    }
}

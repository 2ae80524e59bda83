// SPDX-License-Identifier: Apache-2.0
/// One registered client as the store keeps it; the words are those of RFC 7591 and RFC 8705.
///
/// List entries are neither empty nor contain white space.
public struct ClientRecord: Sendable, Equatable {
    /// The `client_id`; never changes.
    public var clientID: String
    /// The `client_name`, for people.
    public var name: String
    /// The hash of the client secret, or nil where the method needs none.
    public var secretHash: String?
    /// The `token_endpoint_auth_method`.
    public var authenticationMethod: String
    /// The `grant_types` this client may use.
    public var grantTypes: [String]
    /// The scope tokens this client may ask for.
    public var scopes: [String]
    /// The `redirect_uris`.
    public var redirectURIs: [String]
    /// The kind of `subjectValue`, as the metadata of RFC 8705 §2.1.2 names it, such as
    /// `tls_client_auth_subject_dn`; nil without a subject.
    public var subjectKind: String?
    /// The certificate subject that is expected, as it was registered.
    public var subjectValue: String?
    /// The SPIFFE ID that is expected, or one whose last segment is `*`; nil for other methods than
    /// `spiffe_x509`.
    public var spiffeID: String?
    /// `tls_client_certificate_bound_access_tokens` (RFC 8705 §3.4).
    public var boundAccessTokens: Bool
    /// The client's public keys as a JWK Set (RFC 7517), for `private_key_jwt`.
    public var jwks: String?
    /// The `jwks_uri` from which the client's keys are fetched, in place of registered ones.
    public var jwksURI: String?
    /// The last good JWK Set from `jwksURI`; nil until there was one.
    ///
    /// Belongs to that URI: without one, or for another one, it cannot be written.
    public var fetchedJWKS: String?
    /// The name of the trust set under which the subject is accepted; nil for CAs of its own.
    public var trustSet: String?
    /// The secret itself, which `client_secret_jwt` needs, and no other method has here.
    ///
    /// Secret.
    public var sharedSecret: String?
    /// `token_endpoint_auth_signing_alg`: the one algorithm of its assertions; nil for every one.
    public var assertionAlgorithm: String?
    /// The audiences of this client's tokens; empty means the server's default.
    public var audiences: [String]
    /// `jwt` or `sealed`.
    public var tokenFormat: String
    /// Seconds an access token lives; nil means the server's default.
    public var tokenLifetime: Int?
    /// Seconds in which an issued token may be handed out again; 0 means never.
    public var reuseWindow: Int
    /// Whether this client may introspect tokens (RFC 7662).
    public var mayIntrospect: Bool
    /// Whether a used refresh token is replaced; nil leaves it to the server's rule.
    public var refreshRotation: Bool?
    /// Seconds from the grant after which refresh tokens end; nil means the server's default.
    public var refreshLifetime: Int?
    /// Seconds without use after which refresh tokens end; nil means the server's default.
    public var refreshIdle: Int?
    /// `require_pushed_authorization_requests` (RFC 9126 §6).
    public var requiresPushedRequests: Bool
    /// The JWS algorithm that signs this client's access tokens.
    public var tokenSigningAlgorithm: String
    /// Claims that each of its tokens has, the text of a JSON object; nil for none.
    public var staticClaims: String?
    /// How often it may ask, `N/SECONDS`; nil means the server's default.
    public var rate: String?
    /// The audiences that are the client itself: tokens for one of them it may exchange (RFC 8693).
    public var ownAudiences: [String]
    /// `delegate` or `impersonate`: what its exchanged tokens say of it.
    public var exchangeMode: String
    /// Whether it may exchange tokens that are bound to another party's certificate.
    public var exchangesBoundTokens: Bool
    /// Short texts by which people and programs find it.
    public var labels: [String: String]
    /// Whether this client may authenticate at all.
    public var enabled: Bool
    /// Epoch seconds of the registration.
    public var createdAt: Int64
    /// Epoch seconds of the last change.
    public var updatedAt: Int64
    /// Epoch seconds before which nothing that was issued to this client is valid.
    public var tokensValidFrom: Int64
    /// The registered certificates (RFC 8705 §2.2).
    public var certificates: [CertificateRecord]
    /// The CAs of its own under which the subject is accepted (RFC 8705 §2.1).
    public var caCertificates: [CertificateRecord]
    /// Counts up with each change of the record, from 1.
    public var version: Int64

    /// A record from its parts; nothing is checked before it is written.
    public init(
        clientID: String,
        name: String,
        secretHash: String? = nil,
        authenticationMethod: String,
        grantTypes: [String],
        scopes: [String] = [],
        redirectURIs: [String] = [],
        subjectKind: String? = nil,
        subjectValue: String? = nil,
        spiffeID: String? = nil,
        boundAccessTokens: Bool = false,
        jwks: String? = nil,
        jwksURI: String? = nil,
        fetchedJWKS: String? = nil,
        trustSet: String? = nil,
        sharedSecret: String? = nil,
        assertionAlgorithm: String? = nil,
        audiences: [String] = [],
        tokenFormat: String = "jwt",
        tokenLifetime: Int? = nil,
        reuseWindow: Int = 0,
        mayIntrospect: Bool = false,
        refreshRotation: Bool? = nil,
        refreshLifetime: Int? = nil,
        refreshIdle: Int? = nil,
        requiresPushedRequests: Bool = false,
        tokenSigningAlgorithm: String = "ES256",
        staticClaims: String? = nil,
        rate: String? = nil,
        ownAudiences: [String] = [],
        exchangeMode: String = "delegate",
        exchangesBoundTokens: Bool = false,
        labels: [String: String] = [:],
        enabled: Bool = true,
        createdAt: Int64,
        updatedAt: Int64,
        tokensValidFrom: Int64 = 0,
        certificates: [CertificateRecord] = [],
        caCertificates: [CertificateRecord] = [],
        version: Int64 = 1
    ) {
        self.clientID = clientID
        self.name = name
        self.secretHash = secretHash
        self.authenticationMethod = authenticationMethod
        self.grantTypes = grantTypes
        self.scopes = scopes
        self.redirectURIs = redirectURIs
        self.subjectKind = subjectKind
        self.subjectValue = subjectValue
        self.spiffeID = spiffeID
        self.boundAccessTokens = boundAccessTokens
        self.jwks = jwks
        self.jwksURI = jwksURI
        self.fetchedJWKS = fetchedJWKS
        self.trustSet = trustSet
        self.sharedSecret = sharedSecret
        self.assertionAlgorithm = assertionAlgorithm
        self.audiences = audiences
        self.tokenFormat = tokenFormat
        self.tokenLifetime = tokenLifetime
        self.reuseWindow = reuseWindow
        self.mayIntrospect = mayIntrospect
        self.refreshRotation = refreshRotation
        self.refreshLifetime = refreshLifetime
        self.refreshIdle = refreshIdle
        self.requiresPushedRequests = requiresPushedRequests
        self.tokenSigningAlgorithm = tokenSigningAlgorithm
        self.staticClaims = staticClaims
        self.rate = rate
        self.ownAudiences = ownAudiences
        self.exchangeMode = exchangeMode
        self.exchangesBoundTokens = exchangesBoundTokens
        self.labels = labels
        self.enabled = enabled
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.tokensValidFrom = tokensValidFrom
        self.certificates = certificates
        self.caCertificates = caCertificates
        self.version = version
    }
}

/// One X.509 certificate that was checked and digested when it was registered.
public struct CertificateRecord: Sendable, Equatable {
    /// The SHA-256 of `der`, 32 bytes (`x5t#S256`).
    public var thumbprint: [UInt8]
    /// The certificate itself; empty where the reader promised not to load it, and then unwritable.
    public var der: [UInt8]
    /// The subject in RFC 4514 form, for people; empty where `der` is.
    public var subject: String
    /// Epoch seconds from which it is valid.
    public var notBefore: Int64
    /// Epoch seconds of the last moment at which it is valid.
    public var notAfter: Int64
    /// Epoch seconds of the registration.
    public var createdAt: Int64

    /// A record from its parts; nothing is checked before it is written.
    public init(
        thumbprint: [UInt8],
        der: [UInt8],
        subject: String,
        notBefore: Int64,
        notAfter: Int64,
        createdAt: Int64
    ) {
        self.thumbprint = thumbprint
        self.der = der
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.createdAt = createdAt
    }
}

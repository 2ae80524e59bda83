// SPDX-License-Identifier: Apache-2.0
/// A value of a registration, by its name in RFC 7591 and RFC 8705, or by Handfast's own.
///
/// A front end has its own names for them: a command its flags, an API its members.
package enum RegistrationField: String, Sendable, Hashable, CaseIterable {
    // Clients: RFC 7591 §2 and §3.2.1.
    case clientID = "client_id"
    case clientName = "client_name"
    case clientSecret = "client_secret"
    case authenticationMethod = "token_endpoint_auth_method"
    case signingAlgorithm = "token_endpoint_auth_signing_alg"
    case grantTypes = "grant_types"
    case responseTypes = "response_types"
    case scope
    case redirectURIs = "redirect_uris"
    case jwks
    case jwksURI = "jwks_uri"
    /// The certificates in the keys of `jwks` (RFC 8705 §2.2.2), or texts of them in their place.
    case certificates
    // RFC 8705 §2.1.2 and §3.4.
    case subjectDN = "tls_client_auth_subject_dn"
    case subjectDNS = "tls_client_auth_san_dns"
    case subjectURI = "tls_client_auth_san_uri"
    case subjectIP = "tls_client_auth_san_ip"
    case subjectEmail = "tls_client_auth_san_email"
    // draft-ietf-oauth-spiffe-client-auth-02 §5.1.
    case spiffeID = "spiffe_id"
    case boundTokens = "tls_client_certificate_bound_access_tokens"
    // Handfast's own.
    case trustSet = "trust_set"
    case caCertificates = "ca_certificates"
    case audiences
    case tokenFormat = "access_token_format"
    case tokenLifetime = "access_token_lifetime"
    case reuseWindow = "access_token_reuse_window"
    case mayIntrospect = "may_introspect"
    case enabled
    // RFC 9126 §6.
    case requiresPushedRequests = "require_pushed_authorization_requests"
    // Handfast's own, beside those of access tokens; the name of the algorithm is that of Gluu and
    // Janssen: no RFC has one for access tokens.
    case refreshRotation = "refresh_token_rotation"
    case refreshLifetime = "refresh_token_lifetime"
    case refreshIdle = "refresh_token_idle_lifetime"
    case tokenSigningAlgorithm = "access_token_signing_alg"
    case claims = "access_token_claims"
    case rate
    // Of token exchange (RFC 8693).
    case ownAudiences = "own_audiences"
    case exchangeMode = "exchange_mode"
    case exchangesBoundTokens = "exchange_bound_tokens"
    // Of clients, users and trust sets.
    case labels

    // Trust sets, besides `ca_certificates`.
    case trustSetName = "name"
    case revocationSources = "crl"
    case revocation
    case serverAuthUntil = "allow_server_auth_until"

    // Trusted issuers, besides `jwks`, `jwks_uri` and `labels`.
    case issuerName = "issuer_name"
    case issuer
    case issuerAlgorithms = "algorithms"
    case issuerClients = "clients"
    case expectedAudience = "audience"
    case subjectPattern = "subjects"
    case tokenAudiences = "token_audiences"
    case issuerScopes = "scopes"
    case maxLifetime = "max_lifetime"
    case replay
    // Trust sets of a trust domain.
    case trustDomain = "trust_domain"
    case spiffeBundle = "spiffe_bundle"
    case maxStaleness = "max_staleness"
    case acceptSequence = "accept_sequence"

    // Tokens for administrators, besides the `name` of trust sets.
    case tokenRole = "role"

    // Users.
    case userName = "username"
    case password
    case subject = "sub"

    /// A member that no document has.
    case unknown = ""

    // The server's own keys.
    case keyKind = "kind"
    case activeIn = "active_in"
    case forget

    /// The five members of which a client of `tls_client_auth` has one.
    package static let subjects: [RegistrationField] = [
        .subjectDN, .subjectDNS, .subjectURI, .subjectIP, .subjectEmail,
    ]
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Each kind of record as the audit says it.
extension AuditFacts {
    static let fetchedKeys = "fetched_jwks"
    private static let certificates = "certificates"
    private static let caCertificates = "ca_certificates"
    /// The members that are lists of certificates.
    static let certificateLists = [certificates, caCertificates]

    /// The whole client.
    package init(_ client: ClientRecord, _ naming: AuditNaming) {
        self.init(.client, client.clientID)
        setSwitch(client.enabled, client.tokensValidFrom)
        set("client_name", client.name)
        set("token_endpoint_auth_method", client.authenticationMethod)
        set("token_endpoint_auth_signing_alg", client.assertionAlgorithm)
        set("grant_types", client.grantTypes)
        set("scope", client.scopes.isEmpty ? nil : client.scopes.joined(separator: " "))
        set("redirect_uris", client.redirectURIs)
        if let kind = client.subjectKind { set(kind, client.subjectValue) }
        set("spiffe_id", client.spiffeID)
        members["tls_client_certificate_bound_access_tokens"] = .boolean(client.boundAccessTokens)
        set("jwks_uri", client.jwksURI)
        setLabels(client.labels)
        set("trust_set", client.trustSet)
        members["created_at"] = .integer(client.createdAt)
        setTokens(of: client)
        setKeys(of: client, naming)
        let secrets = [client.secretHash, client.sharedSecret].compactMap { $0 }
        if !secrets.isEmpty { self.secrets["client_secret"] = secrets.joined(separator: " ") }
    }

    private mutating func setTokens(of client: ClientRecord) {
        set("audiences", client.audiences)
        set("access_token_format", client.tokenFormat)
        set("access_token_lifetime", client.tokenLifetime)
        set("access_token_reuse_window", client.reuseWindow)
        members["may_introspect"] = .boolean(client.mayIntrospect)
        if let rotation = client.refreshRotation {
            members["refresh_token_rotation"] = .boolean(rotation)
        }
        set("refresh_token_lifetime", client.refreshLifetime)
        set("refresh_token_idle_lifetime", client.refreshIdle)
        members["require_pushed_authorization_requests"] = .boolean(client.requiresPushedRequests)
        set("access_token_signing_alg", client.tokenSigningAlgorithm)
        if let claims = client.staticClaims {
            members["access_token_claims"] = JSONValue(claims.utf8Span.span) ?? .string(claims)
        }
        set("rate", client.rate)
        set("own_audiences", client.ownAudiences)
        if client.exchangeMode != "delegate" { set("exchange_mode", client.exchangeMode) }
        if client.exchangesBoundTokens { members["exchange_bound_tokens"] = .boolean(true) }
    }

    private mutating func setKeys(of client: ClientRecord, _ naming: AuditNaming) {
        if let jwks = client.jwks { members["jwks"] = Self.keySet(jwks, naming) }
        if let fetched = client.fetchedJWKS {
            members[Self.fetchedKeys] = Self.keySet(fetched, naming)
        }
        certificates[Self.certificates] = client.certificates.map(Self.certificate)
        certificates[Self.caCertificates] = client.caCertificates.map(Self.certificate)
    }

    /// The whole user.
    package init(_ user: UserRecord) {
        self.init(.user, user.name)
        setSwitch(user.enabled, user.tokensValidFrom)
        set("sub", user.subject)
        setLabels(user.labels)
        members["created_at"] = .integer(user.createdAt)
        if user.passwordHash != UserRecord.noPassword { secrets["password"] = user.passwordHash }
    }

    /// The whole trust set.
    package init(_ set: TrustSetRecord, _ naming: AuditNaming) {
        self.init(.trustSet, set.name)
        self.set("crl", set.sources)
        self.set("revocation", set.revocation)
        setLabels(set.labels)
        if let spiffe = set.spiffe {
            self.set("trust_domain", spiffe.trustDomain)
            self.set("spiffe_bundle", spiffe.source)
            members["max_staleness"] = .integer(Int64(spiffe.maxStaleness))
            members["spiffe_sequence"] = .integer(spiffe.sequence)
        }
        if let end = set.serverAuthUntil { members["allow_server_auth_until"] = .integer(end) }
        members["created_at"] = .integer(set.created)
        certificates[Self.caCertificates] = set.caCertificates.map { der in
            Self.certificate(naming.digest(der), naming.subject(der))
        }
    }

    /// The whole trusted issuer; when its keys were fetched last is no part of the registration.
    package init(_ issuer: IssuerRecord, _ naming: AuditNaming) {
        self.init(.issuer, issuer.name)
        set("issuer", issuer.issuer)
        if let jwks = issuer.jwks { members["jwks"] = Self.keySet(jwks, naming) }
        set("jwks_uri", issuer.jwksURI)
        if let fetched = issuer.fetchedJWKS {
            members[Self.fetchedKeys] = Self.keySet(fetched, naming)
        }
        set("algorithms", issuer.algorithms)
        set("clients", issuer.clients)
        set("audience", issuer.audience)
        set("subjects", issuer.subjects)
        set("token_audiences", issuer.tokenAudiences)
        set("scopes", issuer.scopes)
        set("max_lifetime", issuer.maxLifetime)
        set("replay", issuer.allowsReplay ? "allow" : nil)
        setLabels(issuer.labels)
        members["created_at"] = .integer(issuer.created)
    }

    /// A key of the server, without its material.
    package init(_ key: KeyRecord) {
        self.init(.key, key.keyID)
        set("kind", key.kind)
        members["created_at"] = .integer(key.createdAt)
        members["active_from"] = .integer(key.activeFrom)
        if let end = key.retiredAt { members["retired_at"] = .integer(end) }
    }

    /// A token for administrators, without its digest.
    package init(_ token: AdminTokenRecord) {
        self.init(.adminToken, token.name)
        set("role", token.role.rawValue)
        members["created_at"] = .integer(token.createdAt)
    }

    // MARK: Parts

    private static func certificate(_ certificate: CertificateRecord) -> NamedCertificate {
        let thumbprint = Base64URL.encode(certificate.thumbprint.span)
        return Self.certificate(String(decoding: thumbprint, as: UTF8.self), certificate.subject)
    }

    private static func certificate(_ thumbprint: String, _ subject: String) -> NamedCertificate {
        let isLong = subject.count > AuditChange.subjectCharactersMax
        let shown = isLong ? subject.prefix(AuditChange.subjectCharactersMax) + "…" : subject[...]
        return NamedCertificate(thumbprint: thumbprint, subject: String(shown))
    }

    /// Public keys by their `kid`s, the first few, and the digest of the whole set.
    private static func keySet(_ text: String, _ naming: AuditNaming) -> JSONValue {
        var members = ["sha256": JSONValue.string(naming.digest(Array(text.utf8)))]
        if case .array(let keys) = JSONValue(text.utf8Span.span)?["keys"] {
            members["keys"] = .integer(Int64(keys.count))
            let names = keys.prefix(8).compactMap { $0["kid"]?.text }
            if !names.isEmpty { members["kids"] = .array(names.map(JSONValue.string)) }
        }
        return .object(members)
    }
}

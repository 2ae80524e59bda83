// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import OAuth
public import Storage

/// Maps records of the store to the clients of the registry.
///
/// Does not validate: a record that was accepted once is served, within the bounds of a token, even
/// if the rules for registrations have changed.
public enum ClientMapping {
    /// The client of `record`; throws why it cannot be served.
    ///
    /// `share` is for callers with many clients, most of which have the same policies.
    public static func client(
        _ record: ClientRecord,
        share: (ClientPolicy, GrantPolicy) -> SharedPolicy = { SharedPolicy($0, $1) }
    ) throws -> Client {
        let client = Client(
            id: record.clientID,
            sharing: share(try policy(record), try grantPolicy(record)),
            isEnabled: record.enabled,
            secret: record.secretHash.flatMap { ClientSecretHash(stored: $0) },
            trust: try trust(record),
            assertion: try assertion(record),
            certificates: record.certificates.compactMap { certificate in
                Digest256(certificate.thumbprint).map {
                    RegisteredCertificate(
                        thumbprint: $0,
                        notBefore: certificate.notBefore,
                        notAfter: certificate.notAfter
                    )
                }
            },
            tokensValidFrom: record.tokensValidFrom
        )
        guard let client else { throw ClientMappingError("its id has characters not allowed") }
        return client
    }

    private static func policy(_ record: ClientRecord) throws -> ClientPolicy {
        guard let method = ClientAuthenticationMethod(rawValue: record.authenticationMethod) else {
            throw ClientMappingError("unknown method \(record.authenticationMethod)")
        }
        guard let format = AccessTokenFormat(rawValue: record.tokenFormat) else {
            throw ClientMappingError("unknown token format \(record.tokenFormat)")
        }
        let audiences = fitting(record.audiences)
        // Without any, the server's default would stand for them.
        guard !audiences.isEmpty || record.audiences.isEmpty else {
            throw ClientMappingError("its audiences are too long for a token")
        }
        var rate: RequestRate?
        if let text = record.rate {
            // Without it the client could ask more than was allowed.
            guard let known = RequestRate(text) else {
                throw ClientMappingError("its rate cannot be read")
            }
            rate = known
        }
        let grants = Grants(record.grantTypes.compactMap { Grant(rawValue: $0) })
        return ClientPolicy(
            method: method,
            grants: grants,
            scopes: fitting(record.scopes),
            audiences: audiences,
            bindsTokens: record.boundAccessTokens,
            format: format,
            lifetime: record.tokenLifetime.map { min($0, longest) },
            reuseWindow: record.reuseWindow,
            mayIntrospect: record.mayIntrospect,
            hasRemoteKeys: record.jwksURI != nil,
            rate: rate
        )
    }

    private static func grantPolicy(_ record: ClientRecord) throws -> GrantPolicy {
        guard let claims = StaticClaims(stored: record.staticClaims) else {
            throw ClientMappingError("its static claims cannot be read")
        }
        // Tokens of another algorithm would be others than were asked for.
        guard let algorithm = ClientGrantRules.tokenAlgorithm(record) else {
            throw ClientMappingError("unknown token algorithm \(record.tokenSigningAlgorithm)")
        }
        // Other clients share their policy, which this would tell apart.
        let sendsUsers = record.grantTypes.contains(Grant.authorizationCode.rawValue)
        return GrantPolicy(
            name: sendsUsers ? record.name : nil,
            // Older records may have some that are refused by now. A client that has lost the grant
            // keeps its own, for RFC 6749 §4.1.2.1: it is told by redirection.
            redirectURIs: record.redirectURIs.filter { RedirectURI.finding($0) == nil },
            rotatesRefreshTokens: record.refreshRotation,
            refreshLifetime: record.refreshLifetime.map(refreshSeconds),
            refreshIdle: record.refreshIdle.map(refreshSeconds),
            requiresPushedRequests: record.requiresPushedRequests,
            signingAlgorithm: algorithm,
            staticClaims: claims.tokenMembers,
            exchange: try exchangePolicy(record)
        )
    }

    private static func exchangePolicy(_ record: ClientRecord) throws -> ExchangePolicy {
        guard let mode = ExchangeMode(rawValue: record.exchangeMode) else {
            throw ClientMappingError("unknown mode of token exchange \(record.exchangeMode)")
        }
        return ExchangePolicy(
            ownAudiences: record.ownAudiences,
            mode: mode,
            takesBoundTokens: record.exchangesBoundTokens
        )
    }

    private static func refreshSeconds(_ seconds: Int) -> Int {
        max(1, min(seconds, ClientGrantRules.refreshSecondsMax))
    }

    /// So long an ended key still verifies tokens; no rule lets a longer lifetime in.
    private static let longest = RegistrationLimits.tokenLifetimeSecondsMax

    /// As many of `list`, in its order, as a token has room for; no rule lets more in.
    private static func fitting(_ list: [String]) -> [String] {
        guard !RegistrationLimits.fitsToken(list) else { return list }
        var kept: [String] = []
        for text in list where RegistrationLimits.fitsToken(kept + [text]) { kept.append(text) }
        return kept
    }

    private static func assertion(_ record: ClientRecord) throws -> AssertionRegistration? {
        // Fetched certificates are among the client's certificates.
        let signer = ClientAuthenticationMethod.privateKeyJWT.rawValue
        let isSigner = record.authenticationMethod == signer
        let jwks = record.jwks ?? (isSigner ? record.fetchedJWKS : nil)
        guard jwks != nil || record.sharedSecret != nil else { return nil }
        return AssertionRegistration(
            keys: try jwks.map { try JSONWebKeySet(Array($0.utf8).span) },
            secret: record.sharedSecret.map { Array($0.utf8) },
            algorithm: record.assertionAlgorithm
        )
    }

    private static func trust(_ record: ClientRecord) throws -> CertificateTrust? {
        if record.method == .spiffeX509 {
            guard let text = record.spiffeID, let name = record.trustSet else { return nil }
            return CertificateTrust(pattern: try SPIFFEPattern(text), trustSet: name)
        }
        guard let kind = record.subjectKind.flatMap(CertificateSubject.Kind.init(rawValue:)),
            let value = record.subjectValue
        else { return nil }
        let subject = try CertificateSubject(kind, parsing: value)
        if let name = record.trustSet {
            return CertificateTrust(subject: subject, trustAnchors: .trustSet(name))
        }
        let anchors = try record.caCertificates.map { try Certificate(der: $0.der) }
        return CertificateTrust(subject: subject, verifier: try ChainVerifier(anchors: anchors))
    }
}

/// Why a stored registration cannot be served.
private struct ClientMappingError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

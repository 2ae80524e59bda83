// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage

/// Validates clients' registrations: changes, never records that are only loaded.
///
/// A change is refused for the values that it brings in. Values of an older version, or from before
/// a rule, stay in a record without complaint, so that such a client can still be disabled, renamed
/// and removed (Decision 0032).
package struct ClientRegistration: Sendable {
    /// The record to be written.
    package let client: ClientRecord
    /// The new client secret, which is shown this once.
    ///
    /// Secret.
    package let secret: String?
    /// Warnings for the person who registers the client.
    package let warnings: [RegistrationWarning]

    /// The grant types of a client without given ones.
    private static let grantTypes = [Grant.password, .clientCredentials].map(\.rawValue)
    private static let grantTypesOfPublicClients = [Grant.password.rawValue]
    /// As long as WSO2's, which clients move here with.
    private static let clientIDCharacters = 28

    /// A new client as `change` says, under `clientID` or a random one; throws a
    /// `RegistrationError` with everything that is wrong.
    ///
    /// A client without a name is called by its `client_id`. One whose method uses a secret gets a
    /// new one.
    package static func new(
        _ change: ClientChange,
        clientID: String? = nil,
        secrets: NewSecrets = .whereUsed,
        at now: Int64
    ) throws -> ClientRegistration {
        let clientID = try clientID ?? RandomBytes.alphanumeric(clientIDCharacters)
        var change = change
        let client = start(change, clientID: clientID, at: now)
        if change.secret == nil,
            secrets == .whereUsed ? client.mayHaveSecret : client.isAuthenticatedBySecret
        {
            change.secret = try newSecret()
        }
        let applied = ClientChangeApplication(change, to: client, now: now)
        try RegistrationError.refuse(applied.findings(with: ClientRules.findings(applied.client)))
        return ClientRegistration(
            client: applied.client,
            secret: change.secret,
            warnings: applied.warnings
        )
    }

    /// Which new clients get a secret.
    package enum NewSecrets: Sendable {
        /// Each whose software may want one.
        case whereUsed
        /// Those that it authenticates.
        case whereNeeded
    }

    /// A client of the method that `change` says, with defaults for everything else.
    static func start(_ change: ClientChange, clientID: String, at now: Int64) -> ClientRecord {
        var client = ClientRecord(
            clientID: clientID,
            name: change.name ?? clientID,
            authenticationMethod: change.method ?? change.impliedMethod.rawValue,
            grantTypes: grantTypes,
            createdAt: now,
            updatedAt: now,
            // Another client of this id may have been removed; its tokens are not this one's.
            tokensValidFrom: now
        )
        if client.method == .publicClient { client.grantTypes = grantTypesOfPublicClients }
        client.boundAccessTokens = client.method?.usesCertificate == true
        return client
    }

    /// A fresh client secret, for `ClientChange.secret`.
    package static func newSecret() throws -> String { try ClientSecretHash.generate() }

    /// `client` after `change`; throws everything that is wrong with the change.
    package static func changed(
        _ client: ClientRecord,
        by change: ClientChange,
        at now: Int64
    ) throws(RegistrationError) -> ClientRegistration {
        let applied = ClientChangeApplication(change, to: client, now: now)
        var new = applied.client
        new.updatedAt = now
        new.endTokensWhereProofEnds(since: client, at: now)
        var findings = applied.findings(with: new.findings(since: client))
        // A stolen certificate must not stay until its successor is there.
        if !change.removedCertificates.isEmpty {
            findings.removeAll { $0 == ClientRules.noCertificate }
        }
        try RegistrationError.refuse(findings)
        return ClientRegistration(
            client: new,
            secret: change.secret,
            warnings: applied.warnings
        )
    }
}

extension ClientChangeApplication {
    /// The errors of the change and of its result, except those that only follow from keys that
    /// were refused.
    func findings(with others: [RegistrationFinding]) -> [RegistrationFinding] {
        let lacksKeys = findings.contains { $0.field == .jwks }
        return findings + others.filter { !lacksKeys || $0 != ClientRules.noCertificate }
    }
}

extension ClientRecord {
    /// Ends what was issued to `old` where this is the same client, and needs no proof any more.
    ///
    /// Refresh tokens of a client that proved itself are bound to nothing else: whoever has one
    /// could go on.
    mutating func endTokensWhereProofEnds(since old: ClientRecord, at now: Int64) {
        guard method == .publicClient, old.method != .publicClient else { return }
        tokensValidFrom = TokenValidity.start(after: tokensValidFrom, endedAt: now)
    }

    /// The errors of the record, except those that `old` had in the same way and with the same
    /// values.
    func findings(since old: ClientRecord) -> [RegistrationFinding] {
        let known = ClientRules.findings(old)
        return ClientRules.findings(self).filter { finding in
            !known.contains(finding) || !finding.fields.allSatisfy { has($0, sameAs: old) }
        }
    }

    /// Whether the field has the same value in both.
    private func has(_ field: RegistrationField, sameAs old: ClientRecord) -> Bool {
        switch field {
        case .clientID: clientID == old.clientID
        case .clientName: name == old.name
        case .clientSecret: secretHash == old.secretHash && sharedSecret == old.sharedSecret
        case .authenticationMethod: authenticationMethod == old.authenticationMethod
        case .signingAlgorithm: assertionAlgorithm == old.assertionAlgorithm
        case .grantTypes: grantTypes == old.grantTypes
        case .scope: scopes == old.scopes
        case .redirectURIs: redirectURIs == old.redirectURIs
        case .jwks: jwks == old.jwks
        case .jwksURI: jwksURI == old.jwksURI
        case .certificates: certificates.map(\.thumbprint) == old.certificates.map(\.thumbprint)
        case .subjectDN, .subjectDNS, .subjectURI, .subjectIP, .subjectEmail:
            subjectKind == old.subjectKind && subjectValue == old.subjectValue
        case .spiffeID: spiffeID == old.spiffeID
        case .boundTokens: boundAccessTokens == old.boundAccessTokens
        case .trustSet: trustSet == old.trustSet
        case .caCertificates:
            caCertificates.map(\.thumbprint) == old.caCertificates.map(\.thumbprint)
        case .audiences: audiences == old.audiences
        case .tokenFormat: tokenFormat == old.tokenFormat
        case .tokenLifetime: tokenLifetime == old.tokenLifetime
        case .reuseWindow: reuseWindow == old.reuseWindow
        case .mayIntrospect: mayIntrospect == old.mayIntrospect
        case .enabled: enabled == old.enabled
        case .requiresPushedRequests: requiresPushedRequests == old.requiresPushedRequests
        case .refreshRotation: refreshRotation == old.refreshRotation
        case .refreshLifetime: refreshLifetime == old.refreshLifetime
        case .refreshIdle: refreshIdle == old.refreshIdle
        case .tokenSigningAlgorithm: tokenSigningAlgorithm == old.tokenSigningAlgorithm
        case .claims: staticClaims == old.staticClaims
        case .rate: rate == old.rate
        case .ownAudiences: ownAudiences == old.ownAudiences
        case .exchangeMode: exchangeMode == old.exchangeMode
        case .exchangesBoundTokens: exchangesBoundTokens == old.exchangesBoundTokens
        case .labels: labels == old.labels
        // Of no client's record.
        case .responseTypes, .trustSetName, .revocationSources, .revocation, .serverAuthUntil,
            .issuerName, .issuer, .issuerAlgorithms, .issuerClients, .expectedAudience,
            .subjectPattern, .tokenAudiences, .issuerScopes, .maxLifetime, .replay,
            .trustDomain, .spiffeBundle, .maxStaleness, .acceptSequence,
            .tokenRole, .userName, .password, .subject, .unknown, .keyKind, .activeIn, .forget:
            true
        }
    }
}

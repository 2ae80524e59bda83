// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage
package import Text

/// A client information response (RFC 7591 §3.2.1, RFC 8705 §2.1.2 and §3.4).
///
/// The members after the keys are Handfast's own. `ClientMetadata` reads it again.
package enum ClientInformation {
    /// The client information response (RFC 7591 §3.2.1); `secret` is included only when it was
    /// just made.
    package static func value(_ client: ClientRecord, secret: String? = nil) -> JSONValue {
        var members: [RegistrationField: JSONValue] = [
            .clientID: .string(client.clientID),
            .clientName: .string(client.name),
            .authenticationMethod: .string(client.authenticationMethod),
            .grantTypes: texts(client.grantTypes),
            // RFC 7591 §2: the default would be the code flow, which not all clients use.
            .responseTypes: texts(client.responseTypes),
            .redirectURIs: texts(client.redirectURIs),
            .scope: .string(client.scopes.joined(separator: " ")),
            .boundTokens: .boolean(client.boundAccessTokens),
            .enabled: .boolean(client.enabled),
            .audiences: texts(client.audiences),
            .tokenFormat: .string(client.tokenFormat),
            .reuseWindow: .integer(Int64(client.reuseWindow)),
            .mayIntrospect: .boolean(client.mayIntrospect),
        ]
        addKeys(of: client, to: &members)
        addGrants(of: client, to: &members)
        members[.signingAlgorithm] = client.assertionAlgorithm.map { .string($0) }
        members[.spiffeID] = client.spiffeID.map { .string($0) }
        members[.trustSet] = client.trustSet.map { .string($0) }
        if !client.caCertificates.isEmpty {
            members[.caCertificates] = CertificateKeySet.value(client.caCertificates)
        }
        members[.tokenLifetime] = client.tokenLifetime.map { .integer(Int64($0)) }
        members[.clientSecret] = secret.map { .string($0) }
        var named: [String: JSONValue] = [:]
        for (field, value) in members { named[field.rawValue] = value }
        named[ServerMember.issuedAt.rawValue] = .integer(client.createdAt)
        if secret != nil { named[ServerMember.secretExpiresAt.rawValue] = .integer(0) }
        if client.tokensValidFrom > client.createdAt {
            named[ServerMember.tokensValidFrom.rawValue] = .integer(client.tokensValidFrom)
        }
        if let fetched = client.fetchedJWKS {
            named[ServerMember.fetchedKeys.rawValue] = plain(fetched)
        }
        if let kind = client.subjectKind {
            named[kind] = client.subjectValue.map { .string($0) } ?? .null
        }
        return .object(named)
    }

    /// Hands what is registered for each client of `store` to `body`, oldest first.
    package static func forEach(
        in store: some RegistrationStore,
        _ body: (JSONValue) throws -> Void
    ) throws {
        try store.forEachClient { summary in
            // The scan leaves the certificates' bytes out, which the response has.
            guard let client = try store.client(summary.clientID) else { return }
            try body(value(client))
        }
    }

    /// Read-only members of the server's answer, which cannot be registered.
    enum ServerMember: String, CaseIterable {
        case issuedAt = "client_id_issued_at"
        case secretExpiresAt = "client_secret_expires_at"
        case fetchedKeys = "fetched_jwks"
        case tokensValidFrom = "tokens_valid_from"
        /// Counts of the client's requests beyond its rate and its need.
        case activity
        /// In the answer to a change.
        case warnings
    }

    /// RFC 7591 §2: `jwks` and `jwks_uri` are not both there.
    private static func addKeys(
        of client: ClientRecord,
        to members: inout [RegistrationField: JSONValue]
    ) {
        if let uri = client.jwksURI {
            members[.jwksURI] = .string(uri)
        } else if !client.certificates.isEmpty {
            members[.jwks] = CertificateKeySet.value(client.certificates)
        } else if let jwks = client.jwks {
            members[.jwks] = plain(jwks)
        }
    }

    /// Settings that differ from those of a client without any, so that the documents of all others
    /// stay as they were.
    private static func addGrants(
        of client: ClientRecord,
        to members: inout [RegistrationField: JSONValue]
    ) {
        members[.refreshRotation] = client.refreshRotation.map { .boolean($0) }
        members[.refreshLifetime] = client.refreshLifetime.map { .integer(Int64($0)) }
        members[.refreshIdle] = client.refreshIdle.map { .integer(Int64($0)) }
        if client.requiresPushedRequests { members[.requiresPushedRequests] = .boolean(true) }
        if client.tokenSigningAlgorithm != SignatureAlgorithm.es256.rawValue {
            members[.tokenSigningAlgorithm] = .string(client.tokenSigningAlgorithm)
        }
        members[.claims] = client.staticClaims.map(plain)
        members[.rate] = client.rate.map { .string($0) }
        if !client.ownAudiences.isEmpty { members[.ownAudiences] = texts(client.ownAudiences) }
        if client.exchangeMode != ExchangeMode.delegate.rawValue {
            members[.exchangeMode] = .string(client.exchangeMode)
        }
        if client.exchangesBoundTokens { members[.exchangesBoundTokens] = .boolean(true) }
        members[.labels] = LabelRules.value(client.labels)
    }

    private static func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    /// Keys or claims as they were registered, null where they are no JSON any more.
    private static func plain(_ text: String) -> JSONValue {
        JSONValue(text.utf8Span.span) ?? .null
    }
}

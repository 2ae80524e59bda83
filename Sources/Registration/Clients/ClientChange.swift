// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import OAuth
package import Storage

/// The values of a registration or of a change; nil and empty mean "not given".
///
/// A plain value: a command makes it from its flags, an API from its JSON. Certificates, key set
/// and subject were parsed and checked, so that a bad file leaves nothing half done.
package struct ClientChange: Sendable, Equatable {
    package var name: String?
    package var method: String?
    package var signingAlgorithm: String?
    package var grantTypes: [String]?
    package var scopes: [String]?
    package var redirectURIs: [String]?
    package var audiences: [String]?
    package var tokenFormat: String?
    package var tokenLifetime: Int?
    package var reuseWindow: Int?
    package var mayIntrospect: Bool?
    package var boundTokens: Bool?
    package var refreshRotation: ChangedSetting<Bool>?
    package var refreshLifetime: ChangedSetting<Int>?
    package var refreshIdle: ChangedSetting<Int>?
    package var requiresPushedRequests: Bool?
    package var tokenSigningAlgorithm: String?
    package var rate: ChangedSetting<String>?
    package var ownAudiences: [String]?
    package var exchangeMode: ChangedSetting<String>?
    package var exchangesBoundTokens: Bool?
    /// Each takes the place of the one with its name.
    package var claims: [StaticClaim] = []
    /// Taken away, by name.
    package var removedClaims: [String] = []
    /// Whether all claims that are registered are taken away first.
    package var removesClaims = false
    package var labels = LabelChange()
    /// The response types that a document names; they follow from the grant types.
    package var responseTypes: [String]?
    package var isEnabled: Bool?
    package var subject: SubjectRegistration?
    /// A SPIFFE ID, or one whose last segment is `*`.
    package var spiffeID: String?
    package var keySet: KeySetRegistration?
    package var keysURI: String?
    /// Added to those that are registered.
    package var certificates: [CertificateRecord] = []
    /// Taken away, by thumbprint.
    package var removedCertificates: [[UInt8]] = []
    package var trustSet: String?
    /// Added to those that are registered.
    package var caCertificates: [CertificateRecord] = []
    /// Taken away, by thumbprint.
    package var removedCAs: [[UInt8]] = []
    /// A new client secret; the old one ends.
    ///
    /// Secret.
    package var secret: String?
    /// The keys that were fetched from the client's `jwks_uri`.
    package var fetchedKeys: FetchedKeySet?
    /// Whether certificates and CAs are added to a client's own only, and take the place of
    /// no other source.
    package var keepsSources = false

    package init() {}

    /// Whether nothing was said.
    package var isEmpty: Bool { self == ClientChange() }

    /// The method of a new client without a given one, implied by the other values.
    var impliedMethod: ClientAuthenticationMethod {
        if spiffeID != nil { return .spiffeX509 }
        if !caCertificates.isEmpty || trustSet != nil || subject != nil { return .tls }
        if !certificates.isEmpty { return .selfSignedTLS }
        return keySet == nil && keysURI == nil ? .secretBasic : .privateKeyJWT
    }
}

/// A change on its way into a record, with what there is to say of it.
struct ClientChangeApplication {
    let change: ClientChange
    let now: Int64
    var client: ClientRecord
    /// The certificates and CAs of a client that is replaced, which are not judged again.
    private let registered: ClientRecord?
    private(set) var findings: [RegistrationFinding] = []
    private(set) var warnings: [RegistrationWarning] = []

    /// Writes `change` into `client`; certificates and CAs are added to those it has.
    ///
    /// Another source of keys, or of CAs, takes the place of the one that it had.
    init(
        _ change: ClientChange,
        to client: ClientRecord,
        replacing registered: ClientRecord? = nil,
        now: Int64
    ) {
        (self.change, self.client, self.now) = (change, client, now)
        self.registered = registered
        findings = Self.contradictions(in: change)
        // Certificates of a `jwks_uri` or a trust set cannot be changed here: refuse the change.
        guard removeCertificates() else { return }
        applyPolicy()
        findings += self.client.applyGrants(of: change)
        findings += change.labels.apply(to: &self.client.labels)
        applyMethod()
        applyKeys()
        if let fetched = change.fetchedKeys, fetched.isFor(self.client) {
            fetched.apply(to: &self.client)
        }
        applyTrust()
        applySecret()
    }

    /// Values that exclude each other.
    private static func contradictions(in change: ClientChange) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if change.keysURI != nil, change.keySet != nil || !change.certificates.isEmpty {
            findings.append(
                .invalid(
                    .jwksURI,
                    with: [.jwks, .certificates],
                    "A client's keys come from one place (RFC 7591 §2).",
                    remedy: "Give either \(field: .jwksURI), or \(field: .jwks) or"
                        + " \(field: .certificates)."
                )
            )
        }
        if change.trustSet != nil, !change.caCertificates.isEmpty {
            findings.append(ClientRules.twoTrusts)
        }
        if let algorithm = change.signingAlgorithm, !ClientRules.algorithms.contains(algorithm) {
            findings.append(
                .invalid(
                    .signingAlgorithm,
                    "There is no algorithm \(PrintableText.escaped(algorithm)) for assertions.",
                    remedy: "Choose one of \(ClientRules.algorithms.joined(separator: ", "))."
                )
            )
        }
        return findings
    }

    /// Removes certificates; false where they come from a `jwks_uri` or a trust set and are not the
    /// registration's own.
    private mutating func removeCertificates() -> Bool {
        var areOwn = true
        let adds = change.keepsSources
        if !change.removedCertificates.isEmpty || adds && !change.certificates.isEmpty {
            if let uri = client.jwksURI {
                areOwn = false
                findings.append(ClientRules.foreignKeys(client, uri: uri))
            } else {
                remove(change.removedCertificates, .certificates, from: \.certificates)
            }
        }
        if !change.removedCAs.isEmpty || adds && !change.caCertificates.isEmpty {
            if let name = client.trustSet {
                areOwn = false
                findings.append(ClientRules.foreignCAs(client, trustSet: name))
            } else {
                remove(change.removedCAs, .caCertificates, from: \.caCertificates)
            }
        }
        return areOwn
    }

    private mutating func remove(
        _ thumbprints: [[UInt8]],
        _ field: RegistrationField,
        from certificates: WritableKeyPath<ClientRecord, [CertificateRecord]>
    ) {
        for thumbprint in thumbprints {
            let index = client[keyPath: certificates].firstIndex { $0.thumbprint == thumbprint }
            guard let index else {
                findings.append(
                    .conflict(
                        field,
                        "The client has no certificate with the thumbprint"
                            + " \(Thumbprint.text(thumbprint)).",
                        remedy: "See \(to: .listCertificates)."
                    )
                )
                continue
            }
            client[keyPath: certificates].remove(at: index)
        }
    }

    private mutating func applyPolicy() {
        if let name = change.name { client.name = name }
        if let grants = change.grantTypes { client.grantTypes = grants }
        if let scopes = change.scopes { client.scopes = scopes }
        if let uris = change.redirectURIs { client.redirectURIs = uris }
        if let audiences = change.audiences { client.audiences = audiences }
        if let format = change.tokenFormat { client.tokenFormat = format }
        if let lifetime = change.tokenLifetime { client.tokenLifetime = lifetime }
        if let window = change.reuseWindow { client.reuseWindow = window }
        if let introspect = change.mayIntrospect { client.mayIntrospect = introspect }
        if let bound = change.boundTokens { client.boundAccessTokens = bound }
        if let enabled = change.isEnabled { client.enabled = enabled }
    }

    private mutating func applyMethod() {
        let before = client.authenticationMethod
        if let method = change.method { client.authenticationMethod = method }
        if let algorithm = change.signingAlgorithm { client.assertionAlgorithm = algorithm }
        if client.method?.usesAssertion != true { client.assertionAlgorithm = nil }
        guard client.authenticationMethod != before else { return }
        // No other method looks at what this one is registered with.
        client.subjectKind = nil
        client.subjectValue = nil
        client.spiffeID = nil
        client.trustSet = nil
        client.caCertificates = []
        if client.method != .privateKeyJWT { client.jwks = nil }
        if client.jwksURI != nil {
            // Keys that were fetched for one method were not checked for the other.
            client.fetchKeys(from: client.mayFetchKeys ? client.jwksURI : nil)
        }
    }

    private mutating func applyKeys() {
        if let uri = change.keysURI {
            if client.jwksURI != uri { client.fetchKeys(from: uri) }
            client.jwks = nil
            return
        }
        guard change.keySet != nil || !change.certificates.isEmpty else { return }
        if client.jwksURI != nil { client.fetchKeys(from: nil) }
        if let keySet = change.keySet { apply(keySet) }
        client.certificates += change.certificates
    }

    private mutating func apply(_ keySet: KeySetRegistration) {
        switch client.method {
        case .privateKeyJWT:
            client.jwks = keySet.text(instead: registered?.jwks)
            warn(KeySetRegistration.warnings(of: keySet.set.omissions))
        case .selfSignedTLS:
            // RFC 8705 §2.2.2: there, the keys stand for their certificates.
            do throws(JSONWebKeyError) {
                let found = try CertificateRegistration.certificates(of: keySet.set, now: now)
                // One that stays is the registration that it was.
                client.certificates = found.records.map { new in
                    client.certificates.first { $0.thumbprint == new.thumbprint } ?? new
                }
                warn(KeySetRegistration.warnings(of: found.omissions) + found.remarks)
            } catch {
                findings.append(.unusable(.jwks, error.description))
            }
        case nil: break
        default:
            findings.append(
                .invalid(
                    .jwks,
                    with: [.authenticationMethod],
                    "\(client.authenticationMethod) does not use keys.",
                    remedy: "Leave \(field: .jwks) out, or choose"
                        + " \(field: .authenticationMethod, "private_key_jwt")."
                )
            )
        }
    }

    private mutating func warn(_ texts: [String]) {
        warnings += texts.map { RegistrationWarning(.jwks, $0) }
    }

    private mutating func applyTrust() {
        if let subject = change.subject {
            client.subjectKind = subject.kind.rawValue
            client.subjectValue = subject.text
        }
        if let spiffeID = change.spiffeID { client.spiffeID = spiffeID }
        if let trustSet = change.trustSet {
            client.trustSet = trustSet
            client.caCertificates = []
        } else if !change.caCertificates.isEmpty {
            client.trustSet = nil
            client.caCertificates += change.caCertificates
        }
    }

    /// Takes a new secret, where the method has one; one in the clear ends with its method.
    private mutating func applySecret() {
        guard let method = client.method else { return }
        guard client.mayHaveSecret else {
            if change.secret != nil {
                findings.append(
                    .invalid(
                        .clientSecret,
                        with: [.authenticationMethod],
                        "\(method.rawValue) has no secret.",
                        remedy: "Leave \(field: .clientSecret) out."
                    )
                )
            }
            client.sharedSecret = nil
            if method == .publicClient { client.secretHash = nil }
            return
        }
        if let secret = change.secret {
            client.setSecret(secret)
        } else if method != .secretJWT {
            client.sharedSecret = nil
        }
    }
}

extension ClientRecord {
    /// The method of authentication; nil for one that is not known.
    package var method: ClientAuthenticationMethod? {
        ClientAuthenticationMethod(rawValue: authenticationMethod)
    }

    /// Whether the method goes by keys that can be fetched from a `jwks_uri`.
    var mayFetchKeys: Bool { method == .privateKeyJWT || method == .selfSignedTLS }

    /// Whether a secret is what authenticates it.
    package var isAuthenticatedBySecret: Bool {
        switch method {
        case .secretBasic, .secretPost, .secretJWT: true
        case .tls, .selfSignedTLS, .spiffeX509, .privateKeyJWT, .publicClient, nil: false
        }
    }

    /// Whether a secret is made for it.
    ///
    /// A self-signed client gets one for software that wants an id and a secret configured, as it
    /// does for other servers.
    var mayHaveSecret: Bool { isAuthenticatedBySecret || method == .selfSignedTLS }

    /// Takes a new secret, as a hash, and in the clear only where codes are checked with it.
    mutating func setSecret(_ secret: String?) {
        secretHash = secret.map { ClientSecretHash(of: Array($0.utf8).span).stored }
        sharedSecret = method == .secretJWT ? secret : nil
    }

    /// Whether there is anything that the subject is accepted under.
    var hasTrustAnchors: Bool { trustSet != nil || !caCertificates.isEmpty }

    /// Gives up the certificates, and what was fetched: from now on keys come from `uri` alone.
    mutating func fetchKeys(from uri: String?) {
        jwksURI = uri
        fetchedJWKS = nil
        certificates = []
    }
}

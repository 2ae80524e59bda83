// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import OAuth
internal import Storage

/// The values that each authentication method requires of a client, and those that it does not use.
struct ClientMethodRules {
    private let client: ClientRecord
    private var findings: [RegistrationFinding] = []

    /// Everything that does not go with the client's method.
    static func findings(_ client: ClientRecord) -> [RegistrationFinding] {
        var rules = ClientMethodRules(client: client)
        rules.checkKeySource()
        rules.checkMethod()
        rules.checkSPIFFEID()
        return rules.findings
    }

    private init(client: ClientRecord) {
        self.client = client
    }

    /// RFC 7591 §2: keys come from `jwks` or from a `jwks_uri` that the server would fetch.
    private mutating func checkKeySource() {
        guard let uri = client.jwksURI else { return }
        if let reason = FetchURL.reasonToRefuse(uri, schemes: [.https]) {
            findings.refuse(
                .jwksURI,
                "The jwks_uri \(PrintableText.escaped(uri)) is refused: \(reason)."
            )
        }
        if client.method != nil, !client.mayFetchKeys {
            findings.refuse(
                .jwksURI,
                with: [.authenticationMethod],
                "\(client.authenticationMethod) does not use keys.",
                "Leave \(field: .jwksURI) out, or choose"
                    + " \(field: .authenticationMethod, "private_key_jwt") or"
                    + " self_signed_tls_client_auth."
            )
        }
        if client.jwks != nil {
            findings.refuse(
                .jwksURI,
                with: [.jwks],
                "A client's keys come from one place (RFC 7591 §2).",
                "Give either \(field: .jwksURI) or \(field: .jwks)."
            )
        }
    }

    private mutating func checkMethod() {
        switch client.method {
        case .tls: checkTrust()
        case .spiffeX509: checkTrustDomain()
        case .selfSignedTLS: checkSelfSigned()
        case .privateKeyJWT:
            if client.jwks == nil, client.jwksURI == nil {
                findings.refuse(
                    .jwks,
                    with: [.jwksURI, .authenticationMethod],
                    "\(client.authenticationMethod) needs the client's public keys.",
                    "Give \(field: .jwks) or \(field: .jwksURI)."
                )
            }
            checkAlgorithm(SignatureAlgorithm.allCases.map(\.rawValue))
            checkNoCertificate()
        case .secretJWT:
            if client.sharedSecret == nil {
                findings.refuse(
                    .clientSecret,
                    with: [.authenticationMethod],
                    "\(client.authenticationMethod) needs a secret that the server knows, and this"
                        + " client's is stored as a hash.",
                    "Add \(field: .clientSecret)."
                )
            }
            checkAlgorithm(MessageAuthenticationAlgorithm.ofClientSecrets.map(\.rawValue))
            checkNoCertificate()
        case .publicClient: checkPublic()
        case .secretBasic, .secretPost:
            if client.secretHash == nil {
                findings.refuse(
                    .clientSecret,
                    with: [.authenticationMethod],
                    "\(client.authenticationMethod) needs a secret.",
                    "Add \(field: .clientSecret)."
                )
            }
            checkNoCertificate()
        case nil:
            let known = ClientAuthenticationMethod.allCases.map(\.rawValue)
            findings.refuse(
                .authenticationMethod,
                "There is no authentication method"
                    + " \(PrintableText.escaped(client.authenticationMethod)).",
                "Choose one of \(known.joined(separator: ", "))."
            )
        }
    }

    /// RFC 8705 §2.2: registered certificates, or a `jwks_uri` that has them.
    private mutating func checkSelfSigned() {
        let method = client.authenticationMethod
        if client.certificates.isEmpty, client.jwksURI == nil {
            findings.append(ClientRules.noCertificate)
        }
        if client.subjectKind != nil || client.hasTrustAnchors {
            findings.refuse(
                .caCertificates,
                with: [.trustSet, .authenticationMethod] + RegistrationField.subjects,
                "\(method) uses neither subject nor CA.",
                "Leave them out, or choose \(field: .authenticationMethod, "tls_client_auth")."
            )
        }
    }

    /// A SPIFFE ID is for one method alone, and switches no other registration off.
    private mutating func checkSPIFFEID() {
        guard let text = client.spiffeID else { return }
        do throws(SPIFFEIDError) {
            _ = try SPIFFEPattern(text)
        } catch {
            findings.refuse(
                .spiffeID,
                "The SPIFFE ID \(PrintableText.escaped(text)) is refused. \(error.description)"
            )
        }
        guard let method = client.method, method != .spiffeX509 else { return }
        findings.refuse(
            .spiffeID,
            with: [.authenticationMethod],
            "\(client.authenticationMethod) does not use a SPIFFE ID.",
            "Leave \(field: .spiffeID) out, or choose"
                + " \(field: .authenticationMethod, "spiffe_x509")."
        )
    }

    /// draft-ietf-oauth-spiffe-client-auth-02 §3.2: a SPIFFE ID under its trust domain's bundle,
    /// and nothing else.
    private mutating func checkTrustDomain() {
        let method = client.authenticationMethod
        if client.spiffeID == nil || client.trustSet == nil {
            findings.refuse(
                .spiffeID,
                with: [.trustSet, .authenticationMethod],
                "\(method) needs a SPIFFE ID and the trust set of its trust domain.",
                "Give \(field: .spiffeID) together with \(field: .trustSet)."
            )
        }
        if client.subjectKind != nil || !client.caCertificates.isEmpty
            || !client.certificates.isEmpty
        {
            findings.refuse(
                .certificates,
                with: [.caCertificates, .authenticationMethod] + RegistrationField.subjects,
                "\(method) uses neither certificates, CAs of the client's own, nor another"
                    + " subject.",
                "Leave them out, or choose one of the two tls_client_auth methods."
            )
        }
    }

    /// A public client proves nothing, so it gets nothing of its own.
    private mutating func checkPublic() {
        checkNoCertificate()
        if client.grantTypes.contains(Grant.clientCredentials.rawValue) {
            findings.refuse(
                .grantTypes,
                with: [.authenticationMethod],
                "A client with the method none cannot use client_credentials (RFC 6749 §4.4):"
                    + " anybody could get its tokens.",
                "Give \(field: .grantTypes, "authorization_code") or password, or choose a method."
            )
        }
        if client.uses(.jwtBearer) {
            findings.refuse(
                .grantTypes,
                with: [.authenticationMethod],
                "A client with the method none cannot use \(Grant.jwtBearer.word): anybody who"
                    + " finds a JWT could get a token for it.",
                "Leave it out of \(field: .grantTypes), or choose a method."
            )
        }
        if client.mayIntrospect {
            findings.refuse(
                .mayIntrospect,
                with: [.authenticationMethod],
                "A client with the method none cannot introspect tokens (RFC 7662 §2.1).",
                "Leave \(field: .mayIntrospect) out, or choose a method."
            )
        }
    }

    /// RFC 8705 §2.1: one subject under CAs, and no registered certificate.
    private mutating func checkTrust() {
        let method = client.authenticationMethod
        if client.subjectKind == nil || !client.hasTrustAnchors {
            findings.refuse(
                .caCertificates,
                with: [.trustSet, .authenticationMethod] + RegistrationField.subjects,
                "\(method) needs a CA and a subject.",
                "Give \(field: .caCertificates) or \(field: .trustSet) together with one of"
                    + " \(field: .subjectDN), \(field: .subjectDNS), \(field: .subjectURI),"
                    + " \(field: .subjectIP) and \(field: .subjectEmail)."
            )
        }
        if client.trustSet != nil, !client.caCertificates.isEmpty {
            findings.append(ClientRules.twoTrusts)
        }
        if !client.certificates.isEmpty {
            findings.refuse(
                .certificates,
                with: [.authenticationMethod],
                "\(method) does not use registered certificates.",
                "Leave \(field: .certificates) out, or choose"
                    + " \(field: .authenticationMethod, "self_signed_tls_client_auth")."
            )
        }
    }

    private mutating func checkNoCertificate() {
        if !client.certificates.isEmpty || client.subjectKind != nil || client.hasTrustAnchors {
            findings.refuse(
                .certificates,
                with: [.caCertificates, .trustSet, .authenticationMethod]
                    + RegistrationField.subjects,
                "\(client.authenticationMethod) does not use registered certificates.",
                "Leave certificates, CAs and subject out, or choose one of the two tls_client_auth"
                    + " methods."
            )
        }
    }

    private mutating func checkAlgorithm(_ known: [String]) {
        // One that no method knows is refused as such, and stands in no record.
        guard let algorithm = client.assertionAlgorithm, !known.contains(algorithm),
            ClientRules.algorithms.contains(algorithm)
        else { return }
        findings.refuse(
            .signingAlgorithm,
            with: [.authenticationMethod],
            "\(client.authenticationMethod) cannot use \(algorithm).",
            "Give \(field: .signingAlgorithm) one of \(known.joined(separator: ", "))."
        )
    }
}

extension ClientRules {
    /// A client that goes by registered certificates and has none.
    static let noCertificate = RegistrationFinding.invalid(
        .certificates,
        with: [.jwksURI, .authenticationMethod],
        "self_signed_tls_client_auth needs a certificate.",
        remedy: "Give \(field: .certificates) or \(field: .jwksURI)."
    )

    static let twoTrusts = RegistrationFinding.invalid(
        .trustSet,
        with: [.caCertificates],
        "A client has a trust set or CAs of its own.",
        remedy: "Give either \(field: .trustSet) or \(field: .caCertificates)."
    )

    /// The client's certificates are not its registration's own.
    static func foreignKeys(_ client: ClientRecord, uri: String) -> RegistrationFinding {
        .conflict(
            .certificates,
            "The keys of \(client.name) come from its jwks_uri, \(uri), and the server would fetch"
                + " them again.",
            remedy: "Change what stands there, or give the client certificates of its own with"
                + " \(to: .setCertificates(client: client.clientID))."
        )
    }

    /// The client's CAs are not its registration's own.
    static func foreignCAs(
        _ client: ClientRecord,
        trustSet name: String
    ) -> RegistrationFinding {
        .conflict(
            .caCertificates,
            "The CAs of \(client.name) are those of the trust set \(name), which other clients may"
                + " share.",
            remedy: "Change it with \(to: .updateTrustSet(name)), or give the client CAs of its own"
                + " with \(to: .setCAs(client: client.clientID))."
        )
    }
}

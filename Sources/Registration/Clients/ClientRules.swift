// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import OAuth
internal import Storage

/// What a client's registration must be to make sense, whichever front end it comes through.
struct ClientRules {
    /// The server looks through all of a client's certificates at each request.
    static let certificatesMax = 32
    /// What the server's verifier takes.
    static let authoritiesMax = ChainVerifier.anchorsMax
    /// A set of scopes is a word of bits in the server.
    static let scopesMax = 64
    static let listMax = 32
    /// Scopes and audiences go into every token, and a token into a header field.
    static let tokenTextBytesMax = RegistrationLimits.tokenTextBytesMax
    static let uriBytesMax = 2_048
    static let tokenLifetimeMax = RegistrationLimits.tokenLifetimeSecondsMax
    /// Longer, and a client that was disabled could go on with a token issued long before.
    static let reuseWindowMax = 3_600
    /// The one limit of a client_id; the store and the server take longer ones of old records.
    static let clientIDBytesMax = 128
    /// What assertions may be signed with, whichever method uses them.
    static let algorithms =
        SignatureAlgorithm.allCases.map(\.rawValue)
        + MessageAuthenticationAlgorithm.ofClientSecrets.map(\.rawValue)

    private let client: ClientRecord
    private var findings: [RegistrationFinding] = []

    /// Everything that is wrong with `client`.
    static func findings(_ client: ClientRecord) -> [RegistrationFinding] {
        var rules = ClientRules(client: client)
        rules.check()
        return rules.findings
    }

    private init(client: ClientRecord) {
        self.client = client
    }

    private mutating func check() {
        checkClientID()
        if let finding = DisplayName.finding(client.name, .clientName, of: "client") {
            findings.append(finding)
        }
        checkKeySource()
        checkMethod()
        checkCertificates(client.certificates, .certificates, "certificate", Self.certificatesMax)
        checkCertificates(
            client.certificateAuthorities,
            .authorities,
            "CA certificate",
            Self.authoritiesMax
        )
        checkTrustSetName()
        checkGrants()
        checkScopes()
        checkList(client.redirectURIs, .redirectURIs, "redirect URIs", RedirectURI.finding)
        checkList(client.audiences, .audiences, "audiences", Self.audience)
        checkTokenText(client.audiences, .audiences, "audiences")
        checkTokens()
    }

    private mutating func refuse(
        _ field: RegistrationField,
        with fields: [RegistrationField] = [],
        _ problem: RegistrationText,
        _ remedy: RegistrationText = ""
    ) {
        findings.append(.invalid(field, with: fields, problem, remedy: remedy))
    }

    /// Refuses what RFC 6749 appendix A.1 does not allow, and what JSON would have to escape.
    private mutating func checkClientID() {
        let clientID = client.clientID
        if !(1...Self.clientIDBytesMax).contains(clientID.utf8.count)
            || !clientID.utf8.allSatisfy({ 0x20...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c })
        {
            refuse(
                .clientID,
                "A client_id has 1 to \(Self.clientIDBytesMax) printable ASCII characters, without"
                    + " quotation marks and backslashes."
            )
        }
        if clientID.hasPrefix(User.subjectPrefix) {
            refuse(
                .clientID,
                "A client_id does not begin with `\(User.subjectPrefix)`: tokens of users have such"
                    + " subjects.",
                "Choose another."
            )
        }
    }

    /// RFC 7591 §2: keys come from `jwks` or from a `jwks_uri` that the server would fetch.
    private mutating func checkKeySource() {
        guard let uri = client.jwksURI else { return }
        if let reason = FetchURL.refusal(uri, schemes: [.https]) {
            refuse(
                .jwksURI,
                "The jwks_uri \(PrintableText.escaped(uri)) is refused: \(reason)."
            )
        }
        if client.method != nil, !client.mayFetchKeys {
            refuse(
                .jwksURI,
                with: [.authenticationMethod],
                "\(client.authenticationMethod) looks at no keys.",
                "Leave \(field: .jwksURI) out, or choose"
                    + " \(field: .authenticationMethod, "private_key_jwt") or"
                    + " self_signed_tls_client_auth."
            )
        }
        if client.jwks != nil {
            refuse(
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
        case .selfSignedTLS: checkSelfSigned()
        case .privateKeyJWT:
            if client.jwks == nil, client.jwksURI == nil {
                refuse(
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
                refuse(
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
                refuse(
                    .clientSecret,
                    with: [.authenticationMethod],
                    "\(client.authenticationMethod) needs a secret.",
                    "Add \(field: .clientSecret)."
                )
            }
            checkNoCertificate()
        case nil:
            let known = ClientAuthenticationMethod.allCases.map(\.rawValue)
            refuse(
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
            findings.append(Self.noCertificate)
        }
        if client.subjectKind != nil || client.hasAuthority {
            refuse(
                .authorities,
                with: [.trustSet, .authenticationMethod] + RegistrationField.subjects,
                "\(method) looks at neither subject nor CA.",
                "Leave them out, or choose \(field: .authenticationMethod, "tls_client_auth")."
            )
        }
    }

    /// A public client proves nothing, so it gets nothing of its own.
    private mutating func checkPublic() {
        checkNoCertificate()
        if client.grantTypes.contains("client_credentials") {
            refuse(
                .grantTypes,
                with: [.authenticationMethod],
                "A client with the method none cannot use client_credentials (RFC 6749 §4.4): it"
                    + " would be a token for everybody.",
                "Give \(field: .grantTypes, "password"), or choose a method."
            )
        }
        if client.mayIntrospect {
            refuse(
                .mayIntrospect,
                with: [.authenticationMethod],
                "A client with the method none cannot introspect tokens (RFC 7662 §2.1).",
                "Leave \(field: .mayIntrospect) out, or choose a method."
            )
        }
    }

    /// RFC 8705 §2.1: one subject under authorities, and no registered certificate.
    private mutating func checkTrust() {
        let method = client.authenticationMethod
        if client.subjectKind == nil || !client.hasAuthority {
            refuse(
                .authorities,
                with: [.trustSet, .authenticationMethod] + RegistrationField.subjects,
                "\(method) needs a CA and a subject.",
                "Give \(field: .authorities) or \(field: .trustSet) together with one of"
                    + " \(field: .subjectDN), \(field: .subjectDNS), \(field: .subjectURI),"
                    + " \(field: .subjectIP) and \(field: .subjectEmail)."
            )
        }
        if client.trustSet != nil, !client.certificateAuthorities.isEmpty {
            findings.append(Self.twoTrusts)
        }
        if !client.certificates.isEmpty {
            refuse(
                .certificates,
                with: [.authenticationMethod],
                "\(method) does not look at registered certificates.",
                "Leave \(field: .certificates) out, or choose"
                    + " \(field: .authenticationMethod, "self_signed_tls_client_auth")."
            )
        }
    }

    private mutating func checkNoCertificate() {
        if !client.certificates.isEmpty || client.subjectKind != nil || client.hasAuthority {
            refuse(
                .certificates,
                with: [.authorities, .trustSet, .authenticationMethod]
                    + RegistrationField.subjects,
                "\(client.authenticationMethod) looks at no registered certificate.",
                "Leave certificates, CAs and subject out, or choose one of the two tls_client_auth"
                    + " methods."
            )
        }
    }

    private mutating func checkAlgorithm(_ known: [String]) {
        // One that no method knows is refused as such, and stands in no record.
        guard let algorithm = client.assertionAlgorithm, !known.contains(algorithm),
            Self.algorithms.contains(algorithm)
        else { return }
        refuse(
            .signingAlgorithm,
            with: [.authenticationMethod],
            "\(client.authenticationMethod) cannot use \(algorithm).",
            "Give \(field: .signingAlgorithm) one of \(known.joined(separator: ", "))."
        )
    }

    private mutating func checkTrustSetName() {
        guard let name = client.trustSet,
            let finding = TrustSetRules.nameFinding(name, .trustSet)
        else { return }
        findings.append(finding)
    }

    private mutating func checkCertificates(
        _ certificates: [CertificateRecord],
        _ field: RegistrationField,
        _ what: String,
        _ limit: Int
    ) {
        if certificates.count > limit {
            refuse(field, "A client has at most \(limit) \(what)s.")
        }
        if Set(certificates.map(\.thumbprint)).count != certificates.count {
            refuse(field, "The client has this \(what) already.", "Give each one once.")
        }
    }

    private mutating func checkGrants() {
        let (grants, known) = (client.grantTypes, Grant.allCases.map(\.rawValue))
        if grants.isEmpty || !grants.allSatisfy(known.contains)
            || Set(grants).count != grants.count
        {
            refuse(
                .grantTypes,
                "The grant types are one or more of \(known.joined(separator: ", ")), each once."
            )
        }
    }

    private mutating func checkScopes() {
        // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E, at least one.
        if !client.scopes.allSatisfy(Self.isTokenText) {
            refuse(
                .scope,
                "A scope has printable ASCII characters only, without quotation marks and"
                    + " backslashes (RFC 6749 §3.3).",
                "Separate scopes by single spaces."
            )
        }
        checkTokenText(client.scopes, .scope, "scopes")
        if client.scopes.count > Self.scopesMax || Set(client.scopes).count != client.scopes.count {
            refuse(.scope, "A client has at most \(Self.scopesMax) scopes, each once.")
        }
    }

    private mutating func checkTokenText(
        _ list: [String],
        _ field: RegistrationField,
        _ what: String
    ) {
        if !RegistrationLimits.fitsToken(list) {
            refuse(
                field,
                "The \(what) have at most \(Self.tokenTextBytesMax) characters together, for they"
                    + " go into every token."
            )
        }
    }

    private mutating func checkList(
        _ list: [String],
        _ field: RegistrationField,
        _ what: String,
        _ finding: (String) -> RegistrationFinding?
    ) {
        if list.count > Self.listMax || Set(list).count != list.count {
            refuse(field, "A client has at most \(Self.listMax) \(what), each once.")
        }
        // The same sentence for several of them says nothing more.
        for entry in list {
            if let found = finding(entry), !findings.contains(found) { findings.append(found) }
        }
    }

    private static func audience(_ audience: String) -> RegistrationFinding? {
        guard audience.utf8.count > uriBytesMax || !isTokenText(audience) else { return nil }
        return .invalid(
            .audiences,
            "An audience is a URI or a name of printable ASCII characters without spaces, at most"
                + " \(uriBytesMax) of them.",
            remedy: ""
        )
    }

    /// One or more of %x21 / %x23-5B / %x5D-7E.
    private static func isTokenText(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }
    }

    private mutating func checkTokens() {
        if AccessTokenFormat(rawValue: client.tokenFormat) == nil {
            let known = AccessTokenFormat.allCases.map(\.rawValue)
            refuse(
                .tokenFormat,
                "There is no token format \(PrintableText.escaped(client.tokenFormat)).",
                "Choose one of \(known.joined(separator: ", "))."
            )
        }
        if let lifetime = client.tokenLifetime, !(1...Self.tokenLifetimeMax).contains(lifetime) {
            refuse(
                .tokenLifetime,
                "\(field: .tokenLifetime) is from 1 to \(Self.tokenLifetimeMax) seconds."
            )
        }
        let lifetime = max(client.tokenLifetime ?? .max, 1)
        if !(0...Self.reuseWindowMax).contains(client.reuseWindow)
            || client.reuseWindow >= lifetime
        {
            refuse(
                .reuseWindow,
                with: [.tokenLifetime],
                "\(field: .reuseWindow) is from 0 to \(Self.reuseWindowMax) seconds, and shorter"
                    + " than \(field: .tokenLifetime)."
            )
        }
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
        with: [.authorities],
        "A client has a trust set or CAs of its own.",
        remedy: "Give either \(field: .trustSet) or \(field: .authorities)."
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
    static func foreignAuthorities(
        _ client: ClientRecord,
        trustSet name: String
    ) -> RegistrationFinding {
        .conflict(
            .authorities,
            "The CAs of \(client.name) are those of the trust set \(name), which other clients may"
                + " share.",
            remedy: "Change it with \(to: .updateTrustSet(name)), or give the client CAs of its own"
                + " with \(to: .setAuthorities(client: client.clientID))."
        )
    }
}

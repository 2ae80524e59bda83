// SPDX-License-Identifier: Apache-2.0
internal import Registration

/// The command line's names for the fields of findings.
struct FlagVocabulary: RegistrationVocabulary {
    /// The flag, or the argument.
    func name(of field: RegistrationField) -> String {
        switch field {
        case .clientID: "--client-id"
        case .clientName: "the client's name"
        case .clientSecret: "--new-secret"
        case .authenticationMethod: "--auth-method"
        case .signingAlgorithm: "--auth-signing-alg"
        case .grantTypes: "--grant-types"
        case .responseTypes: "response_types"
        case .redirectURIs: "--redirect-uri"
        case .certificates: "--certificate"
        case .subjectDN, .subjectDNS, .subjectURI, .subjectIP, .subjectEmail: Self.other(field)
        case .spiffeID: "--spiffe-id"
        case .boundTokens: "--bound-tokens"
        case .caCertificates: "--ca-certificate"
        case .audiences: "--audience"
        case .tokenFormat: "--token-format"
        case .tokenLifetime: "--token-lifetime"
        case .reuseWindow: "--reuse-window"
        case .mayIntrospect: "--introspect"
        case .enabled: "`handfast client enable`"
        case .requiresPushedRequests: "--require-par"
        case .tokenSigningAlgorithm: "--token-signing-alg"
        case .refreshRotation: "--refresh-rotation"
        case .refreshLifetime: "--refresh-lifetime"
        case .refreshIdle: "--refresh-idle"
        case .claims: "--claim"
        case .ownAudiences, .exchangeMode, .exchangesBoundTokens: Self.other(field)
        case .labels: "--label"
        case .trustSetName: "the name of the trust set"
        case .revocationSources: "--crl"
        case .issuerName, .issuer, .issuerAlgorithms, .issuerClients, .expectedAudience,
            .subjectPattern, .tokenAudiences, .issuerScopes, .maxLifetime, .replay:
            Self.other(field)
        case .scope, .jwks, .jwksURI, .rate, .trustSet, .serverAuthUntil, .revocation,
            .trustDomain, .spiffeBundle, .maxStaleness, .acceptSequence:
            "--" + field.rawValue.replacing("_", with: "-")
        case .tokenRole: "--role"
        case .userName: "the user's name"
        case .password: "--password-stdin"
        case .subject: "the subject of the user"
        case .unknown: "an unknown member"
        case .keyKind, .activeIn, .forget: nameOfKeys(field)
        }
    }

    private func nameOfKeys(_ field: RegistrationField) -> String {
        switch field {
        case .keyKind: "--kind"
        case .activeIn: "--active-in"
        default: "--forget"
        }
    }

    /// The flags of a certificate's subject, of token exchange, and of trusted issuers.
    private static func other(_ field: RegistrationField) -> String {
        let flags: [RegistrationField: String] = [
            .subjectDN: "--subject-dn", .subjectDNS: "--san-dns", .subjectURI: "--san-uri",
            .subjectIP: "--san-ip", .subjectEmail: "--san-email",
            .issuerName: "the name of the issuer", .issuer: "--issuer",
            .issuerAlgorithms: "--alg", .issuerClients: "--clients",
            .expectedAudience: "--expect-audience", .subjectPattern: "--subjects",
            .tokenAudiences: "--token-audiences", .issuerScopes: "--scopes",
            .maxLifetime: "--max-lifetime", .replay: "--replay", .ownAudiences: "--own-audience",
            .exchangeMode: "--exchange", .exchangesBoundTokens: "--exchange-bound-tokens",
        ]
        return flags[field] ?? field.rawValue
    }

    func setting(_ field: RegistrationField, _ value: String) -> String {
        "\(name(of: field)) \(value)"
    }

    func operation(_ operation: RegistrationOperation) -> String {
        switch operation {
        case .showClient: "`handfast client show`"
        case .setPassword: "`handfast user password`"
        case .showLabels: "`handfast client show` or `handfast trust-set show`"
        case .listCertificates: "`handfast client certificate list`"
        case .setCertificates(let client): "`handfast client update \(client) --certificate FILE`"
        case .setCAs(let client):
            "`handfast client update \(client) --ca-certificate FILE`"
        case .updateTrustSet(let name): "`handfast trust-set update \(name)`"
        case .allowServerAuth(let name):
            "`handfast trust-set update \(name) --allow-server-auth-until YYYY-MM-DD`"
        case .listClientsOfPublicCAs: "`handfast certificate cliff`"
        }
    }
}

extension RegistrationWarning {
    /// A line, with the file that it is about.
    var line: String { (about.map { "\(PrintableText.escaped($0)): " } ?? "") + text }
}

extension RegistrationError {
    /// A line for each finding, in the words of the command line.
    var lines: [String] {
        findings.map { finding in
            let text = finding.text(FlagVocabulary())
            return finding.about.map { "\(PrintableText.escaped($0)): \(text)" } ?? text
        }
    }

    /// Whether the arguments themselves are invalid (status 64).
    var isUsage: Bool { findings.contains { $0.kind == .invalid } }
}

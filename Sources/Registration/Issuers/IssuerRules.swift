// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import OAuth
internal import Storage

/// The rules of a trusted issuer, the same for every front end.
enum IssuerRules {
    /// The algorithms with public keys: HMAC, whose key both sides have, is never among them.
    static let algorithms = SignatureAlgorithm.allCases.map(\.rawValue)
    /// Clients of one issuer; each is looked up in a set.
    static let clientsMax = 256
    static let listMax = 32
    static let scopesMax = 64
    static let uriBytesMax = 2_048
    static let lifetimeMax = Int(TrustedIssuer.lifetimeMax)

    static func nameFinding(_ name: String) -> RegistrationFinding? {
        guard !IssuerRecord.isName(name) else { return nil }
        if IssuerRecord.reservedNames.contains(name) {
            return .invalid(
                .issuerName,
                "\(PrintableText.escaped(name)) begins other subjects.",
                remedy: "Choose another name than"
                    + " \(IssuerRecord.reservedNames.joined(separator: ", "))."
            )
        }
        return .invalid(
            .issuerName,
            "The name of an issuer has 1 to \(IssuerRecord.nameBytesMax) of the characters a-z, 0-9"
                + " and -, and begins with a letter.",
            remedy: ""
        )
    }

    /// Everything that is wrong with `issuer`.
    static func findings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if let finding = nameFinding(issuer.name) { findings.append(finding) }
        if !isText(issuer.issuer, bytesMax: TrustedIssuer.textBytesMax) {
            findings.refuse(
                .issuer,
                "\(field: .issuer) is the iss of the JWTs: 1 to \(TrustedIssuer.textBytesMax)"
                    + " printable ASCII characters without spaces."
            )
        }
        findings += algorithmFindings(issuer) + keyFindings(issuer) + clientFindings(issuer)
        findings += claimFindings(issuer) + tokenFindings(issuer) + lifetimeFindings(issuer)
        return findings + LabelRules.findings(issuer.labels)
    }

    private static func algorithmFindings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        let given = issuer.algorithms
        let isGood =
            !given.isEmpty && Set(given).count == given.count
            && given.allSatisfy(algorithms.contains)
        guard !isGood else { return [] }
        return [
            .invalid(
                .issuerAlgorithms,
                "The algorithms of an issuer are one or more of"
                    + " \(algorithms.joined(separator: ", ")), each once; those with a shared"
                    + " secret are none.",
                remedy: "Give \(field: .issuerAlgorithms) the algorithms that the issuer signs by."
            )
        ]
    }

    /// RFC 7517: keys come from a set, or from a URI that the server fetches.
    private static func keyFindings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if (issuer.jwks == nil) == (issuer.jwksURI == nil) {
            findings.refuse(
                .jwks,
                with: [.jwksURI],
                "An issuer has either keys or a URI of keys.",
                "Give either \(field: .jwks) or \(field: .jwksURI)."
            )
        }
        if let uri = issuer.jwksURI,
            let reason = FetchURL.reasonToRefuse(uri, schemes: [.https])
        {
            findings.refuse(
                .jwksURI,
                "The jwks_uri \(PrintableText.escaped(uri)) is refused: \(reason)."
            )
        }
        if let lacking = algorithmsWithoutKey(issuer), lacking.count == issuer.algorithms.count {
            findings.refuse(
                .jwks,
                with: [.issuerAlgorithms],
                "No key of the set is one for \(issuer.algorithms.joined(separator: ", ")).",
                "Give \(field: .issuerAlgorithms) the algorithms of the keys."
            )
        }
        return findings
    }

    /// The algorithms for which the registered set has no key; nil without one that can be read.
    private static func algorithmsWithoutKey(_ issuer: IssuerRecord) -> [SignatureAlgorithm]? {
        guard let jwks = issuer.jwks, let set = try? JSONWebKeySet(Array(jwks.utf8).span) else {
            return nil
        }
        return issuer.algorithms.compactMap(SignatureAlgorithm.init(rawValue:)).filter {
            algorithm in
            !set.keys.contains { $0.fits(algorithm) }
        }
    }

    private static func clientFindings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        let clients = issuer.clients
        let isGood =
            (1...clientsMax).contains(clients.count) && Set(clients).count == clients.count
            && !clients.contains(where: \.isEmpty)
        guard !isGood else { return [] }
        return [
            .invalid(
                .issuerClients,
                "An issuer has from 1 to \(clientsMax) clients that may present its JWTs, by their"
                    + " client_ids, each once.",
                remedy: "Give \(field: .issuerClients)."
            )
        ]
    }

    private static func claimFindings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if let audience = issuer.audience, !isText(audience, bytesMax: uriBytesMax) {
            findings.refuse(
                .expectedAudience,
                "\(field: .expectedAudience) is the one aud of the JWTs: printable ASCII characters"
                    + " without spaces, at most \(uriBytesMax)."
            )
        }
        if let pattern = issuer.subjects, SubjectPattern(pattern) == nil {
            findings.refuse(
                .subjectPattern,
                "A pattern of subjects has 1 to \(SubjectPattern.bytesMax) bytes without control"
                    + " characters, in which * stands for any characters."
            )
        }
        return findings
    }

    private static func tokenFindings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        let audiences = issuer.tokenAudiences
        if audiences.count > listMax || Set(audiences).count != audiences.count
            || !audiences.allSatisfy({ isText($0, bytesMax: uriBytesMax) })
        {
            findings.refuse(
                .tokenAudiences,
                "An issuer has at most \(listMax) audiences of tokens, each once: URIs or names of"
                    + " printable ASCII characters without spaces."
            )
        }
        let scopes = issuer.scopes
        if scopes.count > scopesMax || Set(scopes).count != scopes.count
            || !scopes.allSatisfy({ isText($0, bytesMax: uriBytesMax) })
        {
            findings.refuse(
                .issuerScopes,
                "An issuer has at most \(scopesMax) scopes, each once, of printable ASCII"
                    + " characters without quotation marks and backslashes (RFC 6749 §3.3)."
            )
        }
        return findings
    }

    private static func lifetimeFindings(_ issuer: IssuerRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if !(1...lifetimeMax).contains(issuer.maxLifetime) {
            findings.refuse(
                .maxLifetime,
                "\(field: .maxLifetime) is from 1 to \(lifetimeMax) seconds."
            )
        }
        if issuer.allowsReplay, issuer.maxLifetime > IssuerRecord.replayLifetimeMax {
            findings.refuse(
                .replay,
                with: [.maxLifetime],
                "\(field: .replay, ReplayChoice.allow.rawValue) is for JWTs that live"
                    + " \(IssuerRecord.replayLifetimeMax) seconds at most.",
                "Give \(field: .maxLifetime, String(IssuerRecord.replayLifetimeMax)) or less."
            )
        }
        return findings
    }

    /// Algorithms for which there is no key now.
    static func warnings(_ issuer: IssuerRecord) -> [RegistrationWarning] {
        (algorithmsWithoutKey(issuer) ?? []).map {
            RegistrationWarning(.jwks, "No key of the set is one for \($0.rawValue).")
        }
    }

    /// One or more of %x21 / %x23-5B / %x5D-7E.
    private static func isText(_ text: String, bytesMax: Int) -> Bool {
        (1...bytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }
    }

    /// Whether the value of the field is the same in both.
    static func isSame(
        _ field: RegistrationField,
        _ new: IssuerRecord,
        _ old: IssuerRecord
    ) -> Bool {
        switch field {
        case .issuer: new.issuer == old.issuer
        case .jwks: new.jwks == old.jwks
        case .jwksURI: new.jwksURI == old.jwksURI
        case .issuerAlgorithms: new.algorithms == old.algorithms
        case .issuerClients: new.clients == old.clients
        case .expectedAudience: new.audience == old.audience
        case .subjectPattern: new.subjects == old.subjects
        case .tokenAudiences: new.tokenAudiences == old.tokenAudiences
        case .issuerScopes: new.scopes == old.scopes
        case .maxLifetime: new.maxLifetime == old.maxLifetime
        case .replay: new.allowsReplay == old.allowsReplay
        case .labels: new.labels == old.labels
        default: new.name == old.name
        }
    }
}

extension RegistrationFinding {
    /// A client that an issuer names is not registered.
    package static func noIssuerClient(_ clientID: String) -> RegistrationFinding {
        .invalid(
            .issuerClients,
            "There is no client with the client_id \(PrintableText.escaped(clientID)).",
            remedy: "Register it first, or name one that there is."
        )
    }
}

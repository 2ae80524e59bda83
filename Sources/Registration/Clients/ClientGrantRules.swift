// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Storage

/// The rules of a client's grants, of its refresh tokens, and of the form of its tokens.
struct ClientGrantRules {
    /// Ten years: longer than any login should last, and far from the end of the clock.
    static let refreshSecondsMax = 315_360_000
    /// Those that resource servers commonly verify; RSA with PKCS #1 padding for old ones.
    static let tokenAlgorithms = SigningKeys.algorithms

    /// Everything that is wrong with the client's grants.
    static func grantFindings(_ client: ClientRecord) -> [RegistrationFinding] {
        let (grants, known) = (client.grantTypes, Grant.allCases.map(\.rawValue))
        let words = Grant.allCases.map(\.word).joined(separator: ", ")
        var findings: [RegistrationFinding] = []
        if grants.isEmpty || !grants.allSatisfy(known.contains)
            || Set(grants).count != grants.count
        {
            findings.refuse(
                .grantTypes,
                "The grant types are one or more of \(words), each once; jwt_bearer and"
                    + " token_exchange by their URNs, \(Grant.jwtBearer.rawValue) and"
                    + " \(Grant.tokenExchange.rawValue), where they are JSON."
            )
        }
        if client.uses(.authorizationCode), client.redirectURIs.isEmpty {
            findings.refuse(
                .redirectURIs,
                with: [.grantTypes],
                "\(Grant.authorizationCode.rawValue) needs a redirect URI (RFC 6749 §3.1.2.2).",
                "Give \(field: .redirectURIs), or leave the grant out of \(field: .grantTypes)."
            )
        }
        if client.uses(.refreshToken), !client.uses(.authorizationCode), !client.uses(.password) {
            findings.refuse(
                .grantTypes,
                "\(Grant.refreshToken.rawValue) needs a grant of a user: authorization_code or"
                    + " password (RFC 6749 §4.4.3).",
                "Add one of them, or leave refresh_token out."
            )
        }
        return findings
    }

    /// Everything that is wrong with refresh tokens, and with the form of tokens.
    static func tokenFindings(_ client: ClientRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        for (field, seconds) in [
            (RegistrationField.refreshLifetime, client.refreshLifetime),
            (.refreshIdle, client.refreshIdle),
        ] {
            if let seconds, !(1...refreshSecondsMax).contains(seconds) {
                findings.refuse(field, "\(field: field) is from 1 to \(refreshSecondsMax) seconds.")
            }
        }
        // RFC 9700 §4.14.2: a public client's are bound, or replaced at each use.
        if client.refreshRotation == false, client.method == .publicClient,
            !client.boundAccessTokens
        {
            findings.refuse(
                .refreshRotation,
                with: [.authenticationMethod, .boundTokens],
                "A client with the method none has its refresh tokens replaced at each use, unless"
                    + " they are bound to its certificate (RFC 9700 §4.14.2).",
                "Leave \(field: .refreshRotation) out, or add \(field: .boundTokens)."
            )
        }
        if tokenAlgorithm(client) == nil {
            let known = tokenAlgorithms.map(\.rawValue).joined(separator: ", ")
            findings.refuse(
                .tokenSigningAlgorithm,
                "There is no algorithm \(PrintableText.escaped(client.tokenSigningAlgorithm)) for"
                    + " access tokens.",
                "Choose one of \(known)."
            )
        }
        return findings + (StaticClaims(stored: client.staticClaims)?.findings ?? [])
    }

    /// The algorithm of the client's tokens; nil for one that is not known.
    static func tokenAlgorithm(_ client: ClientRecord) -> SignatureAlgorithm? {
        tokenAlgorithms.first { $0.rawValue == client.tokenSigningAlgorithm }
    }
}

extension ClientRecord {
    /// Whether it is registered for the grant.
    func uses(_ grant: Grant) -> Bool { grantTypes.contains(grant.rawValue) }

    /// Its grants for people: short words instead of URNs.
    var grantWords: [String] { grantTypes.map { Grant(rawValue: $0)?.word ?? $0 } }

    /// `response_types` (RFC 7591 §2.1): those that its grants have.
    var responseTypes: [String] { uses(.authorizationCode) ? ["code"] : [] }
}

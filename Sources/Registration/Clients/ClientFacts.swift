// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage
package import Text

/// A client's registration for people: names and values, in the order of display.
package enum ClientFacts {
    /// All of it but the secret; `document` is where the keys themselves can be seen.
    static func all(
        _ client: ClientRecord,
        document: String
    ) -> [(String, String)] {
        var facts = [
            ("client_id", client.clientID),
            ("name", client.name),
            ("state", client.enabled ? "enabled" : "disabled"),
            ("authentication", client.authenticationMethod),
            ("grant types", client.grantWords.joined(separator: ", ")),
            ("scopes", client.scopes.isEmpty ? "none" : client.scopes.joined(separator: " ")),
            ("bound tokens", client.boundAccessTokens ? "yes" : "no"),
            ("token format", client.tokenFormat),
            ("token lifetime", client.tokenLifetime.map { "\($0) s" } ?? "the server's default"),
            ("reuse window", client.reuseWindow == 0 ? "none" : "\(client.reuseWindow) s"),
            ("introspection", client.mayIntrospect ? "yes" : "no"),
            ("rate", RateRules.fact(client)),
        ]
        facts += grants(client)
        if let algorithm = client.assertionAlgorithm {
            facts.append(("assertions", "signed with \(algorithm)"))
        }
        if client.jwks != nil { facts.append(("jwks", "registered; see \(document)")) }
        if let uri = client.jwksURI {
            facts.append(("jwks_uri", uri))
            let fetched = client.fetchedJWKS != nil
            facts.append(("fetched keys", fetched ? "there; see \(document)" : "none yet"))
        }
        facts += client.redirectURIs.map { ("redirect URI", $0) }
        facts += client.audiences.map { ("audience", $0) }
        if let kind = client.subjectKind, let value = client.subjectValue {
            facts.append((kind, value))
        }
        if let spiffeID = client.spiffeID { facts.append(("SPIFFE ID", spiffeID)) }
        if let trustSet = client.trustSet { facts.append(("trust set", trustSet)) }
        facts += client.caCertificates.map { ("CA certificate", $0.line) }
        facts += client.certificates.map { ("certificate", $0.line) }
        facts += LabelRules.facts(client.labels)
        facts.append(("registered", CertificateTime.text(client.createdAt)))
        facts.append(("changed", CertificateTime.text(client.updatedAt)))
        if client.tokensValidFrom > client.createdAt {
            facts.append(("tokens valid", "from \(CertificateTime.text(client.tokensValidFrom))"))
        }
        return facts
    }

    /// Refresh tokens where there are any, and settings that were made.
    private static func grants(_ client: ClientRecord) -> [(String, String)] {
        var facts: [(String, String)] = []
        if client.uses(.refreshToken) || client.refreshRotation != nil {
            let rotation = client.refreshRotation.map { $0 ? "on" : "off" }
            facts.append(("refresh rotation", rotation ?? "by the server's rule"))
        }
        for (name, seconds) in [
            ("refresh lifetime", client.refreshLifetime), ("refresh idle", client.refreshIdle),
        ] where client.uses(.refreshToken) || seconds != nil {
            facts.append((name, seconds.map { "\($0) s" } ?? "the server's default"))
        }
        if client.requiresPushedRequests { facts.append(("pushed requests", "required")) }
        if client.tokenSigningAlgorithm != SignatureAlgorithm.es256.rawValue {
            facts.append(("tokens signed with", client.tokenSigningAlgorithm))
        }
        if client.uses(.tokenExchange) {
            facts.append(("exchanged tokens", ExchangeFacts.mode(client)))
            let bound = client.exchangesBoundTokens ? "of others too" : "of its holder alone"
            facts.append(("exchanges bound tokens", bound))
        }
        facts += client.ownAudiences.map { ("own audience", $0) }
        let claims = StaticClaims(stored: client.staticClaims)?.members ?? [:]
        return facts
            + claims.sorted { $0.key < $1.key }.map {
                ("claim", "\($0.key)=\($0.value.compactText)")
            }
    }

    /// The client as it is shown; `document` is where people can see the keys themselves.
    package static func presentation(
        of client: ClientRecord,
        document: String
    ) -> Presentation {
        Presentation(
            lines: [FactLines.text(all(client, document: document))],
            value: ClientInformation.value(client)
        )
    }

    /// The columns of a list of clients.
    package static let columns = TextColumns([
        ("CLIENT_ID", 28), ("STATE", 8), ("METHOD", 27), ("NAME", 20), ("KEYS OR CAS FROM", 0),
    ])

    /// The line of a client in it.
    package static func line(_ client: ClientRecord) -> String {
        let source = client.jwksURI ?? client.trustSet.map { "trust set \($0)" }
        return columns.line(
            [
                client.clientID, client.enabled ? "enabled" : "disabled",
                client.authenticationMethod, client.name,
            ] + (source.map { [$0] } ?? [])
        )
    }

    /// The credentials and settings that end with the client when it is removed.
    package static func endings(_ client: ClientRecord) -> [(String, String)] {
        var facts = [
            ("client", "\(client.name)  \(client.clientID)"),
            ("method", client.authenticationMethod),
            ("grants", client.grantWords.joined(separator: " ")),
        ]
        facts += client.certificates.map { ("certificate", $0.line) }
        facts += client.caCertificates.map { ("CA", $0.line) }
        if let spiffeID = client.spiffeID { facts.append(("SPIFFE ID", spiffeID)) }
        if let trustSet = client.trustSet {
            facts.append(("trust set", "\(trustSet), which stays"))
        }
        if let uri = client.jwksURI { facts.append(("keys from", uri)) }
        if client.secretHash != nil { facts.append(("secret", "its hash")) }
        let tokens =
            "introspection refuses them; resource servers that only check a JWT's signature accept"
            + " them until they expire"
        return facts + [("tokens", tokens)]
    }
}

/// The words of token exchange, for people.
enum ExchangeFacts {
    static func mode(_ client: ClientRecord) -> String {
        switch ExchangeMode(rawValue: client.exchangeMode) {
        case .delegate: "name it as the actor (delegate)"
        case .impersonate: "name no actor (impersonate)"
        case nil: client.exchangeMode
        }
    }
}

extension ClientRegistration: Presentable {
    /// The client_id, and the new secret, which is shown this once.
    package var text: String {
        var lines = ["client_id: \(client.clientID)"]
        if let secret {
            lines.append("client_secret: \(secret)")
            if !client.isAuthenticatedBySecret {
                lines.append(
                    "The secret does not authenticate this client: its certificate does."
                )
            }
        }
        if let uri = client.jwksURI, client.fetchedJWKS == nil {
            lines.append("keys: none until the server has fetched \(uri)")
        }
        return lines.joined(separator: "\n")
    }

    /// RFC 7591 §3.2.1, with the new secret.
    package var value: JSONValue { ClientInformation.value(client, secret: secret) }
}

extension CertificateRecord {
    /// Thumbprint, dates and subject in one line, for people.
    package var line: String {
        "\(Thumbprint.text(thumbprint))  \(CertificateTime.text(notBefore))"
            + " to \(CertificateTime.text(notAfter))  \(subject)"
    }
}

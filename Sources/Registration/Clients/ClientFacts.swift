// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage

/// What is registered for a client, for people: names and values, in the order in which they are
/// shown.
package enum ClientFacts {
    /// All of it but the secret; `document` is where the keys themselves can be seen.
    package static func all(
        _ client: ClientRecord,
        document: String
    ) -> [(String, String)] {
        var facts = [
            ("client_id", client.clientID),
            ("name", client.name),
            ("state", client.enabled ? "enabled" : "disabled"),
            ("authentication", client.authenticationMethod),
            ("grant types", client.grantTypes.joined(separator: ", ")),
            ("scopes", client.scopes.isEmpty ? "none" : client.scopes.joined(separator: " ")),
            ("bound tokens", client.boundAccessTokens ? "yes" : "no"),
            ("token format", client.tokenFormat),
            ("token lifetime", client.tokenLifetime.map { "\($0) s" } ?? "the server's default"),
            ("reuse window", client.reuseWindow == 0 ? "none" : "\(client.reuseWindow) s"),
            ("introspection", client.mayIntrospect ? "yes" : "no"),
        ]
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
        if let trustSet = client.trustSet { facts.append(("trust set", trustSet)) }
        facts += client.certificateAuthorities.map { ("CA certificate", $0.line) }
        facts += client.certificates.map { ("certificate", $0.line) }
        facts.append(("registered", CertificateTime.text(client.createdAt)))
        facts.append(("changed", CertificateTime.text(client.updatedAt)))
        return facts
    }

    /// What ends with the client when it is removed.
    package static func endings(_ client: ClientRecord) -> [(String, String)] {
        var facts = [
            ("client", "\(client.name)  \(client.clientID)"),
            ("method", client.authenticationMethod),
            ("grants", client.grantTypes.joined(separator: " ")),
        ]
        facts += client.certificates.map { ("certificate", $0.line) }
        facts += client.certificateAuthorities.map { ("CA", $0.line) }
        if let trustSet = client.trustSet {
            facts.append(("trust set", "\(trustSet), which stays"))
        }
        if let uri = client.jwksURI { facts.append(("keys from", uri)) }
        if client.secretHash != nil { facts.append(("secret", "its hash")) }
        let tokens =
            "introspection refuses those it has; who checks a JWT's signature alone accepts them"
            + " until they expire"
        return facts + [("tokens", tokens)]
    }
}

extension CertificateRecord {
    /// Thumbprint, dates and subject in one line, for people.
    package var line: String {
        "\(Thumbprint.text(thumbprint))  \(CertificateTime.text(notBefore))"
            + " to \(CertificateTime.text(notAfter))  \(subject)"
    }
}

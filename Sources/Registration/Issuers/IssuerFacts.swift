// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage
package import Text

/// A trusted issuer for people and for programs.
package enum IssuerFacts {
    /// The issuer of this name in `store`.
    package static func presentation(
        of name: String,
        in store: some RegistrationStore,
        now: Int64
    ) throws -> Presentation {
        try IssuerRegistration.check(name: name)
        guard let issuer = try store.issuer(name) else { throw StoreError.noIssuer(name) }
        return Presentation(
            lines: [FactLines.text(all(issuer, now: now))],
            value: information(issuer)
        )
    }

    /// A list of issuers.
    package static func presentation(of issuers: [IssuerRecord]) -> Presentation {
        Presentation(
            lines: [columns.heading] + issuers.map(line),
            value: .array(issuers.map(information))
        )
    }

    /// An issuer for programs.
    package static func information(_ issuer: IssuerRecord) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(issuer.name),
            RegistrationField.issuer.rawValue: .string(issuer.issuer),
            RegistrationField.issuerAlgorithms.rawValue: texts(issuer.algorithms),
            RegistrationField.issuerClients.rawValue: texts(issuer.clients),
            RegistrationField.tokenAudiences.rawValue: texts(issuer.tokenAudiences),
            RegistrationField.issuerScopes.rawValue: texts(issuer.scopes),
            RegistrationField.maxLifetime.rawValue: .integer(Int64(issuer.maxLifetime)),
            RegistrationField.replay.rawValue: .string(replay(issuer).rawValue),
            "created_at": .integer(issuer.created),
        ]
        members[RegistrationField.jwks.rawValue] = issuer.jwks.flatMap { keySet($0) }
        members[RegistrationField.jwksURI.rawValue] = issuer.jwksURI.map { .string($0) }
        members["fetched_jwks"] = issuer.fetchedJWKS.flatMap { keySet($0) }
        members["fetched_at"] = issuer.fetchedAt.map { .integer($0) }
        members[RegistrationField.expectedAudience.rawValue] = issuer.audience.map { .string($0) }
        members[RegistrationField.subjectPattern.rawValue] = issuer.subjects.map { .string($0) }
        members[RegistrationField.labels.rawValue] = LabelRules.value(issuer.labels)
        return .object(members)
    }

    private static func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    private static func keySet(_ text: String) -> JSONValue? { JSONValue(text.utf8Span.span) }

    private static func replay(_ issuer: IssuerRecord) -> ReplayChoice {
        issuer.allowsReplay ? .allow : .refuse
    }

    private static func all(_ issuer: IssuerRecord, now: Int64) -> [(String, String)] {
        var facts = [
            ("name", issuer.name), ("iss", issuer.issuer),
            ("subjects here", issuer.name + ":" + (issuer.subjects ?? "*")),
            ("aud", issuer.audience ?? "(this server's issuer)"),
            ("algorithms", issuer.algorithms.joined(separator: ", ")),
        ]
        if let uri = issuer.jwksURI {
            facts.append(("jwks_uri", uri))
            facts.append(("keys fetched", fetched(issuer, now: now)))
        }
        facts += keyNames(issuer.jwks ?? issuer.fetchedJWKS).map { ("key", $0) }
        facts += issuer.clients.map { ("client", $0) }
        facts += issuer.tokenAudiences.map { ("token audience", $0) }
        if !issuer.scopes.isEmpty { facts.append(("scopes", issuer.scopes.joined(separator: " "))) }
        facts += [
            ("max lifetime", "\(issuer.maxLifetime) s"), ("replay", replay(issuer).rawValue),
        ]
        return facts + LabelRules.facts(issuer.labels)
            + [("made", CertificateTime.text(issuer.created))]
    }

    private static func fetched(_ issuer: IssuerRecord, now: Int64) -> String {
        guard let time = issuer.fetchedAt else { return "never: its JWTs are answered with 503" }
        let isOld = now - time > TrustedIssuer.keysAgeMax
        return CertificateTime.text(time)
            + (isOld ? ", more than a day ago: its JWTs are answered with 503" : "")
    }

    /// The `kid` and kind of each usable key.
    private static func keyNames(_ jwks: String?) -> [String] {
        guard let jwks, case .array(let keys)? = keySet(jwks)?["keys"] else { return [] }
        return keys.map { key in
            let parts = [key["kty"]?.text, key["crv"]?.text, key["alg"]?.text].compactMap { $0 }
            return "\(key["kid"]?.text ?? "without kid") (\(parts.joined(separator: ", ")))"
        }
    }

    private static let columns = TextColumns([
        ("CLIENTS", 7), ("KEYS", 8), ("NAME", 12), ("ISS", 0),
    ])

    private static func line(_ issuer: IssuerRecord) -> String {
        columns.line([
            "\(issuer.clients.count)", issuer.jwksURI == nil ? "jwks" : "jwks_uri", issuer.name,
            issuer.issuer,
        ])
    }
}

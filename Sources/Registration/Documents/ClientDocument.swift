// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import OAuth
package import Storage
package import Text

/// A client's JSON object as people and programs give it: what `ClientInformation` prints, with
/// `certificates` as texts beside it.
///
/// A member that no client has is refused, so that a misspelt one is not lost. Those that only the
/// server says are read and change nothing: what was read can be put back as it is.
package enum ClientDocument {
    /// Members of the server's answer, which change nothing.
    package static let readOnlyMembers = ClientInformation.ServerMember.allCases.map(\.rawValue)

    /// A new client; throws a `RegistrationError` with everything that is wrong.
    ///
    /// Its id is `address`, or else the document's, or else a random one. `soundKeys` are digests
    /// of keys of its certificates in which nothing was found before.
    package static func new(
        _ document: JSONValue,
        clientID address: String? = nil,
        secrets: ClientRegistration.NewSecrets = .whereUsed,
        at now: Int64,
        soundKeys: Set<Digest256> = [],
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws -> ClientRegistration {
        let metadata = try read(document, nil, now, lookup, soundKeys)
        var findings = unknownMembers(document)
        findings += otherID(metadata, than: address ?? metadata.clientID)
        if case .text = metadata.secret {
            findings.refuse(
                .clientSecret,
                "The server makes the secret.",
                "Leave \(field: .clientSecret) out; the answer has it."
            )
        }
        let made = try judged(with: findings) {
            try ClientRegistration.new(
                metadata.change,
                clientID: address ?? metadata.clientID,
                secrets: metadata.secret == .null ? .whereNeeded : secrets,
                at: now
            )
        }
        return made.warning(metadata.warnings)
    }

    /// `old` replaced by what the document says; throws everything that is wrong.
    ///
    /// A member that is left out gets its default, except the secret, which stays;
    /// `"client_secret": null` removes it. Certificates that stay are the registrations that they
    /// were; `soundKeys` are as those of a new client.
    package static func replacing(
        _ old: ClientRecord,
        by document: JSONValue,
        at now: Int64,
        soundKeys: Set<Digest256> = [],
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws -> ClientRegistration {
        let metadata = try read(document, old, now, lookup, soundKeys)
        var findings = unknownMembers(document) + otherID(metadata, than: old.clientID)
        if case .text(let secret) = metadata.secret, !old.hasSecret(secret) {
            // RFC 7592 §2.2: it must be the one that the client has.
            findings.refuse(
                .clientSecret,
                "This is not the client's secret, and the server makes new ones.",
                "Leave \(field: .clientSecret) out."
            )
        }
        let made = try judged(with: findings) {
            try ClientRegistration.replaced(
                old,
                by: metadata.change,
                removesSecret: metadata.secret == .null,
                at: now
            )
        }
        return made.warning(metadata.warnings)
    }

    /// `old` after a JSON Merge Patch (RFC 7396) of what is printed of it; null resets a member to
    /// its default.
    ///
    /// A member that is named takes the place of those that exclude it: a new `jwks_uri` that of
    /// the keys.
    package static func patching(
        _ old: ClientRecord,
        with patch: JSONValue,
        at now: Int64,
        lookup: @escaping CertificateLookup = { _ in nil }
    ) throws -> ClientRegistration {
        guard case .object(let changes) = patch,
            case .object(var members) = ClientInformation.value(old)
        else {
            throw RegistrationError(
                .invalid(.clientName, "A merge patch is a JSON object (RFC 7396).", remedy: "")
            )
        }
        func isGiven(_ field: RegistrationField) -> Bool {
            changes[field.rawValue].map { $0 != .null } ?? false
        }
        for group in alternatives where group.contains(where: isGiven) {
            for field in group where changes[field.rawValue] == nil {
                members[field.rawValue] = nil
            }
        }
        guard case .object(var merged) = JSONValue.object(members).merged(with: patch) else {
            return try replacing(old, by: patch, at: now, lookup: lookup)
        }
        let secret = RegistrationField.clientSecret.rawValue
        if changes[secret] == .null { merged[secret] = .null }
        return try replacing(old, by: .object(merged), at: now, lookup: lookup)
    }

    /// Members of which one excludes the others, or says them again.
    private static let alternatives: [[RegistrationField]] = [
        [.jwks, .jwksURI, .certificates], [.trustSet, .caCertificates],
        [.grantTypes, .responseTypes], RegistrationField.subjects,
    ]

    /// The document's values; throws what cannot be read with the members that are unknown.
    private static func read(
        _ document: JSONValue,
        _ registered: ClientRecord?,
        _ now: Int64,
        _ lookup: @escaping CertificateLookup,
        _ soundKeys: Set<Digest256> = []
    ) throws -> ClientMetadata {
        do {
            return try ClientMetadata(
                document,
                registered: registered,
                now: now,
                soundKeys: soundKeys,
                lookup: lookup
            )
        } catch let error as RegistrationError {
            throw RegistrationError(unknownMembers(document) + error.findings)
        }
    }

    private static func unknownMembers(_ document: JSONValue) -> [RegistrationFinding] {
        let known = RegistrationField.ofClients.map(\.rawValue)
        return ClientMetadata.unknown(in: document).map { .unknown($0, among: known) }
    }

    private static func otherID(
        _ metadata: ClientMetadata,
        than address: String?
    ) -> [RegistrationFinding] {
        guard let named = metadata.clientID, let address, named != address else { return [] }
        return [
            .invalid(
                .clientID,
                "The document is that of the client \(PrintableText.escaped(named)).",
                remedy: "Leave \(field: .clientID) out, or give \(PrintableText.escaped(address))."
            )
        ]
    }

    /// The result of `make`; throws its findings and the others at once.
    private static func judged(
        with others: [RegistrationFinding],
        _ make: () throws -> ClientRegistration
    ) throws -> ClientRegistration {
        do {
            let made = try make()
            try RegistrationError.refuse(others)
            return made
        } catch let error as RegistrationError where error.findings != others {
            throw RegistrationError(others + error.findings)
        }
    }
}

extension ClientRegistration {
    /// `old` as a new client of `change` would be, with its identity and its secret; throws
    /// everything that is wrong with what the change brings in.
    ///
    /// A client that its secret authenticates gets one where it has none.
    static func replaced(
        _ old: ClientRecord,
        by change: ClientChange,
        removesSecret: Bool,
        at now: Int64
    ) throws -> ClientRegistration {
        var (change, start) = (change, start(change, clientID: old.clientID, at: now))
        (start.createdAt, start.tokensValidFrom) = (old.createdAt, old.tokensValidFrom)
        start.version = old.version
        if !removesSecret {
            (start.secretHash, start.sharedSecret) = (old.secretHash, old.sharedSecret)
            if change.secret == nil, start.lacksSecret { change.secret = try newSecret() }
        }
        let applied = ClientChangeApplication(change, to: start, replacing: old, now: now)
        var new = applied.client
        if new.jwksURI != nil, new.jwksURI == old.jwksURI,
            new.authenticationMethod == old.authenticationMethod
        {
            (new.fetchedJWKS, new.certificates) = (old.fetchedJWKS, old.certificates)
        }
        new.endTokensWhereProofEnds(since: old, at: now)
        let findings = applied.findings(with: new.findings(since: old))
        try RegistrationError.refuse(findings)
        return ClientRegistration(client: new, secret: change.secret, warnings: applied.warnings)
    }

    /// Whether the record differs from `old` in more than the time of the change.
    package func changes(_ old: ClientRecord) -> Bool {
        client.comparable != old.comparable
    }

    /// The same with more warnings.
    fileprivate func warning(_ more: [RegistrationWarning]) -> ClientRegistration {
        ClientRegistration(client: client, secret: secret, warnings: warnings + more)
    }
}

extension ClientRecord {
    /// Whether the method needs a secret that is not there, in the form that it needs.
    fileprivate var lacksSecret: Bool {
        guard isAuthenticatedBySecret else { return false }
        return method == .secretJWT ? sharedSecret == nil : secretHash == nil
    }

    /// Whether this is the client's secret.
    fileprivate func hasSecret(_ secret: String) -> Bool {
        ClientSecretHash(of: Array(secret.utf8).span).stored == secretHash
    }

    /// Without what each change has anew, and with certificates in one order.
    fileprivate var comparable: ClientRecord {
        var record = self
        (record.updatedAt, record.version) = (0, 0)
        record.certificates.sort { $0.thumbprint.lexicographicallyPrecedes($1.thumbprint) }
        record.caCertificates.sort { $0.thumbprint.lexicographicallyPrecedes($1.thumbprint) }
        return record
    }
}

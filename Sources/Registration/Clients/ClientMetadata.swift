// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage
package import Text

/// A client's metadata document (RFC 7591 §2), parsed into a change, with its unknown members.
package struct ClientMetadata: Sendable {
    /// The client's values.
    package let change: ClientChange
    /// The `client_id` that it names, as a response or an update has it (RFC 7592 §2.2).
    package let clientID: String?
    /// Unknown members, by name.
    ///
    /// RFC 7591 §2 has a server ignore them; a command can warn of them.
    package let unknown: [String]

    /// Reads a document; throws each member of a wrong type, and each value that cannot be read.
    ///
    /// A member that is null counts as left out (RFC 7592 §2.2).
    package init(_ document: JSONValue, now: Int64) throws(RegistrationError) {
        guard case .object(let members) = document else {
            throw RegistrationError(
                .invalid(.clientName, "The metadata of a client are a JSON object.", remedy: "")
            )
        }
        var reader = Reader(members: members)
        change = reader.change(now: now)
        clientID = reader.text(.clientID)
        try RegistrationError.refuse(reader.findings)
        let known =
            RegistrationField.ofClients.map(\.rawValue)
            + ClientInformation.ServerMember.allCases.map(\.rawValue)
        unknown = members.keys.filter { !known.contains($0) }.sorted()
    }
}

extension RegistrationField {
    /// The members of a client's metadata.
    static let ofClients: [RegistrationField] =
        [
            .clientID, .clientName, .clientSecret, .authenticationMethod, .signingAlgorithm,
            .grantTypes, .responseTypes, .scope, .redirectURIs, .jwks, .jwksURI, .boundTokens,
            .trustSet, .caCertificates, .audiences, .tokenFormat, .tokenLifetime, .reuseWindow,
            .mayIntrospect, .enabled, .requiresPushedRequests, .refreshRotation, .refreshLifetime,
            .refreshIdle, .tokenSigningAlgorithm, .claims, .labels,
        ] + subjects
}

/// Takes members out of a document, and gathers what is wrong with them.
private struct Reader {
    let members: [String: JSONValue]
    private(set) var findings: [RegistrationFinding] = []

    init(members: [String: JSONValue]) {
        self.members = members
    }

    mutating func change(now: Int64) -> ClientChange {
        var change = ClientChange()
        change.name = text(.clientName)
        change.method = text(.authenticationMethod)
        change.signingAlgorithm = text(.signingAlgorithm)
        change.grantTypes = texts(.grantTypes)
        change.scopes = text(.scope).map { $0.split(separator: " ").map(String.init) }
        change.redirectURIs = texts(.redirectURIs)
        change.audiences = texts(.audiences)
        change.tokenFormat = text(.tokenFormat)
        change.tokenLifetime = number(.tokenLifetime)
        change.reuseWindow = number(.reuseWindow)
        change.mayIntrospect = boolean(.mayIntrospect)
        change.boundTokens = boolean(.boundTokens)
        change.isEnabled = boolean(.enabled)
        change.subject = subject()
        change.keySet = keySet()
        change.keysURI = text(.jwksURI)
        change.trustSet = text(.trustSet)
        change.caCertificates = caCertificates(now: now)
        change.requiresPushedRequests = boolean(.requiresPushedRequests)
        change.refreshRotation = boolean(.refreshRotation).map { .value($0) }
        change.refreshLifetime = number(.refreshLifetime).map { .value($0) }
        change.refreshIdle = number(.refreshIdle).map { .value($0) }
        change.tokenSigningAlgorithm = text(.tokenSigningAlgorithm)
        if let claims = claims() { (change.claims, change.removesClaims) = (claims, true) }
        if let labels = labels() { change.labels = LabelChange(instead: labels) }
        change.responseTypes = texts(.responseTypes)
        return change
    }

    private func value(_ field: RegistrationField) -> JSONValue? {
        let value = members[field.rawValue]
        return value == .null ? nil : value
    }

    private mutating func refuse(
        _ field: RegistrationField,
        _ reason: RegistrationText,
        _ remedy: RegistrationText = ""
    ) {
        findings.append(.invalid(field, reason, remedy: remedy))
    }

    mutating func text(_ field: RegistrationField) -> String? {
        guard let value = value(field) else { return nil }
        if let text = value.text { return text }
        refuse(field, "\(field: field) is a string.")
        return nil
    }

    private mutating func texts(_ field: RegistrationField) -> [String]? {
        guard let value = value(field) else { return nil }
        if case .array = value, let texts = value.texts { return texts }
        refuse(field, "\(field: field) is an array of strings.")
        return nil
    }

    private mutating func boolean(_ field: RegistrationField) -> Bool? {
        guard let value = value(field) else { return nil }
        if case .boolean(let value) = value { return value }
        refuse(field, "\(field: field) is true or false.")
        return nil
    }

    private mutating func number(_ field: RegistrationField) -> Int? {
        guard let value = value(field) else { return nil }
        if case .integer(let value) = value { return Int(value) }
        refuse(field, "\(field: field) is a whole number.")
        return nil
    }

    /// One of five members at most.
    private mutating func subject() -> SubjectRegistration? {
        let named = CertificateSubject.Kind.allCases.filter { value(RegistrationField($0)) != nil }
        if let finding = SubjectRegistration.finding(about: named) {
            findings.append(finding)
            return nil
        }
        guard let kind = named.first, let text = text(RegistrationField(kind)) else { return nil }
        return take { () throws(RegistrationError) in try SubjectRegistration(kind, text) }
    }

    private mutating func keySet() -> KeySetRegistration? {
        guard let value = value(.jwks) else { return nil }
        guard case .object = value else {
            refuse(.jwks, "\(field: .jwks) is a JWK Set, an object (RFC 7517 §5).")
            return nil
        }
        let text = Array(value.compactText.utf8)
        return take { () throws(RegistrationError) in try KeySetRegistration(text) }
    }

    /// A JWK Set whose keys carry the certificates; the keys themselves say nothing here.
    private mutating func caCertificates(now: Int64) -> [CertificateRecord] {
        guard let value = value(.caCertificates) else { return [] }
        guard case .array(let keys) = value["keys"] else {
            refuse(
                .caCertificates,
                "\(field: .caCertificates) is a JWK Set, an object (RFC 7517 §5)."
            )
            return []
        }
        var records: [CertificateRecord] = []
        for key in keys {
            guard case .array(let chain) = key["x5c"], let text = chain.first?.text,
                let der = Base64.decode(text.utf8Span.span)
            else {
                refuse(
                    .caCertificates,
                    "A key of \(field: .caCertificates) has no certificate in `x5c`"
                        + " (RFC 7517 §4.7)."
                )
                continue
            }
            let accepted = take { () throws(RegistrationError) in
                try CertificateRegistration.caCertificates(der, now: now)
            }
            records += (accepted ?? []).map(\.record)
        }
        return records
    }

    /// All claims, in the place of those that there are.
    private mutating func claims() -> [StaticClaim]? {
        guard let value = value(.claims) else { return nil }
        guard case .object(let members) = value else {
            refuse(.claims, "\(field: .claims) is an object.")
            return nil
        }
        return members.sorted { $0.key < $1.key }.map { StaticClaim(name: $0.key, value: $0.value) }
    }

    /// All labels, in the place of those that there are.
    private mutating func labels() -> [String: String]? {
        guard let value = value(.labels) else { return nil }
        guard let labels = LabelRules.labels(value) else {
            findings.append(LabelRules.noLabels)
            return nil
        }
        return labels
    }

    private mutating func take<Value>(
        _ read: () throws(RegistrationError) -> Value
    ) -> Value? {
        do throws(RegistrationError) {
            return try read()
        } catch {
            findings += error.findings
            return nil
        }
    }
}

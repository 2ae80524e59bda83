// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
internal import Text

/// Finds the certificate of a thumbprint among those that are registered; nil where there is none.
package typealias CertificateLookup = ([UInt8]) throws -> CertificateRecord?

/// Takes members out of a document, and gathers what is wrong with them.
///
/// A member that is null counts as left out (RFC 7592 §2.2).
struct DocumentReader {
    let members: [String: JSONValue]
    private let now: Int64
    /// Keys of clients' certificates in which nothing was found before.
    private let soundKeys: Set<Digest256>
    private let lookup: CertificateLookup
    private(set) var findings: [RegistrationFinding] = []
    private(set) var warnings: [RegistrationWarning] = []
    /// Why `lookup` failed, which is no finding.
    private(set) var failure: (any Error)?

    init(
        _ members: [String: JSONValue],
        now: Int64,
        soundKeys: Set<Digest256> = [],
        lookup: @escaping CertificateLookup
    ) {
        (self.members, self.now) = (members, now)
        (self.soundKeys, self.lookup) = (soundKeys, lookup)
    }

    /// The members that are none of `fields` nor `readOnly`, in order.
    func unknown(besides fields: [RegistrationField], _ readOnly: [String]) -> [String] {
        let known = Set(fields.map(\.rawValue) + readOnly)
        return members.keys.filter { !known.contains($0) }.sorted()
    }

    /// Throws what was wrong, and why it could not be found out.
    func finish(_ others: [RegistrationFinding] = []) throws {
        if let failure { throw failure }
        try RegistrationError.refuse(findings + others)
    }

    mutating func add(_ finding: RegistrationFinding) { findings.append(finding) }

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

    mutating func texts(_ field: RegistrationField) -> [String]? {
        guard let value = value(field) else { return nil }
        if case .array = value, let texts = value.texts { return texts }
        refuse(field, "\(field: field) is an array of strings.")
        return nil
    }

    mutating func boolean(_ field: RegistrationField) -> Bool? {
        guard let value = value(field) else { return nil }
        if case .boolean(let value) = value { return value }
        refuse(field, "\(field: field) is true or false.")
        return nil
    }

    mutating func number(_ field: RegistrationField) -> Int? {
        guard let value = value(field) else { return nil }
        if case .integer(let value) = value { return Int(value) }
        refuse(field, "\(field: field) is a whole number.")
        return nil
    }

    /// One of five members at most.
    mutating func subject() -> SubjectRegistration? {
        let named = CertificateSubject.Kind.allCases.filter { value(RegistrationField($0)) != nil }
        if let finding = SubjectRegistration.finding(about: named) {
            findings.append(finding)
            return nil
        }
        guard let kind = named.first, let text = text(RegistrationField(kind)) else { return nil }
        return take { () throws(RegistrationError) in try SubjectRegistration(kind, text) }
    }

    /// All claims, in the place of those that there are.
    mutating func claims() -> [StaticClaim]? {
        guard let value = value(.claims) else { return nil }
        guard case .object(let members) = value else {
            refuse(.claims, "\(field: .claims) is an object.")
            return nil
        }
        return members.sorted { $0.key < $1.key }.map { StaticClaim(name: $0.key, value: $0.value) }
    }

    /// All labels, in the place of those that there are.
    mutating func labels() -> LabelChange? {
        guard let value = value(.labels) else { return nil }
        guard let labels = LabelRules.labels(value) else {
            findings.append(LabelRules.noLabels)
            return nil
        }
        return LabelChange(instead: labels)
    }

    /// The keys of `jwks`; apart from them the `registered` certificates among those of its keys,
    /// which are not judged again, where keys stand for certificates.
    mutating func keySet(
        registered: [CertificateRecord]?
    ) -> (set: KeySetRegistration?, certificates: [CertificateRecord]) {
        guard var value = value(.jwks) else { return (nil, []) }
        guard case .object(var members) = value else {
            refuse(.jwks, "\(field: .jwks) is a JWK Set, an object (RFC 7517 §5).")
            return (nil, [])
        }
        // Of those too that are not judged again: a private key that was shown is compromised.
        let set = value
        let isPublic: Void? = take { () throws(RegistrationError) in
            try KeySetRegistration.refuseSecrets(set)
        }
        guard isPublic != nil else { return (nil, []) }
        var kept: [CertificateRecord] = []
        if let registered, case .array(let keys)? = members["keys"] {
            let others = keys.filter { key in
                guard let der = Self.certificate(of: key),
                    let known = registered.first(where: { $0.der == der })
                else { return true }
                kept.append(known)
                return false
            }
            guard kept.isEmpty || !others.isEmpty else { return (nil, kept) }
            members["keys"] = .array(others)
            value = .object(members)
        }
        let text = Array(value.compactText.utf8)
        return (take { () throws(RegistrationError) in try KeySetRegistration(text) }, kept)
    }

    /// Texts of certificates: in PEM, or a registered one's thumbprint.
    mutating func certificates(registered: [CertificateRecord]) -> [CertificateRecord] {
        guard let texts = texts(.certificates) else { return [] }
        let (now, soundKeys) = (now, soundKeys)
        return records(of: texts, .certificates, registered) { bytes throws(RegistrationError) in
            [
                try CertificateRegistration.client(
                    bytes,
                    now: now,
                    registered: registered,
                    soundKeys: soundKeys
                )
            ]
        }
    }

    /// CAs: such texts, or a JWK Set whose keys carry them; the keys themselves say nothing here.
    mutating func caCertificates(registered: [CertificateRecord]) -> [CertificateRecord] {
        guard let value = value(.caCertificates) else { return [] }
        let now = now
        let judge = { (bytes: [UInt8]) throws(RegistrationError) in
            try CertificateRegistration.caCertificates(bytes, now: now, registered: registered)
        }
        if case .array = value {
            guard let texts = texts(.caCertificates) else { return [] }
            return records(of: texts, .caCertificates, registered, judge)
        }
        guard case .array(let keys) = value["keys"] else {
            refuse(
                .caCertificates,
                "\(field: .caCertificates) is a JWK Set, an object (RFC 7517 §5), or an array of"
                    + " certificates in PEM."
            )
            return []
        }
        var records: [CertificateRecord] = []
        for key in keys {
            guard let der = Self.certificate(of: key) else {
                refuse(
                    .caCertificates,
                    "A key of \(field: .caCertificates) has no certificate in `x5c`"
                        + " (RFC 7517 §4.7)."
                )
                continue
            }
            records += accept { () throws(RegistrationError) in try judge(der) }
        }
        return records
    }

    /// The certificate of a JWK in DER; nil without one.
    private static func certificate(of key: JSONValue) -> [UInt8]? {
        guard case .array(let chain) = key["x5c"], let text = chain.first?.text else { return nil }
        return Base64.decode(text.utf8Span.span)
    }

    private mutating func records(
        of texts: [String],
        _ field: RegistrationField,
        _ registered: [CertificateRecord],
        _ judge: ([UInt8]) throws(RegistrationError) -> [CertificateRegistration.Accepted]
    ) -> [CertificateRecord] {
        var records: [CertificateRecord] = []
        for text in texts {
            if text.contains("-----BEGIN") {
                let bytes = Array(text.utf8)
                records += accept { () throws(RegistrationError) in try judge(bytes) }
            } else if let thumbprint = try? Thumbprint.parse(text) {
                if let known = registered.first(where: { $0.thumbprint == thumbprint }) {
                    records.append(known)
                } else if let der = registeredElsewhere(thumbprint) {
                    records += accept { () throws(RegistrationError) in try judge(der) }
                } else {
                    refuse(
                        field,
                        "No certificate with the thumbprint \(PrintableText.escaped(text)) is"
                            + " registered.",
                        "Give the certificate itself in PEM."
                    )
                }
            } else {
                refuse(
                    field,
                    "An entry of \(field: field) is neither a certificate in PEM nor the"
                        + " thumbprint of a registered one."
                )
            }
        }
        return records
    }

    private mutating func registeredElsewhere(_ thumbprint: [UInt8]) -> [UInt8]? {
        do {
            return try lookup(thumbprint)?.der
        } catch {
            failure = error
            return nil
        }
    }

    private mutating func accept(
        _ judge: () throws(RegistrationError) -> [CertificateRegistration.Accepted]
    ) -> [CertificateRecord] {
        let accepted = take(judge) ?? []
        warnings += accepted.flatMap(\.warnings)
        return accepted.map(\.record)
    }

    mutating func take<Value>(_ read: () throws(RegistrationError) -> Value) -> Value? {
        do throws(RegistrationError) {
            return try read()
        } catch {
            findings += error.findings
            return nil
        }
    }
}

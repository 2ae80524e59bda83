// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage

/// The rules of a trust set, the same for every front end.
enum TrustSetRules {
    static func nameFinding(_ name: String, _ field: RegistrationField) -> RegistrationFinding? {
        guard !TrustSetRecord.isName(name) else { return nil }
        return .invalid(
            field,
            "The name of a trust set has 1 to 64 letters, digits, full stops, underscores and"
                + " hyphens, without accents.",
            remedy: ""
        )
    }

    /// Everything that is wrong with `set`.
    static func findings(_ set: TrustSetRecord) -> [RegistrationFinding] {
        var findings: [RegistrationFinding] = []
        if let finding = nameFinding(set.name, .trustSetName) { findings.append(finding) }
        findings += TrustDomainRules.findings(set)
        findings += caFindings(set)
        findings += LabelRules.findings(set.labels)
        if set.sources.count > TrustSetRecord.sourcesMax
            || Set(set.sources).count != set.sources.count
        {
            findings.append(
                .invalid(
                    .revocationSources,
                    "A trust set has at most \(TrustSetRecord.sourcesMax) sources of revocation"
                        + " lists, each once.",
                    remedy: ""
                )
            )
        }
        for source in set.sources where !TrustSetRecord.isSource(source) {
            findings.append(RevocationSource.finding(source, RevocationSource.fileRule))
        }
        if RevocationChoice(rawValue: set.revocation) == nil {
            let known = RevocationChoice.allCases.map(\.rawValue)
            findings.append(
                .invalid(
                    .revocation,
                    "There is no revocation mode \(PrintableText.escaped(set.revocation)).",
                    remedy: "Choose one of \(known.joined(separator: ", "))."
                )
            )
        } else if set.sources.isEmpty, set.revocation != RevocationChoice.off.rawValue {
            findings.append(
                .invalid(
                    .revocation,
                    with: [.revocationSources],
                    "\(field: .revocation, set.revocation) needs a revocation list.",
                    remedy: "Give \(field: .revocationSources), or \(field: .revocation, "off")."
                )
            )
        }
        return findings
    }

    private static func caFindings(_ set: TrustSetRecord) -> [RegistrationFinding] {
        guard !set.caCertificates.isEmpty else {
            // Until its bundle was fetched.
            if set.spiffe != nil { return [] }
            return [
                .invalid(
                    .caCertificates,
                    "A trust set needs a CA.",
                    remedy: "Give \(field: .caCertificates)."
                )
            ]
        }
        guard set.caCertificates.count <= TrustSetRecord.caCertificatesMax,
            Set(set.caCertificates).count == set.caCertificates.count
        else {
            return [
                .invalid(
                    .caCertificates,
                    "A trust set has at most \(TrustSetRecord.caCertificatesMax) CA certificates,"
                        + " each once.",
                    remedy: ""
                )
            ]
        }
        do throws(CertificateError) {
            _ = try ChainVerifier(anchors: try anchors(set))
        } catch {
            return [.unusable(.caCertificates, error.description)]
        }
        return []
    }

    static func anchors(_ set: TrustSetRecord) throws(CertificateError) -> [Certificate] {
        var anchors: [Certificate] = []
        for der in set.caCertificates { anchors.append(try Certificate(der: der)) }
        return anchors
    }

    /// Whether the value of the field is the same in both.
    static func isSame(
        _ field: RegistrationField,
        _ new: TrustSetRecord,
        _ old: TrustSetRecord
    ) -> Bool {
        switch field {
        case .caCertificates: new.caCertificates == old.caCertificates
        case .revocationSources: new.sources == old.sources
        case .revocation: new.revocation == old.revocation
        case .labels: new.labels == old.labels
        case .serverAuthUntil: new.serverAuthUntil == old.serverAuthUntil
        case .trustDomain: new.spiffe?.trustDomain == old.spiffe?.trustDomain
        case .spiffeBundle: new.spiffe?.source == old.spiffe?.source
        case .maxStaleness: new.spiffe?.maxStaleness == old.spiffe?.maxStaleness
        case .acceptSequence: new.spiffe?.sequence == old.spiffe?.sequence
        default: new.name == old.name
        }
    }
}

/// The revocation mode of a trust set.
package enum RevocationChoice: String, Sendable, CaseIterable {
    /// No revocation check.
    case off
    /// A revoked certificate is refused.
    case soft
    /// A certificate without a current list is refused, too: fail closed.
    case hard
}

// SPDX-License-Identifier: Apache-2.0
/// The rules for CA certificates on a path, and for the leaf at its end.
///
/// These rules of RFC 5280 need no signature, so they are checked before any key is decoded.
/// OpenSSL has most of them too, but its errors do not name the rule.
enum IssuerPolicy {
    /// A rule that is broken.
    struct FailedCheck {
        let check: ChainCheck
        let error: ChainError
    }

    /// Why the certificate cannot sign others at `now`; nil if it can.
    static func finding(
        _ issuer: Certificate,
        _ role: ChainError.Role,
        now: Int64
    ) -> FailedCheck? {
        func refused(_ text: String) -> FailedCheck {
            FailedCheck(check: .intermediates, error: ChainError(.chain, role, issuer, text))
        }
        guard issuer.version == 3, issuer.isCA else {
            return refused("is no CA's: its basic constraints do not say CA:TRUE.")
        }
        if let usage = issuer.extensions.keyUsage, !usage.contains(.keyCertSign) {
            return refused("may not sign certificates: its key usage lacks keyCertSign.")
        }
        if let text = KeyPolicy.reasonToRefuse(issuer.publicKey) {
            let error = ChainError(.key, role, issuer, "is refused. \(text)")
            return FailedCheck(check: .intermediates, error: error)
        }
        if issuer.subject.isEmpty { return refused("has no subject, which a CA must have.") }
        return marks(issuer, role) ?? policies(issuer, role) ?? times(issuer, role, now)
    }

    /// Why the leaf cannot end a path; nil if it can.
    static func finding(leaf: Certificate) -> FailedCheck? {
        if leaf.extensions.nameConstraints != nil {
            let text = "has name constraints, which only a CA's may have."
            let error = ChainError(.nameConstraints, .leaf, leaf, text)
            return FailedCheck(check: .nameConstraints, error: error)
        }
        let critical = leaf.extensions.criticalTypes
        if leaf.subject.isEmpty, !leaf.extensions.subjectAlternativeNames.isEmpty,
            !critical.contains(.subjectAlternativeName)
        {
            // RFC 5280 §4.2.1.6
            let text = "has no subject, and alternative names that are not critical."
            return FailedCheck(check: .path, error: ChainError(.chain, .leaf, leaf, text))
        }
        return marks(leaf, .leaf) ?? policies(leaf, .leaf)
    }

    /// RFC 5280 §4.2.1.1, §4.2.1.2 and §4.2.2.1 forbid these to be critical.
    ///
    /// Extensions that should be critical are accepted as uncritical ones: keytool leaves basic
    /// constraints uncritical, and CAs of the web do so with name constraints.
    private static func marks(
        _ certificate: Certificate,
        _ role: ChainError.Role
    ) -> FailedCheck? {
        let never: [(ASN1ObjectIdentifier, String)] = [
            (.authorityKeyIdentifier, "authority key identifier"),
            (.subjectKeyIdentifier, "subject key identifier"),
            (.authorityInformationAccess, "authority information access"),
        ]
        let critical = certificate.extensions.criticalTypes
        guard let found = never.first(where: { critical.contains($0.0) }) else { return nil }
        let text = "has a critical \(found.1), which must not be critical."
        return FailedCheck(check: .path, error: ChainError(.chain, role, certificate, text))
    }

    /// RFC 5280 §4.2.1.11 and §4.2.1.14: software without policy processing must refuse these.
    private static func policies(
        _ certificate: Certificate,
        _ role: ChainError.Role
    ) -> FailedCheck? {
        let extensions = certificate.extensions
        let policies = extensions.policies
        func isUncritical(_ type: ASN1ObjectIdentifier) -> Bool {
            !extensions.criticalTypes.contains(type)
        }
        let hasConstraints = policies.requireExplicit != nil || policies.inhibitMapping != nil
        guard
            hasConstraints && isUncritical(.policyConstraints)
                || policies.inhibitAny != nil && isUncritical(.inhibitAnyPolicy)
        else { return nil }
        let text = "has policy constraints that are not critical, which they must be."
        return FailedCheck(check: .path, error: ChainError(.policy, role, certificate, text))
    }

    private static func times(
        _ issuer: Certificate,
        _ role: ChainError.Role,
        _ now: Int64
    ) -> FailedCheck? {
        guard !issuer.isValid(at: now) else { return nil }
        let error =
            now < issuer.notBefore
            ? ChainError(
                .notYetValid,
                role,
                issuer,
                "is not valid before \(CertificateTime.text(issuer.notBefore))."
            )
            : ChainError(
                .expired,
                role,
                issuer,
                "expired at \(CertificateTime.text(issuer.notAfter))."
            )
        return FailedCheck(check: .path, error: error)
    }
}

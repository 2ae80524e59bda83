// SPDX-License-Identifier: Apache-2.0
/// Certificates from a leaf up to a trust anchor: each but the last is issued by the next one.
struct CertificatePath: Sendable {
    /// Leaf first, anchor last; at least two.
    let certificates: [Certificate]

    /// Takes the anchor first, and what leads down from it to the issuer of `leaf`.
    init(from issuers: [Certificate], to leaf: Certificate) {
        certificates = [leaf] + issuers.reversed()
    }

    var leaf: Certificate { certificates[0] }
    var anchor: Certificate { certificates[certificates.count - 1] }
    /// The certificates between leaf and trust anchor, from the leaf upwards.
    var intermediates: ArraySlice<Certificate> { certificates.dropFirst().dropLast() }
    /// All but the leaf.
    var issuers: ArraySlice<Certificate> { certificates.dropFirst() }

    /// The role of the certificate at `index` on this path.
    func role(_ index: Int) -> ChainError.Role {
        switch index {
        case 0: .leaf
        case certificates.count - 1: .anchor
        default: .intermediate
        }
    }

    /// The first certificate whose extended key usage leaves out servers; nil if there is none.
    ///
    /// OpenSSL's check for servers also takes the old purposes of "server gated cryptography".
    var firstNotForServers: Int? {
        certificates.firstIndex { certificate in
            certificate.extensions.extendedKeyUsage != nil
                && !certificate.extensions.hasPurpose(.serverAuthentication)
        }
    }

    /// Why its name constraints cannot be checked; nil if they can.
    ///
    /// Called before signatures are checked: OpenSSL's comparisons grow with the product of names
    /// and constraints.
    func constraintError(workMax: Int) -> ChainError? {
        for (index, issuer) in certificates.enumerated().dropFirst() {
            guard let malformation = issuer.extensions.nameConstraints?.malformation else {
                continue
            }
            return ChainError(
                .nameConstraints,
                role(index),
                issuer,
                "has name constraints that \(malformation)."
            )
        }
        let names = certificates.reduce(0) { count, certificate in
            count + certificate.extensions.subjectAlternativeNames.count
                + certificate.subject.relativeNames.count
        }
        let constraints = issuers.reduce(0) { $0 + ($1.extensions.nameConstraints?.count ?? 0) }
        let (work, overflows) = names.multipliedReportingOverflow(by: constraints)
        guard overflows || work > workMax else { return nil }
        return ChainError(.nameConstraints, "There are too many name constraints to check.")
    }

    /// Why a name on it cannot be within the name constraints above; nil if OpenSSL's word counts.
    var nameError: ChainError? {
        for (index, certificate) in certificates.enumerated().dropLast() {
            // RFC 5280 §6.1.3: a self-issued certificate is exempt, unless it is the leaf.
            if index > 0, certificate.isSelfIssued { continue }
            let above = certificates[(index + 1)...].compactMap(\.extensions.nameConstraints)
            guard let violation = ConstrainedNames(under: above).violation(in: certificate) else {
                continue
            }
            return ChainError(.nameConstraints, role(index), certificate, violation)
        }
        return nil
    }
}

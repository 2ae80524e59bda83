// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// How a certificate stands with a client of `self_signed_tls_client_auth` (RFC 8705 §2.2).
public enum SelfSignedCheck: Sendable, Equatable {
    /// It is registered, and in its time.
    case accepted
    /// It is none of those that are registered.
    case notRegistered
    /// It is registered, and its time has not begun.
    case notYetValid
    /// It is registered, and its time is over.
    case expired
}

extension SelfSignedCheck {
    /// Why it does not authenticate; nil if it does.
    var failedCheck: Check? {
        switch self {
        case .accepted: nil
        case .notRegistered: .certificateNotRegistered
        case .notYetValid: .certificateNotYetValid
        case .expired: .certificateExpired
        }
    }
}

extension RegisteredCertificate {
    /// How it stands with the client that it is registered for.
    func selfSignedCheck(now: Int64) -> SelfSignedCheck {
        if now < notBefore { return .notYetValid }
        return now <= notAfter ? .accepted : .expired
    }
}

/// What the trust of a client of `tls_client_auth` makes of a peer's certificates.
public enum CertificateCheck: Sendable {
    /// There is no certificate, or none that can be read.
    case malformed
    /// It is not the certificate whose key was proven.
    case mismatch
    /// It is not for the registered subject.
    case otherSubject(Certificate)
    /// The subject is right; what was found about the chain.
    case chainChecked(ChainVerification)

    /// Why the certificate does not authenticate, as the log names it; nil if it does.
    public var failedCheck: Check? {
        switch self {
        case .malformed: .certificateMalformed
        case .mismatch: .certificateMismatch
        case .otherSubject: .subjectMismatch
        case .chainChecked(let verification) where verification.refusedBy == .revocation:
            verification.isRevoked ? .certificateRevoked : .revocationUnknown
        case .chainChecked(let verification) where verification.refusedBy != nil: .chainRefused
        case .chainChecked: nil
        }
    }
}

extension ChainVerification {
    /// Whether a list names a certificate of the path; else it is not known.
    fileprivate var isRevoked: Bool {
        guard case .refused(let refusal) = result else { return false }
        return refusal.code == .revoked
    }
}

extension CertificateTrust {
    /// Judges the certificates that a peer sent, its own first, under the CAs of
    /// `verifier`.
    ///
    /// `proven` names the certificate whose key the peer holds. Costs as much as the chain does.
    public func check(
        _ chain: [[UInt8]],
        proven: Digest256,
        under verifier: ChainVerifier,
        now: Int64
    ) -> CertificateCheck {
        guard let der = chain.first, let certificate = try? Certificate(der: der) else {
            return .malformed
        }
        // The leaf alone is the identity, and it is the one whose key was proven (CVE-2023-2422).
        guard certificate.thumbprint == proven else { return .mismatch }
        guard subject.matches(certificate) else { return .otherSubject(certificate) }
        return .chainChecked(
            verifier.examine(
                leaf: certificate,
                intermediates: Array(chain.dropFirst()),
                now: now
            )
        )
    }
}

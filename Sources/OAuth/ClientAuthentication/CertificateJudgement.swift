// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// How a certificate stands with a client of `self_signed_tls_client_auth` (RFC 8705 §2.2).
public enum CertificateStanding: Sendable, Equatable {
    /// It is registered, and in its time.
    case accepted
    /// It is none of those that are registered.
    case notRegistered
    /// It is registered, and its time has not begun.
    case notYetValid
    /// It is registered, and its time is over.
    case expired
}

extension CertificateStanding {
    /// Why it does not authenticate; nil if it does.
    var refusal: Check? {
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
    func standing(now: Int64) -> CertificateStanding {
        if now < notBefore { return .notYetValid }
        return now <= notAfter ? .accepted : .expired
    }
}

/// What the trust of a client of `tls_client_auth` makes of a peer's certificates.
public enum TrustJudgement: Sendable {
    /// There is no certificate, or none that can be read.
    case malformed
    /// It is not the certificate whose key was proven.
    case mismatch
    /// It is not for the registered subject.
    case otherSubject(Certificate)
    /// The subject is right; what was found about the chain.
    case examined(ChainExamination)

    /// Why the certificate does not authenticate, as the log names it; nil if it does.
    public var refusal: Check? {
        switch self {
        case .malformed: .certificateMalformed
        case .mismatch: .certificateMismatch
        case .otherSubject: .subjectMismatch
        case .examined(let examination) where examination.refusedBy == .revocation:
            examination.isRevoked ? .certificateRevoked : .revocationUnknown
        case .examined(let examination) where examination.refusedBy != nil: .chainRefused
        case .examined: nil
        }
    }

    /// What the name of the refusal leaves open, for the log; nil where nothing.
    public var explanation: StaticString? {
        guard case .examined(let examination) = self,
            case .refused(let refusal) = examination.verdict
        else { return nil }
        return switch refusal.serverAuth {
        case .notAllowed:
            """
            the certificate is for servers only: its extended key usage has serverAuth and not \
            clientAuth, as public CAs issue them now; see Documentation/public-ca-cliff.md
            """
        case .ended:
            """
            the certificate is for servers only, which its trust set accepted until a day that is \
            over (--allow-server-auth-until); see Documentation/public-ca-cliff.md
            """
        case nil: nil
        }
    }
}

extension ChainExamination {
    /// Whether a list names a certificate of the path; else it is not known.
    fileprivate var isRevoked: Bool {
        guard case .refused(let refusal) = verdict else { return false }
        return refusal.code == .revoked
    }
}

extension CertificateTrust {
    /// Judges the certificates that a peer sent, its own first, under the authorities of
    /// `verifier`.
    ///
    /// `proven` names the certificate whose key the peer holds. Costs as much as the chain does.
    public func judge(
        _ chain: [[UInt8]],
        proven: Digest256,
        under verifier: ChainVerifier,
        now: Int64
    ) -> TrustJudgement {
        guard let der = chain.first, let certificate = try? Certificate(der: der) else {
            return .malformed
        }
        // The leaf alone is the identity, and it is the one whose key was proven (CVE-2023-2422).
        guard certificate.thumbprint == proven else { return .mismatch }
        guard subject.matches(certificate) else { return .otherSubject(certificate) }
        return .examined(
            verifier.examine(
                leaf: certificate,
                intermediates: Array(chain.dropFirst()),
                now: now
            )
        )
    }
}

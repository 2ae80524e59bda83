// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// The check of a certificate for `self_signed_tls_client_auth` (RFC 8705 §2.2).
public enum SelfSignedCheck: Sendable, Equatable {
    /// The certificate is registered, and within its validity period.
    case accepted
    /// The certificate is not registered for this client.
    case notRegistered
    /// The certificate is registered, and its validity period has not begun.
    case notYetValid
    /// The certificate is registered, and has expired.
    case expired
}

extension SelfSignedCheck {
    /// The check that failed; nil if the certificate authenticates the client.
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
    /// Checks the validity period of a certificate that is registered.
    func selfSignedCheck(now: Int64) -> SelfSignedCheck {
        if now < notBefore { return .notYetValid }
        return now <= notAfter ? .accepted : .expired
    }
}

/// The check of a peer's certificates for `tls_client_auth` and `spiffe_x509`.
public enum CertificateCheck: Sendable {
    /// There is no certificate, or none that can be parsed.
    case malformed
    /// The certificate is not the one whose key was proven.
    case mismatch
    /// The certificate is not for the registered subject.
    case otherSubject(Certificate)
    /// The certificate is no X.509-SVID, and why.
    case noSVID(Certificate, SVIDError)
    /// The certificate's SPIFFE ID is not one that the client is registered for.
    case otherSPIFFEID(Certificate, SPIFFEID)
    /// The subject matches; with the verification of the chain.
    case chainChecked(ChainVerification)
    /// The SPIFFE ID matches; with the verification of the chain.
    case svidChecked(SPIFFEID, ChainVerification)

    /// The verification of the chain; nil where there was none.
    public var verification: ChainVerification? {
        switch self {
        case .chainChecked(let verification), .svidChecked(_, let verification): verification
        case .malformed, .mismatch, .otherSubject, .noSVID, .otherSPIFFEID: nil
        }
    }

    /// The certificate's SPIFFE ID, where it is an X.509-SVID of a trust domain.
    public var spiffeID: SPIFFEID? {
        switch self {
        case .otherSPIFFEID(_, let id), .svidChecked(let id, _): id
        case .malformed, .mismatch, .otherSubject, .noSVID, .chainChecked: nil
        }
    }

    /// The check that failed, as the log names it; nil if the certificate authenticates the client.
    public var failedCheck: Check? {
        switch self {
        case .malformed: .certificateMalformed
        case .mismatch: .certificateMismatch
        case .otherSubject: .subjectMismatch
        case .noSVID: .svid
        case .otherSPIFFEID: .spiffeIDMismatch
        case .chainChecked(let verification), .svidChecked(_, let verification):
            verification.failedCheck
        }
    }
}

extension ChainVerification {
    /// The check that failed; nil if the chain was accepted.
    fileprivate var failedCheck: Check? {
        guard let refusedBy else { return nil }
        guard refusedBy == .revocation else { return .chainRefused }
        return isRevoked ? .certificateRevoked : .revocationUnknown
    }

    /// Whether a list revokes a certificate of the path; otherwise its revocation status is
    /// unknown.
    fileprivate var isRevoked: Bool {
        guard case .refused(let error) = result else { return false }
        return error.code == .revoked
    }
}

extension CertificateTrust {
    /// Checks the certificates that a peer sent, its own first, under the trust anchors of
    /// `verifier`.
    ///
    /// `proven` is the thumbprint of the certificate whose key the peer holds. Costs a chain
    /// verification.
    public func check(
        _ chain: [[UInt8]],
        proven: Digest256,
        under verifier: ChainVerifier,
        now: Int64
    ) -> CertificateCheck {
        guard let der = chain.first, let certificate = try? Certificate(der: der) else {
            return .malformed
        }
        // Only the leaf identifies the client, and it must be the certificate whose key was proven
        // (CVE-2023-2422).
        guard certificate.thumbprint == proven else { return .mismatch }
        let intermediates = Array(chain.dropFirst())
        switch expected {
        case .subject(let subject):
            guard subject.matches(certificate) else { return .otherSubject(certificate) }
            return .chainChecked(
                verifier.examine(leaf: certificate, intermediates: intermediates, now: now)
            )
        case .spiffe(let pattern):
            let id: SPIFFEID
            do throws(SVIDError) {
                id = try certificate.spiffeID()
            } catch {
                return .noSVID(certificate, error)
            }
            guard pattern.matches(id) else { return .otherSPIFFEID(certificate, id) }
            return .svidChecked(
                id,
                verifier.examine(leaf: certificate, intermediates: intermediates, now: now)
            )
        }
    }
}

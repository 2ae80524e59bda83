// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// A step of client authentication.
///
/// The first failed step decides; later ones do not count.
package enum AuthenticationStep: Sendable, Hashable {
    /// The client exists.
    case client
    /// The client is not disabled.
    case enabled
    /// The client is registered for the method that the request uses.
    case method
    /// The secret, or the assertion, is valid.
    case credential
    /// The certificate is one of the client's own.
    case registered
    /// That certificate is within its validity period.
    case validity
    /// The SPIFFE bundle of the trust domain is there, and not too old.
    case bundle
    /// The certificate is an X.509-SVID.
    case svid
    /// The certificate is for the registered subject, or has a registered SPIFFE ID.
    case subject
    /// The chain passes this check.
    case chain(ChainCheck)
}

/// Receives the steps of an authentication, as they are taken.
///
/// The server's own observer is silent and its calls are inlined, so that it costs nothing.
package protocol AuthenticationObserver {
    /// Records the result of a step.
    mutating func note(_ step: AuthenticationStep, isPassed: Bool)
    /// Records the certificate check under the client's trust anchors; its steps follow.
    mutating func note(_ certificateCheck: CertificateCheck)
}

/// An observer that ignores every step.
struct SilentObserver: AuthenticationObserver {
    mutating func note(_ step: AuthenticationStep, isPassed: Bool) {}
    mutating func note(_ certificateCheck: CertificateCheck) {}
}

extension CertificateCheck {
    /// Reports the steps of the certificate check to an observer, in their order.
    func report(of trust: CertificateTrust, to observer: inout some AuthenticationObserver) {
        observer.note(self)
        if trust.pattern != nil {
            switch self {
            case .malformed, .mismatch, .noSVID: return observer.note(.svid, isPassed: false)
            default: observer.note(.svid, isPassed: true)
            }
        }
        guard let verification else { return observer.note(.subject, isPassed: false) }
        observer.note(.subject, isPassed: true)
        for check in ChainCheck.allCases {
            let isPassed = check != verification.refusedBy
            observer.note(.chain(check), isPassed: isPassed)
            if !isPassed { return }
        }
    }
}

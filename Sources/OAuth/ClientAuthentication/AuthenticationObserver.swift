// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// A step of client authentication; the first that is not passed decides, and what is noted behind
/// it is of no account.
package enum AuthenticationStep: Sendable, Hashable {
    /// There is a client of this name.
    case client
    /// It is not disabled.
    case enabled
    /// It is registered for what the request presents.
    case method
    /// The secret, or the assertion, is right.
    case credential
    /// The certificate is one of the client's own.
    case registered
    /// That certificate is in its time.
    case validity
    /// The certificate is for the registered subject.
    case subject
    /// The chain passes this check.
    case chain(ChainCheck)
}

/// Is told of the steps of an authentication, as they are taken.
///
/// The server's own is silent, and what calls it is inlined: nothing of it is left there.
package protocol AuthenticationObserver {
    /// A step was taken, and what came of it.
    mutating func note(_ step: AuthenticationStep, isPassed: Bool)
    /// What the trust of the client made of the certificates; its steps follow.
    mutating func note(_ certificateCheck: CertificateCheck)
}

/// Makes nothing of it.
struct SilentObserver: AuthenticationObserver {
    mutating func note(_ step: AuthenticationStep, isPassed: Bool) {}
    mutating func note(_ certificateCheck: CertificateCheck) {}
}

extension CertificateCheck {
    /// Tells an observer the steps behind the certificate check, in their order.
    func report(to observer: inout some AuthenticationObserver) {
        observer.note(self)
        guard case .chainChecked(let verification) = self else {
            return observer.note(.subject, isPassed: false)
        }
        observer.note(.subject, isPassed: true)
        for check in ChainCheck.allCases {
            let isPassed = check != verification.refusedBy
            observer.note(.chain(check), isPassed: isPassed)
            if !isPassed { return }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import OAuth

// Sentences for people are not in OAuth, which decides and does not explain.
extension CertificateCheck {
    /// An explanation beyond the failed check, in a sentence for the log; nil where there is none.
    package var explanation: String? {
        guard case .refused(let error)? = verification?.result else { return nil }
        return switch error.serverAuth {
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

// SPDX-License-Identifier: Apache-2.0
/// Why bytes were not taken as a certificate.
public struct CertificateError: Error, Sendable, CustomStringConvertible {
    /// The refusals that callers tell apart.
    public enum Kind: Sendable, Equatable {
        /// An empty file, or only white space.
        case empty
        /// Neither PEM nor DER.
        case unrecognised
        /// The certificate ends before it is complete.
        case truncated
        /// Bytes follow after its end.
        case trailingBytes
        /// The certificate's beginning is right, but it breaks the rules of DER or X.509.
        case malformed
        /// More than one certificate where one was asked for.
        case severalCertificates
        /// A private key, alone or beside a certificate.
        case privateKey
        /// Something else that OpenSSL makes: a request, a public key, a CRL, parameters.
        case otherObject
        /// PKCS#12, JKS or PKCS#7, which hold certificates but are none.
        case keystore
        /// A keystore whose password was not given.
        case passwordMissing
        /// Over a limit.
        case tooLarge
        /// The file could not be read.
        case unreadable
    }

    /// The kind of error.
    public let kind: Kind
    /// The problem and the remedy, in sentences.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    init(_ error: DERError) {
        switch error {
        case .truncated:
            self.init(.truncated, "The certificate is cut short. Copy the whole file again.")
        case .trailing:
            self.init(
                .trailingBytes,
                "Bytes follow after the certificate's end. Export the certificate again, alone."
            )
        case .malformed(let part):
            self.init(
                .malformed,
                "This is not a well-formed X.509 certificate: \(part). Have it issued again."
            )
        }
    }
}

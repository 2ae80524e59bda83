// SPDX-License-Identifier: Apache-2.0
/// Why bytes were not taken as revocation lists.
public struct RevocationListError: Error, Sendable, CustomStringConvertible {
    /// The refusals that callers tell apart.
    public enum Kind: Sendable, Equatable {
        /// An empty file, or only white space.
        case empty
        /// Neither PEM nor DER.
        case unrecognised
        /// A certificate, a key or something else that is no revocation list.
        case otherObject
        /// The list ends before it is complete.
        case truncated
        /// Bytes follow after its end.
        case trailingBytes
        /// The list's beginning is right, but it breaks the rules of DER or X.509.
        case malformed
        /// Over a limit.
        case tooLarge
        /// A delta list, with the changes to another list only.
        case delta
        /// Indirect: lists certificates of other issuers (RFC 5280 §5.2.5).
        case indirect
        /// The list leaves out some certificates, or some reasons, of its issuer.
        case partial
        /// A critical extension that is not known here.
        case criticalExtension
        /// The list has no `nextUpdate`, or ends before it begins.
        case dates
        /// The signature's algorithm is weak or unsupported.
        case signatureAlgorithm
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
            self.init(.truncated, "The revocation list is cut short. Fetch the whole file again.")
        case .trailing:
            self.init(
                .trailingBytes,
                "Bytes follow after the revocation list's end. Give the list alone."
            )
        case .malformed(let part):
            self.init(
                .malformed,
                "This is not a well-formed revocation list: \(part). Have it issued again."
            )
        }
    }

    /// The same text, with what is known about where it was found.
    init(_ error: CertificateError) {
        let kind: Kind =
            switch error.kind {
            case .truncated: .truncated
            case .tooLarge: .tooLarge
            default: .malformed
            }
        self.init(kind, error.description)
    }
}

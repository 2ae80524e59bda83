// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Storage

/// The public CAs of a machine's trust store, read to tell them from private ones; never trusted.
package struct KnownPublicCAs: Sendable {
    package let publicCAs: PublicCAs
    /// The file or folder that was read; nil where there is none.
    package let source: String?
    /// Why a file that is there says nothing.
    package let reason: String?

    package init(_ publicCAs: PublicCAs, source: String?, reason: String?) {
        (self.publicCAs, self.source, self.reason) = (publicCAs, source, reason)
    }

    /// Why `ca` counts as a public CA, as the end of a sentence; nil if it does not.
    package func reason(_ ca: Certificate) -> String? {
        publicCAs.reason(ca).map { reason in
            let place = PrintableText.escaped(source ?? "ca-certificates")
            return switch reason {
            case .key: "its key is in \(place)"
            case .extendedKeyUsage: "its extended key usage leaves out clientAuth"
            case .issuer: "a CA in \(place) has issued it"
            }
        }
    }

    /// A registered CA that is a public one.
    package struct Match: Sendable, Equatable {
        package let subject: String
        /// As the end of a sentence.
        package let reason: String
    }

    /// The public CAs among `records`; one that cannot be parsed any more is left out.
    package func found(in records: [CertificateRecord]) -> [Match] {
        records.compactMap { record in
            guard let ca = try? Certificate(der: record.der),
                let reason = reason(ca)
            else { return nil }
            return Match(subject: ca.subject.canonical, reason: reason)
        }
    }
}

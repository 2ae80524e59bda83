// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Storage

/// What a machine takes for public CAs, read to tell them from private ones; never for trust.
package struct KnownPublicAuthorities: Sendable {
    package let authorities: PublicAuthorities
    /// The file or folder that was read; nil where there is none.
    package let source: String?
    /// Why a file that is there says nothing.
    package let problem: String?

    package init(_ authorities: PublicAuthorities, source: String?, problem: String?) {
        (self.authorities, self.source, self.problem) = (authorities, source, problem)
    }

    /// Why `authority` counts as a public CA, as the end of a sentence; nil if it does not.
    package func reason(_ authority: Certificate) -> String? {
        authorities.reason(authority).map { reason in
            let place = PrintableText.escaped(source ?? "ca-certificates")
            return switch reason {
            case .key: "its key is in \(place)"
            case .extendedKeyUsage: "its extended key usage leaves out clientAuth"
            case .issuer: "a CA in \(place) has issued it"
            }
        }
    }

    /// A registered CA that is a public one.
    package struct Found: Sendable, Equatable {
        package let subject: String
        /// As the end of a sentence.
        package let reason: String
    }

    /// Those of `records` that are public CAs; one that cannot be read any more is left out.
    package func found(in records: [CertificateRecord]) -> [Found] {
        records.compactMap { record in
            guard let authority = try? Certificate(der: record.der),
                let reason = reason(authority)
            else { return nil }
            return Found(subject: authority.subject.canonical, reason: reason)
        }
    }
}

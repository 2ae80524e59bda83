// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage
internal import Text

/// A public CA that a client is registered under.
package struct CliffCA: Sendable {
    package let subject: String
    package let thumbprint: String
    let reason: PublicCAs.Reason

    var value: JSONValue {
        .object([
            "subject": .string(subject),
            "x5t#S256": .string(thumbprint),
            "reason": .string(reason.rawValue),
        ])
    }
}

/// Finds the clients that are registered under public CAs.
package struct CliffScan {
    /// A client that is.
    struct Candidate: Sendable {
        let id: String
        let name: String
        let trustSet: String?
        let serverAuthUntil: Int64?
        /// The public ones of its CAs.
        let caCertificates: [CliffCA]
        /// The thumbprints of all of its CAs.
        let registered: Set<[UInt8]>
    }

    /// CAs that clients have in common, looked at once.
    private struct Anchors {
        let caCertificates: [CliffCA]
        let registered: Set<[UInt8]>
    }

    let known: KnownPublicCAs
    private var sets: [String: (anchors: Anchors, serverAuthUntil: Int64?)] = [:]
    private var cache: [[UInt8]: CliffCA?] = [:]
    private(set) var candidates: [Candidate] = []
    /// Clients whose certificates are registered themselves.
    private(set) var registered = 0

    /// Looks at clients that may have one of `trustSets`.
    package init(_ known: KnownPublicCAs, trustSets: [TrustSetRecord]) {
        self.known = known
        for set in trustSets {
            let anchors = anchors(CertificateRegistration.records(of: set))
            sets[set.name] = (anchors, set.serverAuthUntil)
        }
    }

    /// Looks at one client; a disabled one fails already.
    package mutating func take(_ client: ClientRecord) {
        guard client.enabled else { return }
        switch client.method {
        case .tls: break
        case .selfSignedTLS:
            registered += 1
            return
        default: return
        }
        let set = client.trustSet.flatMap { sets[$0] }
        let anchors = set?.anchors ?? anchors(client.caCertificates)
        guard !anchors.caCertificates.isEmpty else { return }
        candidates.append(
            Candidate(
                id: client.clientID,
                name: client.name,
                trustSet: client.trustSet,
                serverAuthUntil: set?.serverAuthUntil,
                caCertificates: anchors.caCertificates,
                registered: anchors.registered
            )
        )
    }

    private mutating func anchors(_ records: [CertificateRecord]) -> Anchors {
        Anchors(
            caCertificates: records.compactMap { publicCA($0) },
            registered: Set(records.map(\.thumbprint))
        )
    }

    /// The registered CA, if it is a public one; nil too where it cannot be parsed.
    ///
    /// Cached by thumbprint: many clients have the same CAs.
    private mutating func publicCA(_ record: CertificateRecord) -> CliffCA? {
        if let known = cache[record.thumbprint] { return known }
        let found = (try? Certificate(der: record.der)).flatMap { certificate in
            known.publicCAs.reason(certificate).map { reason in
                CliffCA(
                    subject: certificate.subject.canonical,
                    thumbprint: certificate.thumbprint.base64URL,
                    reason: reason
                )
            }
        }
        cache[record.thumbprint] = .some(found)
        return found
    }
}

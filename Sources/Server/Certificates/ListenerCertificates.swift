// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import TLS

/// The server's certificates, grouped by the server names that clients ask for (SNI).
struct ListenerCertificates {
    /// For clients that send no server name, or an unknown one.
    let standard: [ServerIdentity]
    /// For the others; every name stands in one group.
    let named: [NamedIdentities]
    /// All of them, in the pairs' order.
    let all: [ServerCertificate]
    /// A digest of the served names and certificates; keys the session context.
    let digest: Digest256

    /// `served` are the files of `pairs`, in their order.
    init(
        _ pairs: [CertificatePair],
        _ served: [ServedPair]
    ) {
        all = zip(pairs, served).map { pair, served in
            ServerCertificate(
                name: pair.name,
                path: pair.certificate,
                dates: CertificateDates(served.identity),
                serverNames: pair.serverNames.map(\.text),
                warnings: served.warnings
            )
        }
        let identities = served.map(\.identity)
        standard = zip(pairs, identities).filter { $0.0.serverNames.isEmpty }.map(\.1)
        // A name belongs to all pairs that have it; names of the same pairs share a context.
        var owners: [String: [Int]] = [:]
        for (index, pair) in pairs.enumerated() {
            for name in pair.serverNames { owners[name.text, default: []].append(index) }
        }
        named = Dictionary(grouping: owners.keys) { owners[$0] ?? [] }.map { indices, names in
            NamedIdentities(names: names.sorted(), identities: indices.map { identities[$0] })
        }
        var bytes: [UInt8] = []
        for (pair, identity) in zip(pairs, identities) {
            bytes += Digest256.of(identity.certificatePEM).bytes
            bytes += Array(pair.serverNames.map(\.text).joined(separator: " ").utf8) + [0]
        }
        digest = Digest256.of(bytes)
    }
}

extension CertificateDates {
    init(_ identity: ServerIdentity) {
        self.init(notBefore: identity.notBefore, notAfter: identity.notAfter)
    }
}

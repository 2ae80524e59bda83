// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import OAuth

/// A connection that has proven what it is told to.
package final class StubPeer: Peer {
    /// The thumbprint that it was given.
    package let thumbprint: Digest256?
    /// A proxy's verification of the certificate.
    package let proxyVerification: ProxyVerification
    private let chain: [[UInt8]]
    /// How often the certificates were asked for; that may be slow, so it must be rare.
    package private(set) var readings = 0

    /// Presents certificates in DER, of which the first one has the thumbprint.
    package init(
        _ thumbprint: Digest256?,
        chain: [[UInt8]] = [],
        proxyVerification: ProxyVerification = .passed
    ) {
        self.thumbprint = thumbprint
        self.chain = chain
        self.proxyVerification = proxyVerification
    }

    /// Presents a leaf and what is sent along with it.
    package convenience init(_ leaf: Certificate, _ others: Certificate...) {
        self.init(leaf.thumbprint, chain: ([leaf] + others).map(\.der))
    }

    /// The certificates in DER.
    package func certificates() -> [[UInt8]] {
        readings += 1
        return chain
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import TLS

/// The probes' listener: where it is, how it speaks, and what it tells.
package struct ProbeSettings: Sendable, Equatable {
    /// Any address; nil where there is no listener.
    package var address: ListenAddress?
    /// The certificate and key of TLS; nil for plain HTTP.
    package var pair: CertificatePair?
    /// Whether it answers `/metrics`.
    package var hasMetrics = false
    /// The path of a PEM file with the certificates whose keys open `/metrics`, and nothing else;
    /// nil where it is open to all.
    package var metricsClients: String?

    /// Without an address: no listener.
    package init(address: ListenAddress? = nil) {
        self.address = address
    }

    /// The name of the pair, which no other has: those of `tls.certificates` have no dot.
    package static let pairName = "probe.certificate"

    /// The address at which this machine reaches a listener at `address`.
    package static func reachable(_ address: ListenAddress) -> ListenAddress {
        guard address.isUnspecified else { return address }
        let isVersion6 = address.host.utf8.contains(UInt8(ascii: ":"))
        return ListenAddress(host: isVersion6 ? "::1" : "127.0.0.1", port: address.port)
    }
}

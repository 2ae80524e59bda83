// SPDX-License-Identifier: Apache-2.0
/// The kinds of failed handshakes: the values of a metric's label.
package enum HandshakeFailure: String, CaseIterable {
    /// No common TLS version.
    case version
    /// No common cipher suite, group or signature algorithm.
    case algorithms
    /// No common application protocol (ALPN).
    case applicationProtocol = "application_protocol"
    /// Bytes that are no TLS.
    case notTLS = "not_tls"
    /// The peer ended the handshake with an alert: mostly because it does not trust our
    /// certificate.
    case alert
    /// No certificate, where one is needed.
    case certificateMissing = "certificate_missing"
    /// A certificate that cannot be used, or a wrong proof of its key.
    case certificate
    /// Messages that break the protocol.
    case malformed
    /// The peer went away.
    case closed
    /// The handshake exceeded its deadline.
    case timeout
    /// The handshake was evicted for a newer one (`limits.half_open_handshakes`).
    case crowded
    /// A malformed PROXY protocol header.
    case proxyHeader = "proxy_header"

    /// The position among all cases.
    package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

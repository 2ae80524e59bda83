// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// The peer of a connection, as far as the transport has authenticated it.
public protocol Peer: AnyObject {
    /// SHA-256 of the certificate whose key the peer has proven to hold; nil without one.
    var thumbprint: Digest256? { get }
    /// That certificate in DER and the ones sent along; empty without one.
    ///
    /// May be slow.
    func certificates() -> [[UInt8]]
    /// The verification by a proxy that terminated the connection.
    var proxyVerification: ProxyVerification { get }
}

extension Peer {
    /// `passed`: no proxy in between.
    public var proxyVerification: ProxyVerification { .passed }

    /// The certificate that tokens may be bound to: not one that a proxy has refused.
    var bindingThumbprint: Digest256? { proxyVerification == .failed ? nil : thumbprint }
}

/// A proxy's verification of the certificate that it forwards.
public enum ProxyVerification: Sendable {
    /// The proxy accepted the certificate or verified nothing; or there is no proxy.
    case passed
    /// The proxy has no trust anchor for the certificate, which `self_signed_tls_client_auth` does
    /// not need (RFC 8705 §2.2).
    case unknownCA
    /// The proxy has refused the certificate, or did not send a result.
    case failed
}

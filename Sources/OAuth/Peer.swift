// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// Who is at the other end of the connection, as far as the transport has proven it.
public protocol Peer: AnyObject {
    /// SHA-256 of the certificate whose key the peer has proven to hold; nil without one.
    var thumbprint: Digest256? { get }
    /// That certificate in DER and the ones sent along; empty without one. May be slow.
    func certificates() -> [[UInt8]]
    /// What a proxy that ended the connection has against the certificate.
    var proxyVerification: ProxyVerification { get }
}

extension Peer {
    /// Nobody stands between.
    public var proxyVerification: ProxyVerification { .passed }
}

/// What a proxy has found out about a certificate that it tells of.
public enum ProxyVerification: Sendable {
    /// Nothing, or there is no such proxy.
    case passed
    /// It knows no CA for the certificate, which `self_signed_tls_client_auth` does without
    /// (RFC 8705 §2.2).
    case unknownCA
    /// It has refused the certificate, or does not say what it made of it.
    case failed
}

public import Cryptography

/// Who is at the other end of the connection, as far as the transport has proven it.
public protocol Peer: AnyObject {
    /// SHA-256 of the certificate whose key the peer has proven to hold; nil without one.
    var thumbprint: Digest256? { get }
    /// That certificate in DER and the ones sent along; empty without one. May be slow.
    func certificates() -> [[UInt8]]
}

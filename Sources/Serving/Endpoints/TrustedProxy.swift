// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import HTTP
internal import Network
internal import OAuth
package import Reactor

/// A proxy that ends TLS before a listener: its proofs, and the format of its certificate fields.
///
/// An object, so that each request finds it without copying it.
package final class TrustedProxy: Sendable {
    /// The result of comparing a peer with the trusted proxies.
    enum Recognition: Sendable {
        /// The peer is a trusted proxy.
        case known
        /// The peer may be a trusted proxy: each request must carry the secret.
        case needsSecret
        /// The peer is not a trusted proxy.
        case unknown
    }

    /// Each key is compared at each handshake of a proxy.
    package static let keysMax = 32
    /// A shared secret shorter than this could be guessed, and a longer one is no secret but a
    /// file.
    private static let secretBytes = 32...512

    /// Reads the client's certificate from its fields.
    let reader: ClientCertificateReader
    private let keys: Set<Digest256>
    private let networks: [AddressBlock]
    private let secret: [UInt8]?

    /// The field of the shared secret.
    static let secretField = FieldName(known: "handfast-proxy-secret")

    /// Reads the files that `forwarding` names; throws for what is in them.
    package init(_ forwarding: ForwardingSettings) throws(FileError) {
        reader = forwarding.reader
        networks = forwarding.networks
        keys = Set(try forwarding.keys.map(Self.keys) ?? [])
        secret = try forwarding.secret.map(Self.secret)
    }

    /// Compares the peer with the trusted proxies; `key` is the digest of its public key.
    func recognise(_ peer: PeerAddress, key: Digest256?) -> Recognition {
        if peer.isLocal { return .known }
        if let key, keys.contains(key) { return .known }
        return networks.contains { $0.contains(peer.address) } ? .needsSecret : .unknown
    }

    /// Whether the request carries the secret, in exactly one field.
    func hasSecret(_ fields: [HeaderField], _ bytes: Span<UInt8>) -> Bool {
        guard let secret else { return false }
        let found = fields.filter { Self.secretField.isName(of: $0, bytes) }
        guard found.count == 1, let only = found.first else { return false }
        return SecretComparison.equal(bytes.extracting(only.value), secret.span)
    }

    /// The digests of the public keys in a file of certificates.
    package static func keys(_ path: String) throws(FileError) -> [Digest256] {
        let bytes = try DataFile.contents(of: path)
        let certificates: [Certificate]
        do {
            certificates = try CertificateFile.certificates(in: bytes)
        } catch {
            throw FileError(path, error.description)
        }
        guard certificates.count <= Self.keysMax else {
            throw FileError(path, "at most \(Self.keysMax) certificates are taken")
        }
        return certificates.map(\.subjectPublicKeyInfoDigest)
    }

    /// The first line of a file.
    package static func secret(_ path: String) throws(FileError) -> [UInt8] {
        let bytes = try DataFile.contents(of: path)
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard Self.secretBytes.contains(line.count),
            line.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw FileError(
                path,
                "a secret is one line of \(Self.secretBytes.lowerBound) to"
                    + " \(Self.secretBytes.upperBound) visible characters"
            )
        }
        return Array(line)
    }
}

/// The client behind a proxy, for one request.
struct ForwardedPeer {
    let thumbprint: Digest256
    let certificates: [[UInt8]]
    let verification: ProxyVerification

    /// Checks the forwarded certificate; nil where its parts contradict each other.
    init?(_ certificate: ForwardedClientCertificate, digester: Digester) {
        thumbprint = digester.digest(certificate.leaf.span)
        // Envoy alone sends the digest besides.
        if let told = certificate.leafDigest, told != thumbprint.bytes { return nil }
        certificates = [certificate.leaf] + certificate.chain
        switch certificate.verification {
        case .accepted, .notGiven: verification = .passed
        case .refused: verification = certificate.lacksTrustAnchorOnly ? .unknownCA : .failed
        case .absent: verification = .failed
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// A certificate that was accepted under a client's trust (`tls_client_auth`, `spiffe_x509`).
public struct AcceptedCertificate: Sendable, Equatable {
    /// Its last second, since 1970.
    public let notAfter: Int64
    /// The thumbprint of the anchor that its path led to.
    public let anchor: Digest256
    /// Whether it is for servers only, and accepted because the trust set allows that for a time.
    public let isForServersOnly: Bool
    /// Its SPIFFE ID; nil for a client of `tls_client_auth`.
    public let spiffeID: ClientID?
}

/// A cache of accepted certificates, so that the next request of the same client costs a look-up.
///
/// Keyed by the leaf, the subject, and the trust anchors with their revocation lists: a change of
/// any of them is a cache miss. An entry expires with the first certificate of the chain, or the
/// first list, that was needed. Refusals are not cached: a missing intermediate may come with the
/// next handshake.
struct ChainResultCache: ~Copyable {
    private struct Key: Hashable {
        let leaf: Digest256
        let subject: Digest256
        let trustAnchors: Digest256
    }

    private struct Validity {
        let from: Int64
        let until: Int64
        let certificate: AcceptedCertificate
    }

    /// Cleared when full: a chain costs some hundred microseconds to verify again.
    private static let countMax = 8192

    private var accepted: [Key: Validity] = [:]

    /// The accepted certificate, if it is in the cache.
    func accepted(
        _ leaf: Digest256,
        under trust: CertificateTrust,
        _ verifier: ChainVerifier
    ) -> AcceptedCertificate? {
        accepted[Self.key(leaf, trust, verifier)]?.certificate
    }

    private static func key(
        _ leaf: Digest256,
        _ trust: CertificateTrust,
        _ verifier: ChainVerifier
    ) -> Key {
        Key(leaf: leaf, subject: trust.subjectDigest, trustAnchors: verifier.cacheKey)
    }

    /// The result of checking a peer's certificate.
    enum Examined {
        /// The certificate authenticates the client, unless another SPIFFE ID was named.
        case accepted(AcceptedCertificate)
        /// The certificate does not, and was read.
        case refused(CertificateCheck)
    }

    /// Checks the peer's certificate.
    ///
    /// The observer receives the steps of a new check, and none for a cache hit.
    mutating func check(
        of leaf: Digest256,
        under trust: CertificateTrust,
        _ verifier: ChainVerifier,
        _ peer: some Peer,
        now: Int64,
        _ observer: inout some AuthenticationObserver
    ) -> Examined {
        let key = Self.key(leaf, trust, verifier)
        if let validity = accepted[key], validity.from <= now, now < validity.until {
            return .accepted(validity.certificate)
        }
        let certificateCheck = trust.check(
            peer.certificates(),
            proven: leaf,
            under: verifier,
            now: now
        )
        certificateCheck.report(of: trust, to: &observer)
        guard let verification = certificateCheck.verification,
            case .accepted(let until) = verification.result, let anchor = verification.anchor
        else { return .refused(certificateCheck) }
        if accepted.count >= Self.countMax { accepted.removeAll(keepingCapacity: true) }
        // The entry's beginning: a clock that is set back must not find a result from its future.
        let certificate = AcceptedCertificate(
            notAfter: verification.leafNotAfter,
            anchor: anchor.thumbprint,
            isForServersOnly: verification.serverAuthUntil != nil,
            spiffeID: certificateCheck.spiffeID.map { ClientID(Array($0.text.utf8)) }
        )
        accepted[key] = Validity(from: now, until: until, certificate: certificate)
        return .accepted(certificate)
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Cryptography

/// A certificate that was accepted under a client's trust (`tls_client_auth`).
public struct AcceptedCertificate: Sendable, Equatable {
    /// Its last second, since 1970.
    public let notAfter: Int64
    /// The thumbprint of the authority that its path led to.
    public let authority: Digest256
    /// Whether it is for servers only, and accepted because the trust set allows that for a time.
    public let isForServersOnly: Bool
}

/// Verdicts about certificates under a client's trust, so that the next request of the same client
/// costs a lookup.
///
/// Keyed by the leaf, the subject, and the authorities with their revocation lists: when one of
/// them changes, the verdict is taken anew. Accepted verdicts end with the first certificate of the
/// chain, or the first list, that was needed; refusals are not kept, because a missing intermediate
/// may come with the next handshake.
struct ChainVerdictCache: ~Copyable {
    private struct Key: Hashable {
        let leaf: Digest256
        let subject: Digest256
        let authorities: Digest256
    }

    private struct Validity {
        let from: Int64
        let until: Int64
        let certificate: AcceptedCertificate
    }

    /// Bounded by forgetting everything: a verdict costs some hundred microseconds to take again.
    private static let countMax = 8192

    private var accepted: [Key: Validity] = [:]

    /// What was accepted, as long as that is remembered.
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
        Key(leaf: leaf, subject: trust.subjectIdentity, authorities: verifier.identity)
    }

    /// The judgement against the peer's certificate; nil when it is accepted.
    ///
    /// The observer is told of a judgement that is made, and of none that is remembered.
    mutating func refusal(
        of leaf: Digest256,
        under trust: CertificateTrust,
        _ verifier: ChainVerifier,
        _ peer: some Peer,
        now: Int64,
        _ observer: inout some AuthenticationObserver
    ) -> TrustJudgement? {
        let key = Self.key(leaf, trust, verifier)
        if let validity = accepted[key], validity.from <= now, now < validity.until { return nil }
        let judgement = trust.judge(
            peer.certificates(),
            proven: leaf,
            under: verifier,
            now: now
        )
        judgement.report(to: &observer)
        guard case .examined(let examination) = judgement,
            case .accepted(let until) = examination.verdict, let anchor = examination.anchor
        else { return judgement }
        if accepted.count >= Self.countMax { accepted.removeAll(keepingCapacity: true) }
        // A clock that goes back must not find a verdict from its future.
        accepted[key] = Validity(
            from: now,
            until: until,
            certificate: AcceptedCertificate(
                notAfter: examination.leafNotAfter,
                authority: anchor.thumbprint,
                isForServersOnly: examination.serverAuthUntil != nil
            )
        )
        return nil
    }
}

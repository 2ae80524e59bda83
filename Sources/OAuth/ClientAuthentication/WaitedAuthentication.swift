// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// Clients whose request has waited: authenticated before, against a registry that may be outdated
/// by now.
extension ClientAuthentication {
    /// The client as it is registered now, with its credentials checked again.
    ///
    /// Throws if they do not authenticate it any more. Other changes do not matter.
    mutating func confirm(
        _ caller: AuthenticatedClient,
        _ context: DecisionContext
    ) throws(AuthenticationError) -> AuthenticatedClient {
        let before = caller.client
        let (id, method) = (before.id, before.policy.method)
        guard let client = context.registry.clients.client(id.span), client.isEnabled,
            client.policy.method == method, context.profile.methods.contains(method)
        else { throw AuthenticationError(.clientChanged, of: before) }
        let isProven: Bool
        var spiffeID: ClientID?
        switch method {
        case .secretBasic, .secretPost:
            isProven = client.secret != nil && client.secret == before.secret
        case .privateKeyJWT, .secretJWT:
            isProven =
                caller.assertion.map { client.holds($0.proof, before, context.profile) } ?? false
        case .tls, .selfSignedTLS, .spiffeX509:
            if let peer = caller.peer {
                var silent = SilentObserver()
                // The same certificate has the same SPIFFE ID.
                spiffeID = try checkCertificate(of: client, nil, peer, context, &silent)
            }
            isProven = caller.peer != nil
        case .publicClient: isProven = true
        }
        guard isProven else { throw AuthenticationError(.clientChanged, of: client) }
        return AuthenticatedClient(
            client: client,
            assertion: caller.assertion,
            peer: caller.peer,
            spiffeID: spiffeID
        )
    }
}

extension Client {
    /// Whether the key or the secret that verified an assertion is still registered; `before` is
    /// the client as it was then.
    fileprivate func holds(
        _ proof: AssertionProof,
        _ before: Client,
        _ profile: SecurityProfile
    ) -> Bool {
        guard let registered = assertion else { return false }
        let algorithm: String
        switch proof {
        case .key(let digest, let used):
            guard profile.algorithms.contains(used), let keys = registered.keys?.keys,
                keys.contains(where: { $0.digest == digest && $0.fits(used) })
            else { return false }
            algorithm = used.rawValue
        case .secret(let used):
            guard let secret = registered.secret, secret == before.assertion?.secret else {
                return false
            }
            algorithm = used.rawValue
        }
        return registered.algorithm == nil || registered.algorithm == algorithm
    }
}

/// A peer's certificates and proxy verification, kept while a request waits.
///
/// At most the 32 KiB of certificates that a handshake accepts, for each waiting request.
final class ProvenPeer: Peer, Sendable {
    let thumbprint: Digest256?
    let proxyVerification: ProxyVerification
    private let chain: [[UInt8]]

    /// nil for a client that needs no certificate: public ones have theirs kept, because their
    /// refresh tokens are bound to it (RFC 8705 §7.1).
    ///
    /// Keeps the certificates only where they must be checked under trust anchors again.
    init?(_ peer: some Peer, of client: Client) {
        let method = client.policy.method
        guard method.usesCertificate || method == .publicClient else { return nil }
        thumbprint = peer.thumbprint
        proxyVerification = peer.proxyVerification
        chain = method.usesTrustAnchors ? peer.certificates() : []
    }

    func certificates() -> [[UInt8]] { chain }
}

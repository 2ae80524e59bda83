// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// An authenticated client.
struct AuthenticatedClient: Sendable {
    /// The client as it was registered at that moment.
    var client: Client
    /// The client's assertion, not used up yet; nil for the other methods.
    var assertion: VerifiedAssertion?
    /// The client's certificate, where its request waits; nil for the other methods.
    var peer: ProvenPeer?
    /// The SPIFFE ID of the client's certificate; nil for other methods than `spiffe_x509`.
    var spiffeID: ClientID?

    /// `sub` of tokens that the client gets for itself.
    var subject: [UInt8] { spiffeID?.bytes ?? client.id }

    /// The digest that the client's refresh tokens are bound to, beside its authentication (RFC
    /// 8705 §7.1): of the certificate of a public client, and of the SPIFFE ID of a workload, whose
    /// registration others may share.
    func refreshBinding(_ certificate: Digest256?) -> Digest256? {
        if let spiffeID { return Digest256.of(spiffeID.bytes) }
        return client.policy.method == .publicClient ? certificate : nil
    }

    /// The client with its certificate, for a request that has to wait.
    func waiting(_ peer: some Peer) -> AuthenticatedClient {
        var waiting = self
        waiting.peer = ProvenPeer(peer, of: client)
        return waiting
    }
}

/// Why client authentication failed.
struct AuthenticationError: Error {
    let refused: RefusedRequest
    /// The client whose keys at its `jwks_uri` may be newer, if the lack of a key was the reason.
    let clientToRefetch: Client?

    init(_ error: OAuthError, _ client: NamedClient, certificateCheck: BoxedCertificateCheck? = nil)
    {
        refused = RefusedRequest(error, of: client, certificateCheck)
        clientToRefetch = nil
    }

    /// `lacksKey` means that another certificate or key of the client might succeed.
    init(
        _ check: Check,
        of client: Client,
        certificateCheck: BoxedCertificateCheck? = nil,
        lacksKey: Bool = false
    ) {
        refused = RefusedRequest(.invalidClient(check), of: .id(client.id), certificateCheck)
        let mayHaveNewer = lacksKey && client.isEnabled && client.policy.hasRemoteKeys
        clientToRefetch = mayHaveNewer ? client : nil
    }
}

/// The result of checking the peer's certificate.
struct CertificateResult {
    /// The check that failed; nil if the certificate authenticates the client.
    var check: Check?
    /// The details for `tls_client_auth`, for the log.
    var certificateCheck: BoxedCertificateCheck?
    /// Whether the certificate itself was read, and not only its thumbprint.
    var hasReadCertificate = false
    /// Its SPIFFE ID, where it was accepted for `spiffe_x509`.
    var spiffeID: ClientID?
}

// SPDX-License-Identifier: Apache-2.0
/// An authenticated client.
struct AuthenticatedClient: Sendable {
    /// The client as it was registered at that moment.
    var client: Client
    /// The client's assertion, not used up yet; nil for the other methods.
    var assertion: VerifiedAssertion?
    /// The client's certificate, where its request waits; nil for the other methods.
    var peer: ProvenPeer?

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

// SPDX-License-Identifier: Apache-2.0
/// A client that has proven who it is.
struct AuthenticatedClient: Sendable {
    /// As the registry had it then.
    let client: Client
    /// The assertion by which it has, not used up yet; nil for the other methods.
    var assertion: VerifiedAssertion?
    /// The certificate by which it has, where its request waits; nil for the other methods.
    var peer: ProvenPeer?
}

/// Why a client has not authenticated.
struct FailedAuthentication: Error {
    let refusal: RefusedRequest
    /// The client that may have newer keys at its `jwks_uri`, for want of which it was refused.
    let clientWithOldKeys: Client?

    init(_ error: OAuthError, _ client: NamedClient, certificateCheck: BoxedCertificateCheck? = nil)
    {
        refusal = RefusedRequest(error, of: client, certificateCheck)
        clientWithOldKeys = nil
    }

    /// `lacksKey` says that another certificate or key of the client might do.
    init(
        _ check: Check,
        of client: Client,
        certificateCheck: BoxedCertificateCheck? = nil,
        lacksKey: Bool = false
    ) {
        refusal = RefusedRequest(.invalidClient(check), of: .id(client.id), certificateCheck)
        let mayHaveNewer = lacksKey && client.isEnabled && client.policy.hasRemoteKeys
        clientWithOldKeys = mayHaveNewer ? client : nil
    }
}

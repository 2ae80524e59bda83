// SPDX-License-Identifier: Apache-2.0
/// A client that has proven who it is.
struct AuthenticatedClient {
    let client: Client
    /// The assertion by which it has, not used up yet; nil for the other methods.
    var assertion: VerifiedAssertion?
}

/// Why a client has not authenticated.
struct FailedAuthentication: Error {
    let refusal: Refusal
    /// The client that may have newer keys at its `jwks_uri`, for want of which it was refused.
    let clientWithOldKeys: Client?

    init(_ error: OAuthError, _ client: NamedClient, judgement: TrustJudgement? = nil) {
        refusal = Refusal(error, of: client, judgement: judgement)
        clientWithOldKeys = nil
    }

    /// `lacksKey` says that another certificate or key of the client might do.
    init(
        _ check: Check,
        of client: Client,
        judgement: TrustJudgement? = nil,
        lacksKey: Bool = false
    ) {
        refusal = Refusal(.invalidClient(check), of: .id(client.id), judgement: judgement)
        let mayHaveNewer = lacksKey && client.isEnabled && client.policy.hasRemoteKeys
        clientWithOldKeys = mayHaveNewer ? client : nil
    }
}

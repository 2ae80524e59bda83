// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// The grant of a request, and its first step.
extension TokenEndpoint {
    /// A grant's first step, after client, scope, audience and binding are decided.
    ///
    /// `claims` are those of a token that is issued to the caller for itself.
    mutating func begin(
        _ grant: Grant,
        _ form: borrowing FormFields,
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        _ peer: some Peer,
        _ context: DecisionContext
    ) throws(OAuthError) -> GrantStep {
        switch grant {
        case .clientCredentials: .issue
        case .authorizationCode: .lookUp(try CodeGrant.begin(form, claims, for: caller, peer))
        case .refreshToken: .lookUp(try RefreshGrant.begin(form, claims, for: caller, peer))
        case .tokenExchange: try beginExchange(form, for: caller.waiting(peer), peer, context)
        case .jwtBearer: try beginBearer(form, claims, for: caller.waiting(peer), context)
        case .password:
            try PasswordGrant.begin(
                form,
                claims,
                for: caller,
                peer,
                context.registry.users,
                dummyHash: dummyHash
            )
        }
    }

    static func grant(
        _ form: borrowing FormFields,
        _ client: Client,
        _ profile: SecurityProfile
    ) throws(OAuthError) -> Grant {
        guard let name = form.range(of: .grantType) else {
            throw .invalidRequest("grant_type is missing", check: .grantType)
        }
        guard let grant = Grant(named: name, form.bytes.span), profile.grants.contains(grant) else {
            throw OAuthError(
                .unsupportedGrantType,
                "this grant type is not supported",
                check: .grantType
            )
        }
        guard grant.isGranted(to: client) else {
            throw OAuthError(
                .unauthorizedClient,
                "the client may not use this grant type",
                check: .grantType
            )
        }
        return grant
    }
}

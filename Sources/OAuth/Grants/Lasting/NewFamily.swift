// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage

/// The beginning of a grant that lasts.
extension TokenEndpoint {
    /// The first refresh token of a grant; nil where the client may not have one.
    ///
    /// `binding` is what a client must prove besides (`AuthenticatedClient.refreshBinding`).
    func family(
        _ secret: GrantSecret,
        _ access: GrantedAccess,
        _ binding: Digest256?,
        _ client: Client,
        _ context: DecisionContext
    ) throws(OAuthError) -> (token: RefreshToken, record: RefreshFamilyRecord)? {
        guard mayRefresh(client, context) else { return nil }
        guard let token = try? RefreshToken(of: secret) else { throw Self.notMade }
        let rules = RefreshRules(client, context.profile, issuer.tokens)
        let record = RefreshFamilyRecord(
            access: access,
            thumbprint: binding?.bytes,
            current: token.digest,
            rotatedAt: context.now,
            endsAt: rules.end(grantedAt: access.grantedAt, now: context.now)
        )
        return (token, record)
    }

    /// The refresh token of a password grant, to be written before its answer; nil where the client
    /// may not have one.
    func lastingGrant(
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        of user: ProvenUser?,
        _ context: DecisionContext
    ) -> Decision? {
        let client = caller.client
        guard mayRefresh(client, context) else { return nil }
        let validFrom = context.registry.tokensValidFrom(client, claims.subject, .user)
        do throws(OAuthError) {
            guard let secret = try? GrantSecret() else { throw Self.notMade }
            let access = GrantedAccess(
                grantID: secret.id,
                clientID: String(decoding: client.id, as: UTF8.self),
                subject: String(decoding: claims.subject, as: UTF8.self),
                scopes: Scope.names(claims.scope, of: client.policy.scopes),
                audiences: claims.audiences,
                grantedAt: IssueMoment.of(validFrom, now: context.now),
                tokenLifetime: issuer.tokens.lifetime(of: client)
            )
            let bound = caller.refreshBinding(caller.peer?.bindingThumbprint)
            guard let family = try family(secret, access, bound, client, context) else {
                return nil
            }
            var claims = claims
            claims.grant = IssuedGrant(access, refreshToken: family.token)
            let answer = GrantAnswer(
                answer: .issue(claims, .password, access),
                caller: caller,
                user: user
            )
            return .needs(.grant(.addRefreshFamily(family.record)), .written(answer))
        } catch {
            return .refused(RefusedRequest(error, of: .id(client.id)))
        }
    }

    private func mayRefresh(_ client: Client, _ context: DecisionContext) -> Bool {
        Grant.refreshToken.isGranted(to: client) && context.profile.grants.contains(.refreshToken)
    }

    private static var notMade: OAuthError {
        OAuthError(.serverError, "the token could not be made", check: .tokenKeys)
    }
}

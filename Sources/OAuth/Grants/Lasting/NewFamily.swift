// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage

/// The beginning of a grant that lasts.
extension TokenEndpoint {
    /// The first refresh token of a grant; nil where the client may not have one.
    func family(
        _ secret: GrantSecret,
        _ access: GrantedAccess,
        _ thumbprint: Digest256?,
        _ rules: RefreshRules,
        _ client: Client,
        _ context: DecisionContext
    ) throws(OAuthError) -> (token: RefreshToken, record: RefreshFamilyRecord)? {
        guard Grant.refreshToken.isGranted(to: client),
            context.profile.grants.contains(.refreshToken)
        else { return nil }
        guard let token = try? RefreshToken(of: secret) else {
            throw OAuthError(.serverError, "the token could not be made", check: .tokenKeys)
        }
        let isPublic = client.policy.method == .publicClient
        let record = RefreshFamilyRecord(
            access: access,
            thumbprint: isPublic ? thumbprint?.bytes : nil,
            current: token.digest,
            rotatedAt: context.now,
            endsAt: rules.end(grantedAt: access.grantedAt, now: context.now)
        )
        return (token, record)
    }

    /// The refresh token of a password grant, to be written before its answer; nil where the client
    /// may not have one.
    mutating func lastingGrant(
        _ claims: TokenClaims,
        _ grant: Grant,
        for caller: AuthenticatedClient,
        _ context: DecisionContext
    ) -> Decision? {
        let client = caller.client
        guard let secret = try? GrantSecret() else {
            let error = OAuthError(.serverError, "the token could not be made", check: .tokenKeys)
            return .refused(RefusedRequest(error, of: .id(client.id)))
        }
        let access = GrantedAccess(
            grantID: secret.id,
            clientID: String(decoding: client.id, as: UTF8.self),
            subject: String(decoding: claims.subject, as: UTF8.self),
            scopes: Scope.names(claims.scope, of: client.policy.scopes),
            audiences: claims.audiences,
            grantedAt: context.now
        )
        do throws(OAuthError) {
            let rules = RefreshRules(client, context.profile, issuer.tokens)
            let bound = claims.thumbprint ?? caller.peer?.thumbprint
            guard let family = try family(secret, access, bound, rules, client, context) else {
                return nil
            }
            var claims = claims
            claims.grant = IssuedGrant(id: secret.id, refreshToken: family.token)
            let answer = GrantAnswer(answer: .issue(claims, grant), caller: caller)
            return .needs(.grant(.addRefreshFamily(family.record)), .written(answer))
        } catch {
            return .refused(RefusedRequest(error, of: .id(client.id)))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Storage
internal import Text

/// The access that a request with a code or refresh token asks for.
struct RequestedAccess: Sendable {
    /// The claims by the client's registration and the request.
    let claims: TokenClaims
    /// Whether the request names scopes; without, those of the grant.
    let asksScope: Bool
    /// Whether the request names resources; without, those of the grant.
    let asksAudience: Bool
    /// The certificate of the connection; nil without one.
    let thumbprint: Digest256?

    init(_ form: borrowing FormFields, _ claims: TokenClaims, _ peer: some Peer) {
        self.claims = claims
        asksScope = form.range(of: .scope) != nil
        asksAudience = !form.resources.isEmpty
        thumbprint = peer.bindingThumbprint
    }

    /// The claims of a token under the grant: never more than was granted, nor than the client may
    /// have now (RFC 6749 §6).
    func narrowed(
        to access: GrantedAccess,
        for confirmed: TokenClaims,
        standardAudience: String
    ) throws(OAuthError) -> TokenClaims {
        var claims = confirmed
        claims.subject = Array(access.subject.utf8)
        let policy = claims.client.policy
        let granted = Scope.selection(access.scopes, in: policy.scopes)
        if asksScope {
            guard claims.scope & ~granted == 0 else {
                throw OAuthError(
                    .invalidScope,
                    "the scope is more than was granted",
                    check: .scope
                )
            }
        } else {
            guard granted != 0 || access.scopes.isEmpty else {
                throw OAuthError(
                    .invalidScope,
                    "the client may have none of the granted scopes any more",
                    check: .scope
                )
            }
            claims.scope = granted
        }
        claims.audiences = try audiences(access, policy, standardAudience)
        return claims
    }

    private func audiences(
        _ access: GrantedAccess,
        _ policy: ClientPolicy,
        _ standard: String
    ) throws(OAuthError) -> [String] {
        // An audience that the client was registered for since is not one that was granted.
        let granted = access.audiences.isEmpty ? [standard] : access.audiences
        let allowed = granted.filter { policy.allows(audience: $0, standard: standard) }
        let asked = asksAudience ? claims.audiences : allowed
        guard !asked.isEmpty, asked.allSatisfy(allowed.containsBytes) else {
            throw OAuthError(
                .invalidTarget,
                "the resource was not granted, or is not the client's any more",
                check: .resource
            )
        }
        return asked
    }
}

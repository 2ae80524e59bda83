// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// A request's answer that depends on a durable change of grants.
public struct GrantAnswer: Sendable {
    /// The answer after the change.
    enum Answer: Sendable {
        /// Client and user must still be allowed what was granted.
        case issue(TokenClaims, Grant, GrantedAccess)
        /// An exchanged token, which is judged again.
        case exchanged(TokenClaims)
        case refuse(OAuthError)
        case revoked
        case pushed(PushedReference)
    }

    let answer: Answer
    let caller: AuthenticatedClient
    /// The user whose password matched, if there was one.
    var user: ProvenUser?
    /// The look-up that is repeated where the row has changed meanwhile.
    var retry: GrantLookup?
}

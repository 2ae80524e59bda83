// SPDX-License-Identifier: Apache-2.0
/// A request's answer that depends on a durable change of grants.
public struct GrantAnswer: Sendable {
    /// The answer after the change.
    enum Answer: Sendable {
        case issue(TokenClaims, Grant)
        case refuse(OAuthError)
        case revoked
    }

    let answer: Answer
    let caller: AuthenticatedClient
    /// The look-up that is repeated where the row has changed meanwhile.
    var retry: GrantLookup?
}

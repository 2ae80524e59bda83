// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// An authenticated request that waits for a row of grants.
public struct GrantLookup: Sendable {
    /// The question about the row.
    enum Request: Sendable {
        case code(CodeRequest)
        case refresh(RefreshRequest)
        case revoke(RefreshToken)
        case introspect(RefreshToken, IntrospectionForm)
    }

    var caller: AuthenticatedClient
    let request: Request
    /// How often the row was changed by another request between its reading and the write.
    var attempt = 0
    /// Whether the refresh token was the current one when the row was read before.
    var wasCurrent = false
    /// Whether the row is one that is only remembered, and may be out of date.
    var isRecent = false

    /// Each attempt ends for somebody: more than these are no coincidence.
    static let attemptsMax = 8

    init(_ request: Request, of caller: AuthenticatedClient) {
        self.request = request
        self.caller = caller
    }

    /// The row.
    var key: GrantKey {
        switch request {
        case .code(let request): .code(request.code.digest)
        case .refresh(let request): .refreshFamily(request.token.grant.id)
        case .revoke(let token), .introspect(let token, _): .refreshFamily(token.grant.id)
        }
    }

    /// The decision that reads the row.
    var decision: Decision { .needs(.stored(key), .stored(self)) }

    /// The same as an answer that an assertion's use may have to come before.
    var answer: PendingAnswer.Answer { .needs(.stored(key), .stored(self)) }
}

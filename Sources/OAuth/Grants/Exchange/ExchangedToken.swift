// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The part of an exchanged token that others do not have; in an object, because most tokens are
/// none.
final class ExchangedToken: Sendable {
    /// The request, which is judged again where it has waited.
    let request: ExchangeRequest
    /// The claims that go into the token.
    let claims: ExchangedClaims
    /// The row of the audit; nil for a token that names the actor, or whose client had the
    /// subject token already.
    let impersonation: Impersonation?

    init(
        _ request: ExchangeRequest,
        _ claims: ExchangedClaims,
        impersonation: Impersonation?
    ) {
        self.request = request
        self.claims = claims
        self.impersonation = impersonation
    }

    /// The grant that the subject token follows from: who revokes it ends this token too.
    var grantID: [UInt8]? { request.subject.grantID }

    /// When the earliest of the exchanged tokens ends, in seconds since 1970.
    var endsAt: Int64 {
        let end = request.subject.expiresAt
        return min(end, request.actor?.expiresAt ?? end)
    }
}

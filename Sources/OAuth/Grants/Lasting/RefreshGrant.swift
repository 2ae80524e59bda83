// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// A request with a refresh token (RFC 6749 §6).
struct RefreshRequest: Sendable {
    let token: RefreshToken
    let access: RequestedAccess
}

/// The refresh token grant (RFC 6749 §6, RFC 9700 §4.14).
///
/// Confidential clients authenticate anew, and may have renewed their certificate within their
/// registration; a public client's tokens are bound to the certificate of the first request (RFC
/// 8705 §7.1), if there was one, and those of a workload to its SPIFFE ID.
enum RefreshGrant {
    static let isForPublicClients = true

    /// Needs the row of the token's grant.
    static func begin(
        _ form: borrowing FormFields,
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        _ peer: some Peer
    ) throws(OAuthError) -> GrantLookup {
        guard let range = form.range(of: .refreshToken) else {
            throw .invalidRequest("refresh_token is missing", check: .refreshToken)
        }
        guard let token = RefreshToken(form.bytes.span.extracting(range)) else { throw error }
        let access = RequestedAccess(form, claims, peer)
        return GrantLookup(
            .refresh(RefreshRequest(token: token, access: access)),
            of: caller.waiting(peer)
        )
    }

    /// One text for every reason: a client learns nothing about the tokens of others.
    static var error: OAuthError {
        OAuthError(.invalidGrant, "the refresh token is not valid", check: .refreshToken)
    }
}

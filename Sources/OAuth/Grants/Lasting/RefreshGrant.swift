// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Storage

/// A request with a refresh token (RFC 6749 §6).
struct RefreshRequest: Sendable {
    let token: RefreshToken
    let access: RequestedAccess
}

/// The refresh token grant (RFC 6749 §6, RFC 9700 §4.14).
///
/// Confidential clients authenticate anew, and may have renewed their certificate within their
/// registration; a public client's tokens are bound to the certificate of the first request (RFC
/// 8705 §7.1), if there was one.
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
        var caller = caller
        caller.peer = ProvenPeer(peer, of: caller.client)
        return GrantLookup(.refresh(RefreshRequest(token: token, access: access)), of: caller)
    }

    /// One text for every reason: a client learns nothing about the tokens of others.
    static var error: OAuthError {
        OAuthError(.invalidGrant, "the refresh token is not valid", check: .refreshToken)
    }
}

/// Times and rules of refresh tokens, for one client.
struct RefreshRules {
    /// Whether a used token is replaced.
    let rotates: Bool
    /// Seconds from the grant.
    let lifetime: Int64
    /// Seconds without use; nil for any.
    let idle: Int64?

    /// Rotation is the rule for public clients and tokens that are not bound; elsewhere a stolen
    /// token is of no use, and a lost answer would throw a client out (FAPI 2.0 §5.3.2.1).
    init(_ client: Client, _ profile: SecurityProfile, _ settings: TokenSettings) {
        let (policy, grant) = (client.policy, client.grantPolicy)
        let isBound = policy.method != .publicClient && (policy.bindsTokens || profile.bindsTokens)
        rotates = grant.rotatesRefreshTokens ?? !isBound
        lifetime = Int64(grant.refreshLifetime ?? settings.refreshLifetime)
        idle = grant.refreshIdle.map { Int64($0) }
    }

    /// The end of a family that is used at `now`.
    func end(grantedAt: Int64, now: Int64) -> Int64 {
        let last = grantedAt + lifetime
        return idle.map { min(last, now + $0) } ?? last
    }

    /// Whether the new end is worth a write: an eighth of the idle time is saved up.
    func isWorthWriting(_ end: Int64, before: Int64) -> Bool {
        guard let idle else { return false }
        return end - before >= max(1, idle / 8)
    }
}

/// The state of a presented refresh token within its family.
enum RefreshTokenState {
    /// The one that is to be used.
    case current
    /// Used a moment ago: its successor, which was not used yet, is given again.
    case repeated(successor: RefreshToken)
    /// An earlier one: somebody has used it twice (RFC 9700 §4.14.2).
    case reused

    /// A clock that was set back by less than the grace does not throw a client out.
    init(
        _ token: RefreshToken,
        in family: RefreshFamilyRecord,
        _ keys: SealingKeys,
        grace: Int64,
        now: Int64
    ) {
        let digest = token.digest
        if SecretComparison.equal(digest.span, family.current.span) {
            self = .current
            return
        }
        let window = (family.rotatedAt - grace)..<(family.rotatedAt + grace)
        if let previous = family.previous,
            SecretComparison.equal(digest.span, previous.span), window.contains(now),
            let successor = token.successor(family.current, keys)
        {
            self = .repeated(successor: successor)
        } else {
            self = .reused
        }
    }
}

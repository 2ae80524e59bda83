// SPDX-License-Identifier: Apache-2.0
internal import Storage

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

    /// The end of a family by its row and the rules of now, whichever is earlier.
    func end(of family: RefreshFamilyRecord) -> Int64 {
        min(family.endsAt, family.access.grantedAt + lifetime)
    }

    /// Whether the new end is worth a write: an eighth of the idle time is saved up.
    ///
    /// An earlier end is one too, by rules that have changed.
    func isWorthWriting(_ end: Int64, before: Int64) -> Bool {
        abs(end - before) >= max(1, (idle ?? 0) / 8)
    }
}

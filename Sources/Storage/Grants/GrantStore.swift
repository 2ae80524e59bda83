// SPDX-License-Identifier: Apache-2.0
/// A durable store of grants that last: codes, refresh tokens and revocations.
///
/// Calls block: for one writing thread and workers. No registry depends on these rows: they are in
/// no change log, and have no author.
package protocol GrantStore: Sendable {
    /// Performs `writes` in their order in one transaction, durable when this returns.
    ///
    /// Results stand in the order of the writes, and each write sees those before it: of two uses
    /// of one code the first is made. A write that fails alone is a result and changes nothing; an
    /// error means that none is acknowledged.
    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult]

    /// The rows of these keys, each as of a moment after the call; nil where there is none.
    ///
    /// Rows that have ended may be returned still: time is the caller's to judge.
    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?]

    /// Calls `body` for every revoked token whose end is after `now`.
    func forEachRevokedToken(after now: Int64, _ body: (RevokedToken) -> Void) throws(StoreError)

    /// Writes a row of the audit for each impersonation, in one transaction that is durable when
    /// this returns; on an error there is no row.
    func record(_ impersonations: [Impersonation], at time: Int64) throws(StoreError)

    /// Removes at most `limit` rows that ended before `now`; returns how many.
    ///
    /// One short transaction; 0 means that none is left.
    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int

    /// The place behind the newest revocation; nil where no other program revokes tokens.
    func revocationPosition() throws(StoreError) -> Int64?

    /// The revocations behind `position`, by any program, in the order of their commits, and the
    /// place behind them.
    func revocations(
        after position: Int64
    ) throws(StoreError) -> (position: Int64, tokens: [RevokedToken])
}

extension GrantStore where Self: RegistrationStore {
    package func record(
        _ impersonations: [Impersonation],
        at time: Int64
    ) throws(StoreError) {
        try enter(by: .server, at: time) { writer throws(StoreError) in
            for impersonation in impersonations { try writer.record(impersonation) }
        }
    }
}

extension GrantStore {
    /// Nil: one server alone has the store.
    package func revocationPosition() throws(StoreError) -> Int64? { nil }

    /// None.
    package func revocations(
        after position: Int64
    ) throws(StoreError) -> (position: Int64, tokens: [RevokedToken]) { (position, []) }
}

/// The identity of a row of grants.
public enum GrantKey: Sendable, Hashable {
    /// A code, by the SHA-256 of its bytes.
    case code([UInt8])
    /// A family of refresh tokens, by its grant's id of 16 bytes.
    case refreshFamily([UInt8])
    /// A pushed authorization request (RFC 9126), by the SHA-256 of the reference in its URI.
    case pushedRequest([UInt8])
}

/// A row of grants.
public enum GrantRecord: Sendable, Equatable {
    /// The row of a code.
    case code(CodeRecord)
    /// The row of a family of refresh tokens.
    case refreshFamily(RefreshFamilyRecord)
    /// The row of a pushed authorization request.
    case pushedRequest(PushedRequestRecord)
}

/// One change of grants.
///
/// Conditions are part of the write, so that of two of them at most one is met.
public enum GrantWrite: Sendable, Equatable {
    /// Keeps a pushed authorization request; `.full` where its client has too many.
    case push(PushedRequestRecord)
    /// Keeps a code, and removes the pushed request that it came from; `.conflict` where that is
    /// gone.
    case addCode(CodeRecord, from: [UInt8]?)
    /// Marks a code as used, and keeps the family that begins with it; `.conflict` where it is
    /// used already, and `.absent` where there is none. A used code is kept for
    /// `usedCodeSecondsMax`. The number of families is bounded as below.
    case useCode([UInt8], at: Int64, RefreshFamilyRecord?)
    /// Keeps a new family, and removes those of the same client and user beyond
    /// `familiesOfUserMax`.
    case addRefreshFamily(RefreshFamilyRecord)
    /// Replaces the current token of a family by its successor.
    ///
    /// `.conflict` where another token is current, `.absent` where there is no such family.
    case rotateRefreshToken(RefreshRotation)
    /// Moves the end of a family that was used without rotation; `.absent` where there is none.
    case extendRefreshFamily([UInt8], endsAt: Int64)
    /// Removes a grant's family if there is one, and has its access tokens revoked.
    ///
    /// `.full` where too many are revoked already: the family stays for another attempt then, but
    /// none of its refresh tokens is current any more.
    case revokeGrant(RevokedToken)
    /// Revokes one access token; `.full` beyond `singleRevocationsMax`.
    case revokeToken(RevokedToken)
}

/// The result of one write.
public enum GrantWriteResult: Sendable, Equatable {
    /// Written, and durable.
    case done
    /// Its condition was not met by the row that is there.
    case conflict
    /// There is no such row.
    case absent
    /// The table has as many rows as it may have.
    case full
}

/// Bounds of what is kept for grants.
public enum GrantLimits {
    /// Revoked access tokens that have not expired: some 50 MB of memory when full.
    public static let revokedTokensMax = 262_144
    /// Those of them at which single tokens are not revoked any more: a client that revokes tokens
    /// one by one leaves room for grants that have to end, because a token was stolen.
    public static let singleRevocationsMax = revokedTokensMax / 8 * 7
    /// Single tokens that one client may revoke in the lifetime of its tokens, once half of all are
    /// used: seven others may do the same, and grants and sessions can still end.
    public static let singleRevocationsOfClientMax = singleRevocationsMax / 16
    /// Families of one client and user; a new one beyond it takes the place of the one that was
    /// rotated least lately, so that nobody makes the store grow by signing in again and again; of
    /// those of one second the older grant goes, then the one with the larger id.
    public static let familiesOfUserMax = 100
    /// Seconds for which a used code is kept, so that a second use ends its grant; shorter where
    /// its tokens live shorter.
    public static let usedCodeSecondsMax: Int64 = 3600
    /// Codes that are kept: the unused ones of a minute and the used ones of an hour, some hundred
    /// bytes each.
    public static let codesMax = 262_144
    /// Pushed requests that have not ended: those of five minutes, 4 KiB each at most.
    public static let pushedRequestsMax = 65_536
    /// Those of one client, while fewer than half of all are used: a client without credentials can
    /// be anybody.
    public static let pushedRequestsOfClientMax = 4_096
    /// Those of one client once half of all are used: eight clients may use their most, and five
    /// hundred others go on.
    public static let pushedRequestsOfClientMin = 64

    /// The requests that one client may have where so many of all are kept.
    public static func pushedRequestsMax(ofClientWhere kept: Int) -> Int {
        kept < pushedRequestsMax / 2 ? pushedRequestsOfClientMax : pushedRequestsOfClientMin
    }
}

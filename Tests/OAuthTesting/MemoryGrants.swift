// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
package import Storage

/// A store of grants in memory, and the revocations that follow from it: a model of what
/// `GrantStore` promises, condition by condition.
package final class MemoryGrants: GrantStore, TokenRevocations {
    private struct Rows {
        var codes: [[UInt8]: CodeRecord] = [:]
        var families: [[UInt8]: RefreshFamilyRecord] = [:]
        var pushed: [[UInt8]: PushedRequestRecord] = [:]
        var revoked: [[UInt8]: Int64] = [:]
        var written: [GrantWrite] = []
        var impersonations: [Impersonation] = []
    }

    private let rows = Lock(Rows())
    private let revokedMax: Int
    private let shortLivedMax: Int
    private let crowdedAt: Int

    /// An empty store with these bounds.
    package init(
        revokedMax: Int = GrantLimits.revokedTokensMax,
        shortLivedMax: Int = GrantLimits.codesMax,
        crowdedAt: Int = GrantLimits.singleRevocationsMax / 2
    ) {
        self.revokedMax = revokedMax
        self.shortLivedMax = shortLivedMax
        self.crowdedAt = crowdedAt
    }

    /// Every write that was tried, in order.
    package var written: [GrantWrite] { rows.withLock(\.written) }

    /// The audit's rows of impersonations, in order.
    package var impersonations: [Impersonation] { rows.withLock(\.impersonations) }

    /// The rows of families.
    package var families: [RefreshFamilyRecord] { rows.withLock { Array($0.families.values) } }

    package var isCrowded: Bool { rows.withLock { $0.revoked.count > crowdedAt } }

    /// The revoked tokens and grants.
    package var revoked: [RevokedToken] {
        rows.withLock { $0.revoked.map { RevokedToken(id: $0.key, until: $0.value) } }
    }

    package func isRevoked(_ id: [UInt8]) -> Bool { rows.withLock { $0.revoked[id] != nil } }

    package func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        rows.withLock { rows in
            writes.map { write in
                rows.written.append(write)
                return perform(write, &rows)
            }
        }
    }

    package func record(
        _ impersonations: [Impersonation],
        at time: Int64
    ) throws(StoreError) {
        rows.withLock { $0.impersonations += impersonations }
    }

    package func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] {
        rows.withLock { rows in
            keys.map { key in
                switch key {
                case .code(let digest): rows.codes[digest].map { .code($0) }
                case .refreshFamily(let id): rows.families[id].map { .refreshFamily($0) }
                case .pushedRequest(let digest): rows.pushed[digest].map { .pushedRequest($0) }
                }
            }
        }
    }

    package func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {
        for token in revoked where token.until > now { body(token) }
    }

    package func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int {
        rows.withLock { rows in
            var removed = 0
            func remove<Row>(_ table: inout [[UInt8]: Row], _ end: (Row) -> Int64) {
                for (key, row) in table where end(row) < now && removed < limit {
                    table[key] = nil
                    removed += 1
                }
            }
            remove(&rows.codes) { max($0.keptUntil, $0.expiresAt) }
            remove(&rows.families, \.endsAt)
            remove(&rows.pushed, \.expiresAt)
            remove(&rows.revoked) { $0 }
            return removed
        }
    }

    private func perform(_ write: GrantWrite, _ rows: inout Rows) -> GrantWriteResult {
        switch write {
        case .push(let record):
            guard rows.pushed.count + rows.codes.count < shortLivedMax else { return .full }
            rows.pushed[record.digest] = record
        case .addCode(let record, let pushed):
            guard rows.pushed.count + rows.codes.count < shortLivedMax else { return .full }
            if let pushed, rows.pushed.removeValue(forKey: pushed) == nil { return .conflict }
            rows.codes[record.digest] = record
        case .useCode(let digest, let now, let family):
            guard let row = rows.codes[digest] else { return .absent }
            guard row.usedAt == nil else { return .conflict }
            rows.codes[digest]?.usedAt = now
            let kept = now + min(row.access.tokenLifetime, GrantLimits.usedCodeSecondsMax)
            rows.codes[digest]?.keptUntil = max(row.keptUntil, kept)
            if let family { add(family, &rows) }
        case .addRefreshFamily(let family): add(family, &rows)
        case .rotateRefreshToken(let rotation):
            guard var family = rows.families[rotation.family] else { return .absent }
            guard family.current == rotation.current else { return .conflict }
            family.previous = family.current
            family.current = rotation.successor
            family.rotatedAt = rotation.rotatedAt
            family.endsAt = rotation.endsAt
            rows.families[rotation.family] = family
        case .extendRefreshFamily(let id, let endsAt):
            guard rows.families[id] != nil else { return .absent }
            rows.families[id]?.endsAt = endsAt
        case .revokeGrant(let token):
            guard revoke(token, &rows) else {
                rows.families[token.id]?.current = [UInt8](repeating: 0, count: 32)
                rows.families[token.id]?.previous = nil
                return .full
            }
            rows.families[token.id] = nil
        case .revokeToken(let token): guard revoke(token, &rows) else { return .full }
        }
        return .done
    }

    private func add(_ family: RefreshFamilyRecord, _ rows: inout Rows) {
        let access = family.access
        let others = rows.families.values
            .filter { $0.access.clientID == access.clientID && $0.access.subject == access.subject }
            .sorted { one, other in
                if one.rotatedAt != other.rotatedAt { return one.rotatedAt > other.rotatedAt }
                let (first, second) = (one.access, other.access)
                if first.grantedAt != second.grantedAt { return first.grantedAt > second.grantedAt }
                return first.grantID.lexicographicallyPrecedes(second.grantID)
            }
        for old in others.dropFirst(GrantLimits.familiesOfUserMax - 1) {
            rows.families[old.access.grantID] = nil
        }
        rows.families[access.grantID] = family
    }

    private func revoke(_ token: RevokedToken, _ rows: inout Rows) -> Bool {
        let before = rows.revoked[token.id]
        guard before != nil || rows.revoked.count < revokedMax else { return false }
        rows.revoked[token.id] = max(before ?? token.until, token.until)
        return true
    }
}

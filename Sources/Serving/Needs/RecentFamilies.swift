// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Reactor
internal import Storage

/// The families of refresh tokens that were written or read last, for all reactors: a rotation
/// costs no read before its write.
///
/// Bounded: of two generations of entries the older one goes as a whole.
final class RecentFamilies: RecentGrants {
    private struct Generations {
        var young: [[UInt8]: RefreshFamilyRecord] = [:]
        var old: [[UInt8]: RefreshFamilyRecord] = [:]
    }

    private let generations = Lock(Generations())
    /// Entries of a generation: 6 MB for both, where records have the usual size.
    private let countMax: Int
    /// The texts of one record, in bytes: registrations allow a few with many scopes.
    private static let bytesMax = 1_024

    init(countMax: Int = 4_096) {
        self.countMax = countMax
    }

    func refreshFamily(_ id: [UInt8]) -> RefreshFamilyRecord? {
        generations.withLock { $0.young[id] ?? $0.old[id] }
    }

    /// Keeps a family as the store has it.
    func keep(_ family: RefreshFamilyRecord) {
        guard Self.bytes(family.access) <= Self.bytesMax else { return }
        generations.withLock { Self.keep(family, in: &$0, countMax) }
    }

    /// Notes the result of a write.
    func note(_ write: GrantWrite, _ result: GrantWriteResult) {
        switch write {
        case .addRefreshFamily(let family), .useCode(_, _, let family?):
            if result == .done { keep(family) }
        case .rotateRefreshToken(let rotation):
            change(rotation.family, result) { family in
                family.previous = rotation.current
                family.current = rotation.successor
                family.rotatedAt = rotation.rotatedAt
                family.endsAt = rotation.endsAt
            }
        case .extendRefreshFamily(let id, let end): change(id, result) { $0.endsAt = end }
        case .revokeGrant(let token): forget(token.id)
        case .revokeToken, .push, .addCode, .useCode(_, _, nil): break
        }
    }

    /// Changes what is known; forgets it where the store has something else.
    private func change(
        _ id: [UInt8],
        _ result: GrantWriteResult,
        _ body: (inout RefreshFamilyRecord) -> Void
    ) {
        guard result == .done else { return forget(id) }
        generations.withLock { generations in
            guard var family = generations.young[id] ?? generations.old[id] else { return }
            body(&family)
            Self.keep(family, in: &generations, countMax)
        }
    }

    private func forget(_ id: [UInt8]) {
        generations.withLock {
            $0.young[id] = nil
            $0.old[id] = nil
        }
    }

    private static func keep(
        _ family: RefreshFamilyRecord,
        in generations: inout Generations,
        _ countMax: Int
    ) {
        let id = family.access.grantID
        if generations.young.count >= countMax, generations.young[id] == nil {
            (generations.old, generations.young) = (generations.young, [:])
        }
        generations.young[id] = family
    }

    private static func bytes(_ access: GrantedAccess) -> Int {
        access.subject.utf8.count
            + (access.scopes + access.audiences).reduce(0) { $0 + $1.utf8.count }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage

/// When keys of tokens are replaced by the server itself.
package struct TokenKeySchedule: Sendable, Equatable {
    /// Seconds for which a key is used.
    private let period: Int64

    /// Seconds that a new key is known before it is used.
    ///
    /// A day, longer than resource servers and their gateways keep a copy of the JWK Set: a
    /// schedule is in no hurry, unlike `handfast key rotate`.
    package static let leadSeconds: Int64 = 86_400

    /// Each key is used for so many days.
    package init(days: Int) {
        period = Int64(days) * 86_400
    }

    /// When a successor of this kind's newest key is to become active; nil while none is due.
    ///
    /// By the newest key and not by the active one: a successor that waits for its time is one,
    /// and a clock that was set back makes no second one.
    package func successor(
        of kind: TokenKeyKind,
        among keys: [KeyRecord],
        now: Int64
    ) -> Int64? {
        newest(of: kind, among: keys).flatMap { successor(ofActiveFrom: $0, now: now) }
    }

    /// When the newest key of this kind is to be replaced; nil where there is none.
    package func end(of kind: TokenKeyKind, among keys: [KeyRecord]) -> Int64? {
        guard let newest = newest(of: kind, among: keys) else { return nil }
        let (end, isBeyondTime) = newest.addingReportingOverflow(period)
        return isBeyondTime ? nil : end
    }

    /// From when on the newest key of this kind is active; nil where there is none.
    private func newest(of kind: TokenKeyKind, among keys: [KeyRecord]) -> Int64? {
        keys.filter { $0.kind == kind.stored && $0.retiredAt == nil }.map(\.activeFrom).max()
    }

    /// The same, for a newest key that is active from a moment on.
    package func successor(ofActiveFrom newest: Int64, now: Int64) -> Int64? {
        let (end, isBeyondTime) = newest.addingReportingOverflow(period)
        guard !isBeyondTime, now >= end - Self.leadSeconds else { return nil }
        return max(end, now + Self.leadSeconds)
    }
}

/// Keys that the server makes by itself.
extension TokenKeyRotation {
    /// Makes sure that there is a key of each of `kinds` that has not ended.
    ///
    /// Used at once: nothing of its kind is in use that it could surprise.
    package static func ensureKeys(
        of kinds: some Sequence<TokenKeyKind>,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        for kind in kinds {
            _ = try store.ensureKey(kind: kind.stored, by: author, at: now) {
                try kind.make(createdAt: now, activeFrom: now)
            }
        }
    }

    /// Makes sure that there is a key of each kind that every server has.
    package static func ensure(
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        try ensureKeys(of: TokenKeyKind.ofEveryServer, in: store, by: author, at: now)
    }

    /// Makes a successor for each of `kinds` that is due.
    ///
    /// Whether it is due is judged again in the transaction that writes it: of a server and
    /// a command, one makes it.
    package static func rotateDue(
        _ kinds: some Sequence<TokenKeyKind>,
        by schedule: TokenKeySchedule,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        for kind in kinds {
            func moment(_ keys: [KeyRecord]) -> Int64? {
                schedule.successor(of: kind, among: keys, now: now)
            }
            guard let activeFrom = moment(try store.keys()) else { continue }
            try store.rotate(
                to: try kind.make(createdAt: now, activeFrom: activeFrom),
                retiringOthersAt: activeFrom,
                removingEndedBefore: now - Int64(RegistrationLimits.tokenLifetimeSecondsMax),
                by: author,
                at: now,
                if: { moment($0) == activeFrom }
            )
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Wrong passwords that count against a name, for all reactors (RFC 6749 §4.3.2: the endpoint must
/// be protected against guessing).
///
/// A name that has had its number of wrong ones is checked once in `secondsEach` from then on. The
/// right password takes nothing off, or a guesser would go on whenever the user logs in, and could
/// see that.
package final class PasswordFailures: Sendable {
    /// The seconds that a wrong password counts, once it is the oldest that does.
    ///
    /// 8,640 guesses a day for one user, where a core would check three million.
    private static let secondsEach: Int64 = 10
    /// Users that wrong passwords are counted for: 6 MB.
    private static let namesMax = 65_536

    private struct Row {
        /// Wrong passwords that still count, up to the limit.
        var count: Int64 = 0
        /// Passwords that are being checked.
        var pending: Int64 = 0
        /// When the count last fell, or began; in seconds of the monotonic clock.
        var since: Int64
        /// Keyed hashes of the last two wrong passwords; repeating one does not count again.
        var known = (0, 0)

        mutating func settle(_ now: Int64, limit: Int64) {
            let over = max(0, now - since) / PasswordFailures.secondsEach
            count = min(count - min(count, over), limit)
            since += over * PasswordFailures.secondsEach
        }

        mutating func count(_ wrong: Int, _ now: Int64, limit: Int64) {
            // A program with an old password repeats that one, and guesses nothing.
            guard wrong != known.0, wrong != known.1 else { return }
            known = (wrong, known.0)
            if count == 0 { since = now }
            count = min(count + 1, limit)
        }
    }

    /// A name whose wrong passwords are counted.
    struct Throttle: Sendable, Equatable {
        /// The hash of the name.
        let name: Int
        /// How many wrong ones it may have; 0 stands for any number.
        let limit: Int
    }

    private let rows = Lock([Int: Row]())
    private let rowsMax: Int

    package init(rowsMax: Int = namesMax) {
        self.rowsMax = rowsMax
    }

    /// Whether a password may be checked now by all of its counts: nil, or the seconds until then.
    ///
    /// After nil, `end` has to come, with the same counts.
    func begin(_ throttles: [Throttle], now: Int64) -> Int64? {
        for (index, throttle) in throttles.enumerated() {
            guard let seconds = begin(throttle.name, limit: throttle.limit, now: now) else {
                continue
            }
            end(Array(throttles[..<index]), wrong: nil, now: now)
            return seconds
        }
        return nil
    }

    /// Ends what `begin` allowed.
    func end(_ throttles: [Throttle], wrong: Int?, now: Int64) {
        for throttle in throttles {
            end(throttle.name, wrong: wrong, limit: throttle.limit, now: now)
        }
    }

    /// Whether a password may be checked now: nil, or the seconds until then.
    ///
    /// After nil, `end` has to come. `limit` is how many wrong ones a name may have; 0 stands for
    /// any number.
    func begin(_ name: Int, limit: Int, now: Int64) -> Int64? {
        guard limit > 0 else { return nil }
        let limit = Int64(limit)
        return rows.withLock { rows in
            var row = rows[name] ?? Row(since: now)
            row.settle(now, limit: limit)
            // With no recent failure, concurrent checks are assumed legitimate and not throttled.
            let isAllowed = row.count == 0 || row.count + row.pending < limit
            if isAllowed { row.pending += 1 }
            // Each row costs a password hash, so filling the table is infeasible; when it is full,
            // new names are not counted.
            if rows[name] == nil, rows.count >= rowsMax { Self.sweep(&rows, now, limit) }
            if rows[name] != nil || rows.count < rowsMax { rows[name] = row }
            guard !isAllowed else { return nil }
            return row.count < limit ? 1 : max(1, Self.secondsEach - (now - row.since))
        }
    }

    /// Ends what `begin` allowed; `wrong` tells a wrong password from others, nil was none.
    func end(_ name: Int, wrong: Int?, limit: Int, now: Int64) {
        guard limit > 0 else { return }
        rows.withLock { rows in
            guard var row = rows[name] else { return }
            row.settle(now, limit: Int64(limit))
            row.pending = max(0, row.pending - 1)
            if let wrong { row.count(wrong, now, limit: Int64(limit)) }
            rows[name] = row.count > 0 || row.pending > 0 ? row : nil
        }
    }

    /// The number of names in the table; for tests.
    var names: Int { rows.withLock { $0.count } }

    private static func sweep(_ rows: inout [Int: Row], _ now: Int64, _ limit: Int64) {
        rows = rows.filter { _, row in
            var settled = row
            settled.settle(now, limit: limit)
            return settled.count > 0 || settled.pending > 0
        }
    }
}

internal import Cryptography
internal import Reactor

/// Wrong passwords that count against a name, for all reactors (RFC 6749 §4.3.2: the endpoint must
/// be protected against guessing).
///
/// Nobody is locked out: once a name has had its number of wrong passwords, one in
/// `secondsEach` is still checked, and the right one clears the count.
final class PasswordFailures: Sendable {
    private static let secondsEach = Int64(Limits.passwordFailureSeconds)

    private struct Row {
        var count: Int64
        /// When the count last fell, or began; in seconds of a clock that nobody sets.
        var since: Int64

        mutating func settle(_ now: Int64) {
            let over = max(0, now - since) / PasswordFailures.secondsEach
            count -= min(count, over)
            since += over * PasswordFailures.secondsEach
        }
    }

    private let rows = Lock([Digest256: Row]())
    private let rowsMax: Int

    init(rowsMax: Int = Limits.passwordNamesMax) {
        self.rowsMax = rowsMax
    }

    /// Seconds until a password may be tried for this name; nil where it may be now.
    ///
    /// `most` is how many wrong ones a name may have before; 0 stands for any number.
    func secondsToWait(_ name: Digest256, most: Int, now: Int64) -> Int64? {
        guard most > 0 else { return nil }
        return rows.withLock { rows in
            guard var row = rows[name] else { return nil }
            row.settle(now)
            guard row.count > 0 else {
                rows[name] = nil
                return nil
            }
            rows[name] = row
            return row.count < most ? nil : max(1, Self.secondsEach - (now - row.since))
        }
    }

    /// Counts a wrong password.
    func count(_ name: Digest256, now: Int64) {
        rows.withLock { rows in
            var row = rows[name] ?? Row(count: 0, since: now)
            row.settle(now)
            if row.count == 0 { row.since = now }
            row.count += 1
            if rows[name] == nil, rows.count >= rowsMax { Self.sweep(&rows, now) }
            // Each row stands for a hash that was computed within `secondsEach`: a machine that
            // fills this in that time is not known. The one beyond it is not counted.
            guard rows[name] != nil || rows.count < rowsMax else { return }
            rows[name] = row
        }
    }

    /// Forgets the wrong passwords of a name whose right one came.
    func clear(_ name: Digest256) {
        rows.withLock { $0[name] = nil }
    }

    /// How many names are remembered; for tests.
    var names: Int { rows.withLock { $0.count } }

    private static func sweep(_ rows: inout [Digest256: Row], _ now: Int64) {
        rows = rows.filter { _, row in
            var settled = row
            settled.settle(now)
            return settled.count > 0
        }
    }
}

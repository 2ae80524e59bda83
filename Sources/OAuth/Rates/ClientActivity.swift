// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Synchronization

/// A client's bucket in this process, and counts of requests beyond its rate or its need.
///
/// Shared by all threads, without a lock; in memory alone. Outlives the registrations of its client
/// (`Client.takeActivity`), so that a change of one fills no bucket.
public final class ClientActivity: Sendable {
    /// When the bucket is full again, in nanoseconds of the monotonic clock.
    private let fullAt = Atomic<UInt64>(0)
    /// The same of the bucket of revocations of single tokens.
    private let revocationsFullAt = Atomic<UInt64>(0)
    private let slowedDownCount = Atomic<UInt64>(0)
    private let slowedDownAt = Atomic<Int64>(0)
    private let earlyCount = Atomic<UInt64>(0)
    /// The last token: a hash of what it is for, and the second in which half its life is over.
    private let lastToken = Atomic<UInt64>(0)

    /// Nothing was asked yet.
    public init() {}

    // MARK: rates

    /// Takes a request out of the bucket: nil, or the seconds after which there is one again.
    ///
    /// `now` is in nanoseconds of the monotonic clock, `time` in seconds since 1970.
    func spend(_ rate: RequestRate, now: UInt64, time: Int64) -> Int? {
        guard let wait = Self.spend(rate, of: fullAt, now: now) else { return nil }
        slowedDownCount.add(1, ordering: .relaxed)
        slowedDownAt.store(time, ordering: .relaxed)
        return RequestRate.retrySeconds(wait)
    }

    /// Takes one out of a bucket: nil, or the nanoseconds after which there is one again.
    private static func spend(
        _ rate: RequestRate,
        of bucket: borrowing Atomic<UInt64>,
        now: UInt64
    ) -> UInt64? {
        var known = bucket.load(ordering: .relaxed)
        while true {
            switch rate.spend(fullAt: known, now: now) {
            case .refused(let wait, let settled):
                // Where another reactor is first, its request does the same.
                if settled != known {
                    _ = bucket.compareExchange(
                        expected: known,
                        desired: settled,
                        ordering: .relaxed
                    )
                }
                return wait
            case .allowed(let next):
                let (isDone, found) = bucket.weakCompareExchange(
                    expected: known,
                    desired: next,
                    ordering: .relaxed
                )
                if isDone { return nil }
                known = found
            }
        }
    }

    // MARK: revocations

    /// Counts the revocation of a single token; false where the client has revoked its share in the
    /// `lifetime` of its tokens, in seconds, after which revocations are forgotten; in a day, where
    /// that is longer.
    func revokes(lifetime: Int64, now: UInt64) -> Bool {
        let range = RequestRate.secondsRange
        let seconds = min(max(Int(lifetime), range.lowerBound), range.upperBound)
        let share = GrantLimits.singleRevocationsOfClientMax
        guard let rate = RequestRate(requests: share, seconds: seconds) else { return true }
        return Self.spend(rate, of: revocationsFullAt, now: now) == nil
    }

    /// How many requests were refused because the bucket was empty.
    public var slowedDown: UInt64 { slowedDownCount.load(ordering: .relaxed) }

    /// When the last of them was refused, in seconds since 1970; nil where none was.
    public var lastSlowedDown: Int64? {
        slowedDown == 0 ? nil : slowedDownAt.load(ordering: .relaxed)
    }

    // MARK: needs

    /// Notes a token that was made at `now` for the purpose with this hash: early, if half the life
    /// of the last one for the same purpose was left.
    ///
    /// Reactors that make tokens of one client at the same moment may count one too few.
    func noteToken(purpose: Int, now: Int64, lifetime: Int64) {
        let hash = UInt64(UInt32(truncatingIfNeeded: purpose)) << 32
        let last = lastToken.load(ordering: .relaxed)
        let isSame = last & ~UInt64(UInt32.max) == hash
        if isSame, now < Int64(UInt32(truncatingIfNeeded: last)) {
            earlyCount.add(1, ordering: .relaxed)
        }
        let token = hash | UInt64(UInt32(truncatingIfNeeded: now + lifetime / 2))
        // A client that asks without end would else have its line written by all reactors at once.
        if token != last { lastToken.store(token, ordering: .relaxed) }
    }

    /// How many tokens were made while the one before was as good.
    public var tokensIssuedEarly: UInt64 { earlyCount.load(ordering: .relaxed) }
}

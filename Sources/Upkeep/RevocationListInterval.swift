// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// How long a source of revocation lists may wait for its next look, by when its lists end.
///
/// A CA may issue its next list sooner than the usual interval is over; `hard` would refuse good
/// clients although that list is there.
struct RevocationListInterval {
    /// The shortest, in milliseconds: lists that end all the time must not burden their server.
    static let shortest: UInt64 = 5_000
    /// The shortest lead, in milliseconds: as long as a fetch may take.
    private static let leadMin: UInt64 = 5_000
    /// The longest where a list has ended, or where there is none, in milliseconds: `hard` refuses.
    static let endedMax: UInt64 = 60_000
    /// A year ahead, in seconds: beyond every usual interval.
    private static let leftMax: Int64 = 31_536_000

    /// The end of the list that ends first, in seconds since 1970; nil without lists.
    private let end: Int64?

    /// The interval of a source with these lists in use.
    init(_ lists: [RevocationList]) {
        // One of an intermediate is kept beside its successor until that has proven itself; such a
        // source has the newer one already.
        end = lists.filter { list in !lists.contains { list.isOlder(than: $0) && !$0.isProven } }
            .map(\.nextUpdate).min()
    }

    /// The interval from `now` on, in milliseconds; `now` is in seconds since 1970.
    ///
    /// A tenth of the time left is the lead: looks become more frequent towards the end, in case
    /// the next list comes late. After it, the wait doubles, because it is the time since the end.
    func milliseconds(now: Int64) -> UInt64 {
        guard let end else { return Self.endedMax }
        guard now < end else {
            let ended = UInt64(min(now - end, Self.leftMax)) * 1_000
            return min(max(ended, Self.shortest), Self.endedMax)
        }
        let left = UInt64(min(end - now, Self.leftMax)) * 1_000
        let lead = max(left / 10, Self.leadMin)
        return max(left - min(left, lead), Self.shortest)
    }
}

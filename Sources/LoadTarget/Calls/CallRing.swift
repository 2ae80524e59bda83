// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// The latest calls, bounded: each reactor writes a segment of its own, and anybody reads all.
///
/// A segment has a lock that nobody else holds but for a short piece of a query.
package final class CallRing: Sendable {
    /// About ten megabytes with the texts of clients' ids; some seconds of a fast target.
    package static let callsMax = 65_536
    /// The calls of one answer: two megabytes of JSON.
    package static let limitMax = 10_000
    /// The calls that a query looks at under a lock: some microseconds of a reactor's time.
    private static let stepMax = 256

    private struct Segment {
        /// The call of number n stands at n modulo the capacity.
        var calls: [CallRecord] = []
        /// The number of the next call.
        var next = 0
        /// The time of the latest call that was overwritten.
        var lost: Int64?
    }

    private let segments: [Lock<Segment>]
    /// Of each segment.
    private let capacity: Int

    /// An empty ring; its calls are shared among the segments, of which each reactor has one.
    package init(segments count: Int, calls: Int = CallRing.callsMax) {
        precondition(count > 0 && calls >= count)
        capacity = calls / count
        segments = (0..<count).map { _ in Lock(Segment()) }
    }

    /// Lists a call, in the place of the segment's oldest one where that is full.
    package func record(_ call: CallRecord, segment: Int) {
        segments[segment].withLock { segment in
            if segment.calls.count < capacity {
                segment.calls.append(call)
            } else {
                let oldest = segment.next % capacity
                segment.lost = segment.calls[oldest].time
                segment.calls[oldest] = call
            }
            segment.next += 1
        }
    }

    /// The latest calls that match, at most `limit` and at most `limitMax`, in the order of their
    /// times.
    ///
    /// Linear in all calls that are kept. Blocks no reactor for long.
    package func page(
        client: String? = nil,
        since: Int64? = nil,
        limit: Int = CallRing.limitMax
    ) -> CallPage {
        let limit = min(max(limit, 0), Self.limitMax)
        var found: [CallRecord] = []
        var lost: Int64?
        for segment in segments {
            // One more than fits tells whether there are more.
            let (calls, lostHere) = Self.latest(segment, limit + 1) { call in
                (client == nil || call.client == client)
                    && (since == nil || call.time >= since ?? 0)
            }
            found += calls
            if let lostHere { lost = max(lost ?? lostHere, lostHere) }
        }
        // Swift's sort is stable: calls of one millisecond stay in the order of their segment.
        found.sort { $0.time < $1.time }
        return CallPage(
            calls: Array(found.suffix(limit)),
            hasMore: found.count > limit,
            completeSince: lost.map { $0 + 1 }
        )
    }

    /// Forgets all calls.
    package func reset() {
        for segment in segments { segment.withLock { $0 = Segment() } }
    }

    /// The latest calls of a segment that match, oldest first, and when calls were lost.
    private static func latest(
        _ segment: Lock<Segment>,
        _ limit: Int,
        where matches: (CallRecord) -> Bool
    ) -> ([CallRecord], lost: Int64?) {
        var found: [CallRecord] = []
        var before = Int.max
        var isDone = false
        while !isDone {
            segment.withLock { segment in
                // Calls that were overwritten or forgotten since the last step are passed over.
                let oldest = segment.next - segment.calls.count
                let newest = min(before, segment.next) - 1
                let end = max(oldest, newest - stepMax + 1)
                for number in stride(from: newest, through: end, by: -1) where found.count < limit {
                    let call = segment.calls[number % segment.calls.count]
                    if matches(call) { found.append(call) }
                }
                before = end
                isDone = end <= oldest || found.count >= limit
            }
        }
        return (found.reversed(), segment.withLock { $0.lost })
    }
}

/// Calls that were asked for.
package struct CallPage: Sendable, Equatable {
    /// The calls, in the order of their times.
    package let calls: [CallRecord]
    /// Whether earlier ones match, too.
    package let hasMore: Bool
    /// The moment from which no call has been overwritten, in milliseconds since 1970; nil where
    /// none has been at all.
    package let completeSince: Int64?

    /// `{"calls": […], "more": …, "complete_since": …}`.
    package var json: [UInt8] {
        var out = Array(#"{"calls":["#.utf8)
        for (index, call) in calls.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            call.append(to: &out)
        }
        out += #"],"more":\#(hasMore),"complete_since":"#.utf8
        if let completeSince {
            CallRecord.append(seconds: completeSince, to: &out)
        } else {
            out += "null".utf8
        }
        out += "}".utf8
        return out
    }
}

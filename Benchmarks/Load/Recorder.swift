// SPDX-License-Identifier: Apache-2.0
internal import Histogram

/// The measurements of one kind of work.
struct WorkRecord: Sendable {
    /// Nanoseconds, at most a minute, three significant digits.
    var latencies = Histogram<UInt64>(
        highestTrackableValue: Recorder.latencyMax,
        numberOfSignificantValueDigits: .three
    )
    var succeeded = 0
    var failed = 0
    /// Of `resumed` operations: how many the server did resume.
    var resumed = 0
    /// Of `resumed` operations: the first of a client each, which has no session to resume.
    var first = 0

    /// The share of what could be resumed that was; nil when nothing could.
    var resumedShare: Double? {
        succeeded > first
            ? Double(min(resumed, succeeded - first)) / Double(succeeded - first) : nil
    }

    /// How many latencies were recorded.
    var latencyCount: Int { Int(latencies.totalCount) }

    /// The latency in nanoseconds that so many percent did not exceed; 0 without any.
    func latency(_ percent: Double) -> UInt64 {
        latencies.totalCount == 0 ? 0 : latencies.valueAtPercentile(percent)
    }

    mutating func add(latency nanoseconds: UInt64) {
        latencies.record(min(nanoseconds, Recorder.latencyMax))
    }

    /// Adds what another thread or process saw.
    mutating func merge(_ other: WorkRecord) {
        for value in other.latencies.recordedValues() {
            latencies.record(value.value, count: value.count)
        }
        succeeded += other.succeeded
        failed += other.failed
        resumed += other.resumed
        first += other.first
    }
}

/// Another process sends its record as the histogram's values and their counts.
extension WorkRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case values
        case counts
        case succeeded
        case failed
        case resumed
        case first
    }

    init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: CodingKeys.self)
        let values = try record.decode([UInt64].self, forKey: .values)
        let counts = try record.decode([UInt64].self, forKey: .counts)
        guard values.count == counts.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .counts,
                in: record,
                debugDescription: "as many counts as values"
            )
        }
        for (value, count) in zip(values, counts) {
            latencies.record(min(value, Recorder.latencyMax), count: count)
        }
        succeeded = try record.decode(Int.self, forKey: .succeeded)
        failed = try record.decode(Int.self, forKey: .failed)
        resumed = try record.decode(Int.self, forKey: .resumed)
        first = try record.decode(Int.self, forKey: .first)
    }

    func encode(to encoder: any Encoder) throws {
        var record = encoder.container(keyedBy: CodingKeys.self)
        let recorded = Array(latencies.recordedValues())
        try record.encode(recorded.map(\.value), forKey: .values)
        try record.encode(recorded.map(\.count), forKey: .counts)
        try record.encode(succeeded, forKey: .succeeded)
        try record.encode(failed, forKey: .failed)
        try record.encode(resumed, forKey: .resumed)
        try record.encode(first, forKey: .first)
    }
}

/// A slice of the run, for plots over time.
struct TimelinePoint: Codable, Equatable, Sendable {
    /// Seconds since the measurement began, at the slice's end.
    var second: Double
    /// Operations per second within the slice.
    var rate: Double
    /// Microseconds; 0 when nothing was answered.
    var p50: Double
    var p99: Double
    /// Operations per second that were due, in an open loop.
    var offered: Double?
}

/// Collects one thread's operations: counts, latencies, and slices of time.
struct Recorder: Sendable {
    static let latencyMax: UInt64 = 60_000_000_000

    private(set) var works = Work.allCases.map { _ in WorkRecord() }
    private(set) var timeline: [TimelinePoint] = []
    private(set) var reconnected = 0
    private(set) var unanswered = 0
    /// Good answers in all, the warm-up's and late ones included.
    private(set) var answers = 0
    private(set) var firstFailure: String?
    /// Nanoseconds of the monotonic clock; nil before the measurement begins.
    private(set) var began: UInt64?
    /// Failures since the last success, the warm-up's included.
    private(set) var failuresInRow = 0

    var succeeded: Int { works.reduce(0) { $0 + $1.succeeded } }

    private let sliceLength: UInt64
    private var sliceEnd: UInt64 = 0
    private var sliceCount = 0
    private var slice = Histogram<UInt32>(
        highestTrackableValue: Recorder.latencyMax,
        numberOfSignificantValueDigits: .two
    )

    /// `duration` in seconds decides how long a slice is: at most 120 of them, none shorter than
    /// 100 ms.
    init(duration: Double) {
        sliceLength = UInt64(max(0.1, duration / 120) * 1e9)
    }

    /// Forgets the warm-up.
    mutating func begin(at now: UInt64) {
        works = Work.allCases.map { _ in WorkRecord() }
        reconnected = 0
        firstFailure = nil
        began = now
        sliceEnd = now + sliceLength
    }

    /// Counts an answer.
    ///
    /// Its latency runs from `start`; in an open loop that is the intended start, and an operation
    /// that was due before the measurement began is not part of the latencies.
    mutating func succeed(
        _ work: Work,
        start: UInt64,
        now: UInt64,
        resumed: Bool,
        first: Bool = false,
        open: Bool
    ) {
        failuresInRow = 0
        answers += 1
        guard let began else { return }
        works[work.index].succeeded += 1
        if resumed { works[work.index].resumed += 1 }
        if first { works[work.index].first += 1 }
        closeSlices(until: now)
        sliceCount += 1
        if open, start < began { return }
        works[work.index].add(latency: now &- start)
        slice.record(min(now &- start, Self.latencyMax))
    }

    mutating func fail(_ work: Work, _ why: @autoclosure () -> String) {
        failuresInRow += 1
        if firstFailure == nil { firstFailure = why() }
        if began != nil { works[work.index].failed += 1 }
    }

    mutating func reconnect() { reconnected += 1 }

    /// An operation that was due and got no answer by the end: it took at least this long.
    mutating func abandon(_ work: Work, start: UInt64, now: UInt64) {
        unanswered += 1
        works[work.index].add(latency: now &- min(start, now))
    }

    /// Closes the slices that have passed.
    mutating func closeSlices(until now: UInt64) {
        guard let began, sliceEnd <= now else { return }
        while sliceEnd <= now {
            let filled = slice.totalCount > 0
            timeline.append(
                TimelinePoint(
                    second: Double(sliceEnd - began) / 1e9,
                    rate: Double(sliceCount) * 1e9 / Double(sliceLength),
                    p50: filled ? Double(slice.valueAtPercentile(50)) / 1e3 : 0,
                    p99: filled ? Double(slice.valueAtPercentile(99)) / 1e3 : 0
                )
            )
            sliceEnd += sliceLength
            sliceCount = 0
            if filled { slice.reset() }
        }
    }
}

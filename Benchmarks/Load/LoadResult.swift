// SPDX-License-Identifier: Apache-2.0
/// A third of a load run: how much its figures vary by themselves.
struct LoadPart: Codable, Equatable, Sendable {
    var seconds: Double
    var succeeded: Int
    var serverCPU: Double?
}

/// The result of one load run, all threads and processes together.
struct LoadResult: Codable, Sendable {
    var works = Work.allCases.map { _ in WorkRecord() }
    var timeline: [TimelinePoint] = []
    var parts: [LoadPart] = []
    /// CPU seconds of the busiest load thread.
    var generatorCPU = 0.0
    /// Seconds that the load threads waited for a processor that others used, on average.
    var waited = 0.0
    var reconnected = 0
    /// Operations of an open loop that were due and got no answer.
    var unanswered = 0
    var firstFailure: String?
    /// Good answers in all, those of the warm-up and late ones included.
    var answers = 0
    /// The refresh tokens at the end, for another run; of the first thread alone.
    var rotation: Rotation?
    /// How many clients were used.
    var clientsUsed = 0

    /// Seconds that the measurement took.
    var seconds: Double { parts.reduce(0) { $0 + $1.seconds } }

    /// CPU seconds of the server; nil when it is not on this machine or nobody said which process
    /// it is.
    var serverCPU: Double? {
        let known = parts.compactMap(\.serverCPU)
        return known.isEmpty || known.count < parts.count ? nil : known.reduce(0, +)
    }

    var succeeded: Int { works.reduce(0) { $0 + $1.succeeded } }
    var failed: Int { works.reduce(0) { $0 + $1.failed } }

    /// All kinds of work in one record.
    var total: WorkRecord {
        var sum = WorkRecord()
        for work in works { sum.merge(work) }
        return sum
    }

    /// Joins the parts that threads or processes measured; the windows are the same length, so
    /// seconds do not add up.
    static func joined(_ parts: [LoadResult]) -> LoadResult {
        guard var result = parts.first else { return LoadResult() }
        for part in parts.dropFirst() {
            for work in Work.allCases {
                result.works[work.index].merge(part.works[work.index])
            }
            result.timeline = zip(result.timeline, part.timeline).map { one, other in
                TimelinePoint(
                    second: one.second,
                    rate: one.rate + other.rate,
                    p50: max(one.p50, other.p50),
                    p99: max(one.p99, other.p99)
                )
            }
            // The first thread alone reads the server's clock.
            result.parts = zip(result.parts, part.parts).map { one, other in
                var sum = one
                sum.succeeded += other.succeeded
                return sum
            }
            result.generatorCPU = max(result.generatorCPU, part.generatorCPU)
            result.waited += part.waited
            result.reconnected += part.reconnected
            result.unanswered += part.unanswered
            result.answers += part.answers
            result.clientsUsed += part.clientsUsed
            result.firstFailure = result.firstFailure ?? part.firstFailure
        }
        result.waited /= Double(parts.count)
        return result
    }
}

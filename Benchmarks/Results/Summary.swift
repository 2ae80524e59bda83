// SPDX-License-Identifier: Apache-2.0
/// From what a load run saw to the figures of a row.
enum Summary {
    /// The percentiles that the latency plots use.
    static let percents = [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100]

    static func round(_ result: LoadResult, of record: WorkRecord, work: Work?) -> Round {
        let seconds = max(result.seconds, 1e-9)
        func microseconds(_ percent: Double) -> Double { Double(record.latency(percent)) / 1e3 }
        let answered = Double(result.succeeded)
        return Round(
            rate: Double(record.succeeded) / seconds,
            p50: microseconds(50),
            p90: microseconds(90),
            p99: microseconds(99),
            p999: microseconds(99.9),
            serverCPU: result.serverCPU.flatMap { answered > 0 ? $0 * 1e6 / answered : nil },
            serverLoad: result.serverCPU.map { $0 / seconds },
            generatorLoad: result.generatorCPU / seconds,
            waited: result.waited / seconds,
            succeeded: record.succeeded,
            failed: record.failed,
            resumedShare: work == .resumed ? record.resumedShare : nil,
            unanswered: result.unanswered
        )
    }

    static func curve(_ record: WorkRecord) -> [CurvePoint] {
        guard record.latencyCount > 0 else { return [] }
        return percents.map {
            CurvePoint(percent: $0, latency: Double(record.latency($0)) / 1e3)
        }
    }

    /// Thirds of a single long run, as rounds: rate and cost vary with them, latencies are those of
    /// the whole run.
    static func thirds(_ parts: [LoadPart], of whole: Round) -> [Round] {
        guard parts.count > 1 else { return [whole] }
        return parts.enumerated().map { index, part in
            var round = whole
            let seconds = max(part.seconds, 1e-9)
            round.rate = Double(part.succeeded) / seconds
            round.serverLoad = part.serverCPU.map { $0 / seconds }
            round.serverCPU = part.serverCPU.flatMap {
                part.succeeded > 0 ? $0 * 1e6 / Double(part.succeeded) : nil
            }
            round.succeeded = part.succeeded
            // Failures that cannot be told apart are counted once.
            round.failed = index == 0 ? whole.failed : 0
            round.unanswered = index == 0 ? whole.unanswered : 0
            return round
        }
    }
}

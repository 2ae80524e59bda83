// SPDX-License-Identifier: Apache-2.0
@testable import Benchmarks

/// Results made by hand.
enum Rows {
    static func round(cost: Double?, rate: Double = 1_000, failed: Int = 0) -> Round {
        Round(
            rate: rate,
            p50: 10,
            p90: 20,
            p99: 30,
            p999: 40,
            serverCPU: cost,
            serverLoad: cost == nil ? nil : 0.9,
            generatorLoad: 0.5,
            waited: 0,
            succeeded: 100,
            failed: failed,
            resumedShare: nil,
            unanswered: 0
        )
    }

    static func key(_ work: Work = .full, server: String = "handfast") -> RowKey {
        RowKey(server: server, work: work.rawValue, client: "P-256", version: "1.3", token: "jwt")
    }

    static func row(
        _ work: Work = .full,
        server: String = "handfast",
        costs: [Double?],
        ratios: [Double] = []
    ) -> Row {
        Row(
            key: key(work, server: server),
            rounds: costs.map { round(cost: $0) },
            curve: [
                CurvePoint(percent: 0, latency: 1), CurvePoint(percent: 50, latency: 10),
                CurvePoint(percent: 99, latency: 100), CurvePoint(percent: 100, latency: 1_000),
            ],
            ratios: ratios
        )
    }

    static func measurements(_ rows: [Row]) -> Measurements {
        Measurements(
            date: "2026-01-02T03:04:05Z",
            command: "Benchmarks --smoke",
            machine: Machine(
                processor: "a processor",
                processors: 2,
                memoryGiB: 4,
                kernel: "6.1",
                openSSL: "OpenSSL 3.0",
                build: "release"
            ),
            rows: rows
        )
    }
}

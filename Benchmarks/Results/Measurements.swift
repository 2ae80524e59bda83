// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// One round of one row.
struct Round: Codable, Equatable, Sendable {
    /// Answered operations per second.
    var rate: Double
    /// Microseconds.
    var p50: Double
    var p90: Double
    var p99: Double
    var p999: Double
    /// Server CPU microseconds for one answered operation.
    var serverCPU: Double?
    /// CPU seconds per second, of the server and of the busiest load thread.
    var serverLoad: Double?
    var generatorLoad: Double
    /// Share of the time that the load threads waited for a processor.
    var waited: Double
    var succeeded: Int
    var failed: Int
    /// Of operations that should resume a session, the share that did.
    var resumedShare: Double?
    /// Open loop: due and not answered.
    var unanswered: Int
}

/// A point of the latency distribution: so many percent took at most so many microseconds.
struct CurvePoint: Codable, Equatable, Sendable {
    var percent: Double
    var latency: Double
}

/// The key by which a row is found again in another run.
struct RowKey: Codable, Hashable, Sendable {
    /// `handfast`, a peer, or the target's URL.
    var server: String
    /// `full`, `resumed`, `keepalive` or `mix`.
    var work: String
    /// The kind of the client's key; "" when not known.
    var client: String
    /// `1.2`, `1.3`; "" for what was negotiated.
    var version: String
    /// `jwt`, `sealed`, `reused`; "" when not known.
    var token: String
}

struct Row: Codable, Equatable, Sendable {
    var key: RowKey
    var rounds: [Round]
    var curve: [CurvePoint]
    /// Server CPU against nginx's, round by round; empty without nginx.
    var ratios: [Double] = []

    func median(_ field: (Round) -> Double?) -> Double? {
        Statistics.median(rounds.compactMap(field))
    }

    var ratio: Double? { Statistics.median(ratios) }

    /// Server CPU against another row's, whose rounds took turns with this one's.
    func ratio(to other: Row) -> Double? {
        let pairs = zip(rounds, other.rounds).compactMap { own, others -> Double? in
            guard let cost = own.serverCPU, let base = others.serverCPU, base > 0 else {
                return nil
            }
            return cost / base
        }
        return Statistics.median(pairs)
    }

    var failed: Int { rounds.reduce(0) { $0 + $1.failed } }
    var unanswered: Int { rounds.reduce(0) { $0 + $1.unanswered } }

    /// A latency in microseconds, over all rounds together; `percent` is one of those of the curve.
    func latency(_ percent: Double) -> Double? {
        curve.first { $0.percent == percent }?.latency
    }

    /// How far the rounds were apart in what the row is compared by.
    var spread: Double {
        if !ratios.isEmpty { return Statistics.spread(ratios) }
        let costs = rounds.compactMap(\.serverCPU)
        return Statistics.spread(costs.isEmpty ? rounds.map(\.rate) : costs)
    }

    /// Whether the load generator set the pace, in most rounds.
    var isGeneratorBound: Bool {
        let bound = rounds.filter {
            Bottleneck.isGenerator($0.generatorLoad, server: $0.serverLoad)
        }
        return bound.count * 2 > rounds.count
    }
}

extension Row {
    /// The row of work that no peer does: this server's own rounds over TLS 1.3, a P-256 client.
    ///
    /// `costs` stand in for the rounds' own CPU, one for each.
    init(
        _ name: String,
        of results: [LoadResult],
        work: Work = .keptAlive,
        format: TokenFormat = .jwt,
        costs: [Double?] = []
    ) {
        var total = WorkRecord()
        for result in results { total.merge(result.works[work.index]) }
        var rounds = results.map { Summary.round($0, of: $0.works[work.index], work: work) }
        for (index, cost) in costs.enumerated() { rounds[index].serverCPU = cost }
        let key = RowKey(
            server: "handfast",
            work: name,
            client: KeyKind.ec.rawValue,
            version: TLSVersion.v13.rawValue,
            token: format.rawValue
        )
        self.init(key: key, rounds: rounds, curve: Summary.curve(total))
    }
}

/// A part of the server measured by itself, in this process.
struct Rung: Codable, Equatable, Sendable {
    var name: String
    /// Nanoseconds for one operation, round by round.
    var nanoseconds: [Double]
}

struct IdleMemory: Codable, Equatable, Sendable {
    var server: String
    var connections: Int
    /// Resident bytes of the server for one idle connection.
    var bytesPerConnection: Double
}

/// All that one run of the program found; what `--json` writes and `--baseline` reads.
struct Measurements: Codable, Equatable, Sendable {
    static let currentFormat = 1

    var format = Measurements.currentFormat
    var date: String
    var command: String
    var machine: Machine
    var rows: [Row] = []
    var rungs: [Rung] = []
    var memory: [IdleMemory] = []
    var timeline: [TimelinePoint] = []
    var remarks: [String] = []
    /// Good answers of a load run in all, as the target counts them; nil for the ladder.
    var answers: Int?
    var firstFailure: String?

    var failed: Int { rows.reduce(0) { $0 + $1.failed } }

    /// Remembers the first failure of `results`, unless there is one already.
    mutating func note(_ results: [LoadResult]) {
        firstFailure = firstFailure ?? results.compactMap(\.firstFailure).first
    }
}

/// The JSON that one run writes and a later one compares with.
enum ResultFile {
    static func text(_ measurements: Measurements) throws(BenchmarkError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(measurements) else {
            throw BenchmarkError("the results cannot be written as JSON")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    static func read(_ path: String) throws(BenchmarkError) -> Measurements {
        try parse(try Files.read(path, as: "the baseline"), named: path)
    }

    static func parse(_ text: String, named path: String) throws(BenchmarkError) -> Measurements {
        struct Version: Decodable {
            let format: Int
        }
        let data = Data(text.utf8)
        guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
            throw BenchmarkError(
                "'\(path)' (--baseline) is not a result file; --json FILE writes one"
            )
        }
        guard version.format == Measurements.currentFormat else {
            throw BenchmarkError(
                "'\(path)' (--baseline) has format \(version.format), this program reads "
                    + "\(Measurements.currentFormat); measure the baseline again"
            )
        }
        do {
            return try JSONDecoder().decode(Measurements.self, from: data)
        } catch {
            throw BenchmarkError("'\(path)' (--baseline) is damaged: \(error)")
        }
    }
}

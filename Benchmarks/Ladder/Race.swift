// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Lets the servers do the same work in turn, so that whatever else the machine does falls on all
/// of them.
struct Race {
    let scale: LadderScale
    let contestants: [Contestant]
    /// The processor of the load, nil for any.
    let processor: Int?
    private(set) var firstFailure: String?
    private var records: [RowKey: RaceRecord] = [:]

    init(
        scale: LadderScale,
        contestants: [Contestant],
        processor: Int?
    ) {
        self.scale = scale
        self.contestants = contestants
        self.processor = processor
    }

    /// Every cell in `scale.rounds` alternating rounds; then, as long as the budget lasts, the
    /// noisiest cells again.
    mutating func rows(_ cells: [LadderCell]) throws(BenchmarkError) -> [Row] {
        let began = handfast_monotonic_nanoseconds()
        for (place, cell) in cells.enumerated() {
            Progress.step("\(place + 1) of \(cells.count): \(Baseline.name(cell.key(server: "")))")
            try probe(cell)
            for _ in 0..<scale.rounds { try round(cell) }
        }
        var extra: [Int: Int] = [:]
        while Double(handfast_monotonic_nanoseconds() - began) / 1e9 < scale.budget {
            // At most as many rounds again: some rows are noisy by nature.
            let open = cells.indices.filter { extra[$0, default: 0] < scale.rounds }
            guard let noisiest = open.max(by: { spread(cells[$0]) < spread(cells[$1]) }),
                spread(cells[noisiest]) > 0.03
            else { break }
            Progress.step(
                "once more, it was noisy: \(Baseline.name(cells[noisiest].key(server: "")))"
            )
            try round(cells[noisiest])
            extra[noisiest, default: 0] += 1
        }
        return assemble(cells)
    }

    /// The cost of one idle connection in each server's resident memory.
    mutating func idleMemory() throws(BenchmarkError) -> [IdleMemory] {
        let limit = handfast_raise_descriptor_limit()
        let wanted = min(scale.idleConnections, max(0, Int(clamping: limit) - 200))
        var result: [IdleMemory] = []
        for contestant in contestants {
            guard let client = contestant.client(.rsa, .jwt) else { continue }
            Progress.step("\(wanted) idle connections to \(contestant.name) …")
            var plan = try plan(contestant, client)
            plan.version = .v13
            plan.mix = Mix(only: .keptAlive)
            plan.pace = .once(atOnce: 32)
            // The first ones touch what every later one shares: code, caches, the allocator's
            // arenas.
            plan.connections = 64
            _ = try Self.residentWhileIdle(plan, of: contestant.process)
            guard let before = ProcessClock.residentBytes(of: contestant.process) else { continue }
            plan.connections = wanted
            guard let after = try Self.residentWhileIdle(plan, of: contestant.process) else {
                continue
            }
            result.append(
                IdleMemory(
                    server: contestant.name,
                    connections: wanted,
                    bytesPerConnection: Double(after - before) / Double(wanted)
                )
            )
        }
        return result
    }

    // MARK: one round

    private mutating func probe(_ cell: LadderCell) throws(BenchmarkError) {
        for contestant in contestants {
            guard let client = contestant.client(cell.kind, cell.format) else { continue }
            guard Self.speaks(contestant, cell.group) else { continue }
            var plan = try plan(contestant, client)
            plan.version = cell.version
            plan.group = cell.group
            do {
                _ = try Probe.check(plan)
            } catch {
                throw BenchmarkError(
                    "\(contestant.name), \(Baseline.name(cell.key(server: ""))): \(error)"
                )
            }
        }
    }

    private mutating func round(_ cell: LadderCell) throws(BenchmarkError) {
        var costs: [String: Double] = [:]
        for contestant in contestants {
            guard let client = contestant.client(cell.kind, cell.format) else { continue }
            guard Self.speaks(contestant, cell.group) else { continue }
            var plan = try plan(contestant, client)
            plan.version = cell.version
            plan.group = cell.group
            plan.mix = Mix(only: cell.work)
            let result = try LoadThreads.run(plan)
            let key = cell.key(server: contestant.name)
            let record = result.works[cell.work.index]
            let round = Summary.round(result, of: record, work: cell.work)
            records[key, default: RaceRecord()].total.merge(record)
            records[key]?.rounds.append(round)
            costs[contestant.name] = round.serverCPU
            firstFailure = firstFailure ?? result.firstFailure.map { "\(contestant.name): \($0)" }
        }
        if let reference = costs["nginx"], reference > 0, let cost = costs["handfast"] {
            records[cell.key(server: "handfast")]?.ratios.append(cost / reference)
        }
    }

    // Which groups rustls speaks depends on how granian was built.
    private static func speaks(_ contestant: Contestant, _ group: KeyExchangeGroup) -> Bool {
        group == .x25519 || contestant.name != Peer.granian.rawValue
    }

    private func plan(
        _ contestant: Contestant,
        _ client: RegisteredClient
    ) throws(BenchmarkError) -> LoadPlan {
        LoadPlan(
            target: contestant.target,
            endpoint: try Endpoint(contestant.target),
            group: .x25519,
            identities: [client.identity],
            bodies: [client.body],
            mix: Mix(only: .full),
            warmUp: scale.warmUp,
            duration: scale.duration,
            processor: processor,
            serverProcesses: [contestant.process]
        )
    }

    private static func residentWhileIdle(
        _ plan: LoadPlan,
        of process: Int32
    ) throws(BenchmarkError) -> Int? {
        try RunningThread {
            Result { () throws(BenchmarkError) in
                var generator = try LoadGenerator(plan, gauge: ProgressGauge())
                return try generator.whileOpen {
                    // The allocator gives back what the handshakes needed within a second or so.
                    usleep(1_500_000)
                    return ProcessClock.residentBytes(of: process)
                }
            }
        }.join().get()
    }

    // MARK: from rounds to rows

    private func spread(_ cell: LadderCell) -> Double {
        guard let record = records[cell.key(server: "handfast")] else { return 0 }
        return Statistics.spread(
            record.ratios.isEmpty ? record.rounds.compactMap(\.serverCPU) : record.ratios
        )
    }

    private func assemble(_ cells: [LadderCell]) -> [Row] {
        var rows: [Row] = []
        var seen: Set<RowKey> = []
        for contestant in contestants {
            for cell in cells {
                let key = cell.key(server: contestant.name)
                guard let record = records[key], seen.insert(key).inserted else { continue }
                rows.append(
                    Row(
                        key: key,
                        rounds: record.rounds,
                        curve: Summary.curve(record.total),
                        ratios: record.ratios
                    )
                )
            }
        }
        return rows
    }
}

/// The results of one row's rounds so far.
private struct RaceRecord {
    var rounds: [Round] = []
    var total = WorkRecord()
    /// Server CPU against nginx's in the same round.
    var ratios: [Double] = []
}

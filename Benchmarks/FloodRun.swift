// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Measures clients on open connections beside floods: their rate and latency beside each, against
/// those without in the same minute.
struct FloodRun {
    let options: Options
    let command: String

    /// How much is measured; the smoke run only shows that it works.
    private var rounds: Int { options.smoke ? 1 : 5 }
    private var seconds: Double { options.smoke ? 0.3 : 2 }
    private var floods: [Flood] {
        options.smoke
            ? [.handshakes(rate: 200, sources: 10), .pipelines(5)]
            : [
                .handshakes(rate: 2000, sources: 1), .handshakes(rate: 2000, sources: 200),
                .pipelines(200),
            ]
    }

    func run() throws(BenchmarkError) -> Measurements {
        let folder = try TemporaryFolder()
        let program = try ServerProgram.find(given: options.server, folder: folder)
        _ = handfast_raise_descriptor_limit()
        let registration = Registration(
            program: program,
            data: folder.path("data"),
            folder: folder
        )
        let identity = try CertificateFactory.identity(.ec, commonName: "bench")
        let client = try registration.add("bench", identity: identity)
        let placed = handfast_processors() > 1
        let server = try HandfastServer(
            program,
            data: registration.data,
            folder: folder,
            processor: placed ? 0 : nil
        )
        var plan = LoadPlan(
            target: server.target,
            endpoint: try Endpoint(server.target),
            version: options.tls ?? .v13,
            identities: [client.identity],
            bodies: [client.body],
            mix: Mix(only: .keptAlive)
        )
        plan.processor = placed ? 1 : nil
        plan.serverProcesses = [server.process]
        plan.duration = seconds
        _ = try Probe.check(plan)
        let measurements = try measure(plan)
        server.stop()
        return measurements
    }

    private func measure(_ plan: LoadPlan) throws(BenchmarkError) -> Measurements {
        var quiet: [LoadResult] = []
        var beside: [[LoadResult]] = floods.map { _ in [] }
        for round in 0..<rounds {
            // Each round begins quiet, so that a ratio is of one and the same minute.
            Progress.step("round \(round + 1) of \(rounds): quiet")
            quiet.append(try LoadThreads.run(plan))
            for (index, flood) in floods.enumerated() {
                Progress.step("round \(round + 1) of \(rounds): \(flood.title)")
                beside[index].append(
                    try flood.run(against: plan) { () throws(BenchmarkError) in
                        try LoadThreads.run(plan)
                    }
                )
                // The server sees the ends of a thousand connections.
                usleep(300_000)
            }
        }
        Progress.clearLine()
        var measurements = Measurements(
            date: Machine.timestamp(),
            command: command,
            machine: Machine.current()
        )
        measurements.rows = [row("quiet", quiet, plan)]
        for (flood, results) in zip(floods, beside) {
            measurements.rows.append(row(flood.title, results, plan))
            measurements.remarks.append(Self.comparison(flood.title, quiet, results))
        }
        measurements.firstFailure = (quiet + beside.joined()).compactMap(\.firstFailure).first
        return measurements
    }

    private func row(_ name: String, _ results: [LoadResult], _ plan: LoadPlan) -> Row {
        var total = WorkRecord()
        for result in results { total.merge(result.works[Work.keptAlive.index]) }
        return Row(
            key: RowKey(
                server: "handfast",
                work: name,
                client: KeyKind.ec.rawValue,
                version: plan.version?.rawValue ?? "",
                token: TokenFormat.jwt.rawValue
            ),
            rounds: results.map {
                Summary.round($0, of: $0.works[Work.keptAlive.index], work: .keptAlive)
            },
            curve: Summary.curve(total)
        )
    }

    /// The medians of the rounds' ratios.
    private static func comparison(
        _ name: String,
        _ quiet: [LoadResult],
        _ beside: [LoadResult]
    ) -> String {
        func ratio(_ figure: (WorkRecord) -> Int) -> Double {
            let ratios = zip(quiet, beside).map { before, during in
                Double(figure(during.works[Work.keptAlive.index]))
                    / max(Double(figure(before.works[Work.keptAlive.index])), 1)
            }
            return Statistics.median(ratios) ?? 0
        }
        return "\(name): \(Format.percent(ratio(\.succeeded))) of the quiet rate, "
            + "p99 \(Format.fixed(ratio { Int($0.latency(99)) }, 1)) times the quiet one."
    }
}

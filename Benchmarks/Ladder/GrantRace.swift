// SPDX-License-Identifier: Apache-2.0
/// Measures refresh tokens that rotate, each written before its answer, and tokens that need no row
/// beside them.
struct GrantRace {
    let scale: LadderScale
    let registration: Registration
    let server: HandfastServer
    /// The processor of the load, nil for any.
    let processor: Int?

    /// Rotations and tokens a second while both are asked for: neither is held up by the load.
    private static let rotationsBeside = 300.0
    private static let tokensBeside = 1_500.0

    private static let rotating = "kept alive, refresh token rotated"
    private static let spread = "the same, two reactors, any processor"
    private static let alone = "kept alive, token, 1,500 a second"
    private static let beside = "the same beside 300 rotations a second"

    /// Adds the rows and a remark.
    func run(into measurements: inout Measurements) throws(BenchmarkError) {
        Progress.step("grants of \(scale.refreshing) refresh tokens …")
        for user in users { try registration.addUser(user, password: "correct horse") }
        let client = try client(.jwt)
        let syncs = try SyncProbe.perSecond(in: registration.folder)
        let plain = try plan(client, tokens: nil)
        var refreshing = try plan(client, tokens: scale.refreshing)
        // Waits until the server knows client and user.
        try Probe.patiently(plain)

        var rounds = Rounds()
        let before = counts()
        rounds.rotating = try rotations(&refreshing)
        let after = counts()
        for number in 0..<scale.rounds {
            Progress.step("tokens beside refresh tokens, round \(number + 1) of \(scale.rounds)")
            try rounds.addPair(plain, &refreshing)
        }
        measurements.rows += [
            Row(Self.rotating, of: rounds.rotating), Row(Self.alone, of: rounds.alone),
            Row(Self.beside, of: rounds.beside, costs: rounds.costs),
        ]
        measurements.note(rounds.rotating + rounds.alone + rounds.beside)
        measurements.remarks.append(remark(rounds, before, after, syncs))
        try add(Self.rotating, .sealed, try self.client(.sealed), to: &measurements)
    }

    /// Adds the rows of a server with two reactors, neither it nor the load bound to a processor.
    func runSpread(into measurements: inout Measurements) throws(BenchmarkError) {
        for format in [TokenFormat.jwt, .sealed] {
            let name = "bench-spread-\(format.rawValue)"
            try add(Self.spread, format, try client(format, name: name), to: &measurements)
        }
    }

    /// Adds the row of rotations whose access tokens are of this format.
    private func add(
        _ name: String,
        _ format: TokenFormat,
        _ client: RegisteredClient,
        to measurements: inout Measurements
    ) throws(BenchmarkError) {
        var refreshing = try plan(client, tokens: scale.refreshing)
        try Probe.patiently(try plan(client, tokens: nil))
        let results = try rotations(&refreshing)
        measurements.rows.append(Row(name, of: results, format: format))
        measurements.note(results)
    }

    /// Rotations as fast as the server answers, round by round.
    private func rotations(_ refreshing: inout LoadPlan) throws(BenchmarkError) -> [LoadResult] {
        var results: [LoadResult] = []
        for number in 0..<scale.rounds {
            Progress.step("refresh tokens, round \(number + 1) of \(scale.rounds)")
            let result = try LoadThreads.run(refreshing)
            refreshing.rotation = result.rotation
            results.append(result)
        }
        return results
    }

    private func client(
        _ format: TokenFormat,
        name: String? = nil
    ) throws(BenchmarkError) -> RegisteredClient {
        let name = name ?? "bench-refresh-\(format.rawValue)"
        return try registration.add(
            name,
            identity: try CertificateFactory.identity(.ec, commonName: name),
            format: format,
            grants: "client_credentials,password,refresh_token",
            more: ["--refresh-rotation", "on"]
        )
    }

    /// One for each 64 connections: of the grants of one client and user a hundred are kept.
    private var users: [String] {
        (0..<(scale.refreshing + 63) / 64).map { "bench-\($0)" }
    }

    // MARK: plans and rows

    /// A plan for tokens without a row, or for so many connections with a refresh token each.
    private func plan(
        _ client: RegisteredClient,
        tokens: Int?
    ) throws(BenchmarkError) -> LoadPlan {
        var plan = LoadPlan(
            target: server.target,
            endpoint: try Endpoint(server.target),
            version: .v13,
            identities: [client.identity],
            bodies: [client.body],
            mix: Mix(only: .keptAlive),
            pace: .open(rate: Self.tokensBeside),
            warmUp: scale.warmUp,
            duration: max(scale.duration, scale.rounds > 1 ? 1 : 0),
            processor: processor,
            serverProcesses: [server.process]
        )
        guard let tokens else { return plan }
        plan.pace = .closed
        plan.connections = tokens
        plan.rotation = Rotation(
            refresh: "grant_type=refresh_token&client_id=\(client.clientID)&refresh_token=",
            beginnings: users.map { user in
                "grant_type=password&client_id=\(client.clientID)&scope=read"
                    + "&username=\(user)&password=correct+horse"
            },
            connections: tokens
        )
        return plan
    }

    // MARK: syncs

    /// The server's own counts of writes of grants and of their transactions, by curl; nil without.
    private func counts() -> (writes: Double, transactions: Double)? {
        let data = registration.data
        guard let token = Files.contents("\(data)/admin.token"),
            let said = try? ChildProcess.run(
                [
                    "curl", "-sS", "--unix-socket", "\(data)/admin.sock", "-H",
                    "Authorization: Bearer "
                        + String(decoding: token.filter { $0 > 32 }, as: UTF8.self),
                    "http://localhost/metrics",
                ],
                in: registration.folder
            )
        else { return nil }
        func number(_ name: String) -> Double? {
            said.output.split(separator: "\n").first { $0.hasPrefix("handfast_\(name) ") }
                .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
        }
        guard let writes = number("grant_writes_total"),
            let transactions = number("grant_transactions_total")
        else { return nil }
        return (writes, transactions)
    }

    private func remark(
        _ rounds: Rounds,
        _ before: (writes: Double, transactions: Double)?,
        _ after: (writes: Double, transactions: Double)?,
        _ syncs: Double
    ) -> String {
        var text = "Refresh tokens: each rotation was durable before its answer"
        if let before, let after, after.transactions > before.transactions {
            let each = (after.writes - before.writes) / (after.transactions - before.transactions)
            let rate = Statistics.median(
                rounds.rotating.map { Double($0.succeeded) / max($0.seconds, 1e-9) }
            )
            text += "; \(Format.fixed(each, 1)) of them shared a sync, so that the server did "
            text += "\(Format.grouped((rate ?? 0) / max(each, 1))) syncs a second"
        }
        text += ". One thread that does nothing else does \(Format.grouped(syncs)) a second here. "
        return text + "CPU/op beside rotations is without the rotations' own, measured in turn."
    }
}

/// The results of a grant race so far.
private struct Rounds {
    var rotating: [LoadResult] = []
    var alone: [LoadResult] = []
    var beside: [LoadResult] = []
    /// CPU microseconds of a token beside rotations, without theirs.
    var costs: [Double?] = []

    /// Tokens alone, rotations alone, and both, in the same seconds of the machine.
    mutating func addPair(_ plain: LoadPlan, _ refreshing: inout LoadPlan) throws(BenchmarkError) {
        alone.append(try LoadThreads.run(plain))
        let closed = refreshing.pace
        defer { refreshing.pace = closed }
        refreshing.pace = .open(rate: 300)
        let rotations = try LoadThreads.run(refreshing)
        refreshing.rotation = rotations.rotation
        // A little longer on both sides than what is measured beside them.
        var around = refreshing
        around.duration += 0.4
        around.serverProcesses = []
        var within = plain
        within.warmUp += 0.2
        let other = try RunningThread { [around] in
            Result { () throws(BenchmarkError) in try LoadThreads.run(around) }
        }
        let both = Result { [within] () throws(BenchmarkError) in try LoadThreads.run(within) }
        refreshing.rotation = try other.join().get().rotation
        let result = try both.get()
        beside.append(result)
        guard let all = result.serverCPU, let own = rotations.serverCPU, result.succeeded > 0 else {
            return costs.append(nil)
        }
        let theirs = own / max(rotations.seconds, 1e-9) * result.seconds
        costs.append((all - theirs) * 1e6 / Double(result.succeeded))
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// One load of the user's choice, on any token endpoint or on this package's own server.
struct LoadRun {
    let options: Options
    let command: String

    func run() throws(BenchmarkError) -> Measurements {
        if let text = options.target { return try onTarget(try Target(text)) }
        return try onOwnServer()
    }

    private func onTarget(_ target: Target) throws(BenchmarkError) -> Measurements {
        var identities: [Identity] = []
        if let cert = options.cert, let key = options.key {
            identities = [try Identity(certificateFile: cert, keyFile: key)]
        }
        var plan = try plan(target, identities: identities, bodies: [options.body])
        plan.trust =
            options.insecure ? .anything : options.ca.map { .file($0) } ?? .system
        if let pid = options.pid {
            guard ProcessClock.cpuSeconds(of: [pid]) != nil else {
                throw BenchmarkError(
                    "there is no process \(pid) (--pid) whose CPU time can be read"
                )
            }
            plan.serverProcesses = [pid]
        }
        return try measure(plan, server: "https://\(target.authority)\(target.path)", client: "")
    }

    private func onOwnServer() throws(BenchmarkError) -> Measurements {
        let folder = try TemporaryFolder()
        let program = try ServerProgram.find(given: options.server, folder: folder)
        let registration = Registration(
            program: program,
            data: folder.path("data"),
            folder: folder
        )
        let clients: [RegisteredClient]
        let kind: String
        if let count = options.clients {
            clients = try registration.addMany(count) {
                Progress.step("registering clients: \($0) of \(count)")
            }
            kind = "\(Format.grouped(Double(count))) × P-256"
        } else {
            let identity = try CertificateFactory.identity(.rsa, commonName: "bench")
            clients = [try registration.add("bench", identity: identity)]
            kind = KeyKind.rsa.rawValue
        }
        let placed = handfast_processors() > 1
        let server = try HandfastServer(
            program,
            data: registration.data,
            folder: folder,
            processor: placed ? 0 : nil
        )
        var plan = try plan(
            server.target,
            identities: clients.map(\.identity),
            bodies: clients.map(\.body)
        )
        plan.processor = placed ? 1 : nil
        plan.serverProcesses = [server.process]
        let result = try measure(plan, server: "handfast", client: kind)
        server.stop()
        return result
    }

    private func plan(
        _ target: Target,
        identities: [Identity],
        bodies: [String]
    ) throws(BenchmarkError) -> LoadPlan {
        guard let mix = options.chosenMix else { throw BenchmarkError("--mix is not three shares") }
        var plan = LoadPlan(
            target: target,
            endpoint: try Endpoint(target),
            version: options.tls,
            identities: identities,
            bodies: bodies,
            expected: options.expect,
            mix: mix,
            connections: options.connections ?? 32,
            threads: options.threads
        )
        plan.duration = options.duration ?? 10
        plan.warmUp = plan.duration > 2 ? 1 : 0.2
        if let rate = options.rate { plan.pace = .open(rate: rate) }
        return plan
    }

    private func measure(
        _ plan: LoadPlan,
        server: String,
        client: String
    ) throws(BenchmarkError) -> Measurements {
        try checkDescriptors(plan)
        _ = try Probe.check(plan)
        let progress = Progress("load", total: plan.warmUp + plan.duration)
        let result = try LoadThreads.run(plan, progress: progress)
        var measurements = Measurements(
            date: Machine.timestamp(),
            command: command,
            machine: Machine.current()
        )
        let kinds = plan.mix.kinds
        let version = plan.version?.rawValue ?? ""
        func row(_ name: String, _ record: WorkRecord, _ work: Work?) -> Row {
            var whole = Summary.round(result, of: record, work: work)
            let key = RowKey(
                server: server,
                work: name,
                client: client,
                version: version,
                token: ""
            )
            // The thirds do not tell the kinds of a mix apart.
            let single = kinds.count == 1 || work == nil
            // Nor does the server's clock.
            if !single { whole.serverCPU = nil }
            return Row(
                key: key,
                rounds: single ? Summary.thirds(result.parts, of: whole) : [whole],
                curve: Summary.curve(record)
            )
        }
        if kinds.count == 1, let only = kinds.first {
            measurements.rows = [row(only.rawValue, result.works[only.index], only)]
        } else {
            // The sum stands first; its parts carry the failures.
            var total = result.total
            total.failed = 0
            measurements.rows = [row("mix", total, nil)]
            measurements.rows += kinds.map { row($0.rawValue, result.works[$0.index], $0) }
        }
        measurements.timeline = result.timeline
        measurements.firstFailure = result.firstFailure
        measurements.remarks = remarks(plan, result)
        return measurements
    }

    private func checkDescriptors(_ plan: LoadPlan) throws(BenchmarkError) {
        let room = Int(clamping: handfast_raise_descriptor_limit()) - 64
        guard plan.connections <= room else {
            throw BenchmarkError(
                "this process may open \(room) connections; raise `ulimit -n` or lower "
                    + "--connections"
            )
        }
    }

    private func remarks(_ plan: LoadPlan, _ result: LoadResult) -> [String] {
        var remarks: [String] = []
        let seconds = max(result.seconds, 1e-9)
        if case .open(let rate) = plan.pace {
            let answered = Double(result.succeeded) / seconds
            remarks.append(
                "Open loop: \(Format.grouped(rate)) per second offered, "
                    + "\(Format.grouped(answered)) answered; latencies count from the intended "
                    + "start."
            )
            if result.unanswered > 0 {
                remarks.append(
                    "\(Format.grouped(Double(result.unanswered))) operations were due and got no "
                        + "answer: the target does not keep up with this rate, or --connections "
                        + "is too low for it."
                )
            }
        } else {
            remarks.append(
                "Closed loop: each connection waits for its answer, so a stall of the server hides "
                    + "in the latencies; use --rate for what clients would see."
            )
        }
        if Bottleneck.isGenerator(
            result.generatorCPU / seconds,
            server: result.serverCPU.map { $0 / seconds }
        ) {
            remarks.append(
                "The load generator was the bottleneck: its thread computed "
                    + "\(Format.percent(result.generatorCPU / seconds)) of the time"
                    + (result.serverCPU.map { ", the server \(Format.percent($0 / seconds))" }
                        ?? "")
                    + ". The rate is a lower bound; give it more --threads if there are processors."
            )
        }
        if result.reconnected > 0 {
            remarks.append(
                "The server closed \(result.reconnected) kept-alive connections; "
                    + "they were opened anew."
            )
        }
        return remarks
    }
}

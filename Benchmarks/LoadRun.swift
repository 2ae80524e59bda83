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
        var bodies = [options.body]
        var ca: String?
        if let cert = options.cert, let key = options.key {
            identities = [try Identity(certificateFile: cert, keyFile: key)]
        }
        if let path = options.clientsFrom {
            let folder = try ClientFolder(path)
            identities = folder.clients.map(\.identity)
            bodies = folder.bodies(options.body)
            ca = folder.ca
        }
        var plan = try plan(target, identities: identities, bodies: bodies)
        plan.trust =
            options.insecure
            ? .anything : (options.ca ?? ca).map { .file($0) } ?? .system
        if let pid = options.pid {
            guard ProcessClock.cpuSeconds(of: [pid]) != nil else {
                throw BenchmarkError(
                    "there is no process \(pid) (--pid) whose CPU time can be read"
                )
            }
            plan.serverProcesses = [pid]
        }
        return try measure(
            plan,
            server: "https://\(target.authority)\(target.path)",
            client: options.clientsFrom == nil
                ? "" : Format.counted(identities.count, "client", "clients")
        )
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
            group: options.group,
            identities: identities,
            bodies: bodies,
            expected: options.expect,
            mix: mix,
            connections: options.connections ?? 32,
            threads: options.threads
        )
        let ramp = options.ramp.flatMap { RateRamp(text: $0) }
        plan.duration = options.duration ?? ramp?.seconds ?? 10
        plan.warmUp = plan.duration > 2 ? 1 : 0.2
        if let rate = options.rate { plan.pace = .open(rate: rate) }
        if let ramp { plan.pace = .ramp(ramp) }
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
        let result = try LoadProcesses.run(
            plan,
            processes: options.processes,
            progress: progress
        )
        var measurements = Measurements(
            date: Machine.timestamp(),
            command: command,
            machine: Machine.current()
        )
        measurements.rows = rows(plan, result, server: server, client: client)
        measurements.timeline = LoadRemarks.offered(plan, result.timeline)
        measurements.firstFailure = result.firstFailure
        // The careful first request was one as well.
        measurements.answers = result.answers + 1
        measurements.remarks = LoadRemarks.all(plan, result, timeline: measurements.timeline)
        return measurements
    }

    private func rows(
        _ plan: LoadPlan,
        _ result: LoadResult,
        server: String,
        client: String
    ) -> [Row] {
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
            var isRamp = false
            if case .ramp = plan.pace { isRamp = true }
            return Row(
                key: key,
                // Of a ramp they would differ by the rate that was offered.
                rounds: single && !isRamp ? Summary.thirds(result.parts, of: whole) : [whole],
                curve: Summary.curve(record)
            )
        }
        if kinds.count == 1, let only = kinds.first {
            return [row(only.rawValue, result.works[only.index], only)]
        }
        // The sum stands first; its parts carry the failures.
        var total = result.total
        total.failed = 0
        return [row("mix", total, nil)] + kinds.map { row($0.rawValue, result.works[$0.index], $0) }
    }

    private func checkDescriptors(_ plan: LoadPlan) throws(BenchmarkError) {
        let room = Int(clamping: handfast_raise_descriptor_limit()) - 64
        guard (plan.connections - 1) / options.processes < room else {
            throw BenchmarkError(
                "a process may open \(room) connections; raise `ulimit -n`, lower --connections, "
                    + "or use more --processes"
            )
        }
    }
}

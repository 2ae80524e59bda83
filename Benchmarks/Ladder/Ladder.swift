// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// Measures every rung on this package's own server, and beside it on nginx where that is
/// installed.
struct Ladder {
    let scale: LadderScale
    let versions: [TLSVersion]
    /// The server's program if not this package's own.
    let program: String?
    /// Whether granian is measured too.
    var granian = false
    let command: String

    func run() throws(BenchmarkError) -> Measurements {
        var measurements = Measurements(
            date: Machine.timestamp(),
            command: command,
            machine: Machine.current()
        )
        let folder = try TemporaryFolder()
        let program = try ServerProgram.find(given: program, folder: folder)
        let placed = Int(handfast_processors()) > 1
        measurements.remarks += remarks(placed: placed)
        if !Machine.isDebugBuild {
            measurements.rungs = try InProcessRungs.measure(rounds: scale.rounds)
        }
        Progress.step("making certificates and registering clients …")
        let data = folder.path("data")
        let registration = Registration(program: program, data: data, folder: folder)
        let formats = try registration.formats()
        let clients = try register(formats, registration)
        let handfast = try HandfastServer(
            program,
            data: registration.data,
            folder: folder,
            processor: placed ? 0 : nil
        )
        let nginx = try startNginx(clients, folder: folder, placed: placed)
        let rustls = try startGranian(folder: folder, placed: placed)
        let contestants = contestants(handfast, nginx, rustls, clients)
        var race = Race(
            scale: scale,
            contestants: contestants,
            processor: placed ? 1 : nil
        )
        measurements.memory = try race.idleMemory()
        let cells = LadderCell.all(scale, formats: formats, versions: versions)
        measurements.rows = try race.rows(cells)
        measurements.firstFailure = race.firstFailure
        try runOthers(registration, handfast, placed: placed, into: &measurements)
        nginx?.stop()
        rustls?.stop()
        handfast.stop()
        if placed { try runSpread(registration, program, into: &measurements) }
        Progress.clearLine()
        return measurements
    }

    /// The work that no peer does.
    private func runOthers(
        _ registration: Registration,
        _ server: HandfastServer,
        placed: Bool,
        into measurements: inout Measurements
    ) throws(BenchmarkError) {
        let processor = placed ? 1 : nil
        try GrantRace(
            scale: scale,
            registration: registration,
            server: server,
            processor: processor
        ).run(into: &measurements)
        try IssuedRace(
            scale: scale,
            registration: registration,
            server: server,
            processor: processor
        ).run(into: &measurements)
    }

    /// Rotations with all processors: server and load share them.
    private func runSpread(
        _ registration: Registration,
        _ program: String,
        into measurements: inout Measurements
    ) throws(BenchmarkError) {
        let server = try HandfastServer(
            program,
            data: registration.data,
            folder: registration.folder,
            reactors: 2,
            processor: nil
        )
        defer { server.stop() }
        try GrantRace(scale: scale, registration: registration, server: server, processor: nil)
            .runSpread(into: &measurements)
    }

    private func contestants(
        _ handfast: HandfastServer,
        _ nginx: NginxReference?,
        _ rustls: GranianReference?,
        _ clients: ClientTable
    ) -> [Contestant] {
        let own = Contestant(
            name: "handfast",
            target: handfast.target,
            process: handfast.process,
            clients: clients
        )
        return [own, nginx.map { Contestant($0, clients) }, rustls.map { Contestant($0, clients) }]
            .compactMap { $0 }
    }

    private func remarks(placed: Bool) -> [String] {
        var remarks: [String] = []
        if !placed {
            remarks.append(
                "Server and load share one processor here: rates and latencies mean little, "
                    + "CPU/op still compares."
            )
        }
        if Machine.isDebugBuild {
            remarks.append(
                "This is a debug build of Benchmarks: its load generator is slow and the parts in "
                    + "this process are not measured. The server is the release build."
            )
        }
        if NginxReference.program() == nil {
            remarks.append(
                "nginx is not installed, so there are no ratios; figures of different machines, or "
                    + "of different hours, do not compare without them."
            )
        }
        return remarks
    }

    private func startNginx(
        _ clients: ClientTable,
        folder: TemporaryFolder,
        placed: Bool
    ) throws(BenchmarkError) -> NginxReference? {
        guard let path = NginxReference.program() else { return nil }
        return try NginxReference(
            path,
            folder: folder,
            clients: KeyKind.allCases.compactMap { clients[$0, .jwt]?.identity },
            processor: placed ? 0 : nil
        )
    }

    private func startGranian(
        folder: TemporaryFolder,
        placed: Bool
    ) throws(BenchmarkError) -> GranianReference? {
        guard granian else { return nil }
        return try GranianReference(
            try GranianReference.program(in: folder),
            folder: folder,
            processor: placed ? 0 : nil
        )
    }

    /// A client for each kind of key and format: a certificate belongs to one client only.
    private func register(
        _ formats: [TokenFormat],
        _ registration: Registration
    ) throws(BenchmarkError) -> ClientTable {
        var clients = ClientTable()
        for kind in KeyKind.allCases {
            for format in formats {
                let name = "bench-\(kind.rawValue.lowercased())-\(format.rawValue)"
                let identity = try CertificateFactory.identity(kind, commonName: name)
                clients[kind, format] = try registration.add(
                    name,
                    identity: identity,
                    format: format
                )
            }
        }
        return clients
    }
}

/// The registered clients by what distinguishes them.
struct ClientTable: Sendable {
    private var clients: [String: RegisteredClient] = [:]

    subscript(kind: KeyKind, format: TokenFormat) -> RegisteredClient? {
        get { clients["\(kind.rawValue) \(format.rawValue)"] }
        set { clients["\(kind.rawValue) \(format.rawValue)"] = newValue }
    }
}

/// A server that is measured, and its clients.
struct Contestant: Sendable {
    let name: String
    let target: Target
    let process: Int32
    let clients: ClientTable

    /// The client that asks it; a peer's page has no token format.
    func client(_ kind: KeyKind, _ format: TokenFormat) -> RegisteredClient? {
        clients[kind, Peer(rawValue: name) == nil ? format : .jwt]
    }
}

extension Contestant {
    /// nginx accepts the certificates of this server's own clients.
    init(_ nginx: NginxReference, _ clients: ClientTable) {
        self.init(
            name: Peer.nginx.rawValue,
            target: nginx.target,
            process: nginx.process,
            clients: clients
        )
    }

    /// granian has certificates of its own, and the same forms.
    init(_ granian: GranianReference, _ clients: ClientTable) {
        var own = ClientTable()
        for (kind, identity) in granian.identities {
            guard let client = clients[kind, .jwt] else { continue }
            own[kind, .jwt] = RegisteredClient(
                identity: identity,
                clientID: client.clientID,
                body: client.body
            )
        }
        self.init(
            name: Peer.granian.rawValue,
            target: granian.target,
            process: granian.process,
            clients: own
        )
    }
}

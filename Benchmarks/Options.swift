// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// The work of a load run; the ladder does all kinds in turn.
enum LoadMode: String, CaseIterable, ExpressibleByArgument {
    case full
    case resumed
    case keepalive
    case mix
}

extension TLSVersion: ExpressibleByArgument {}
extension KeyExchangeGroup: ExpressibleByArgument {}

/// The command line.
struct Options: ParsableArguments {
    // MARK: what is measured

    @Option(help: "Load this token endpoint instead: https://host:port[/path].")
    var target: String?
    @Option(help: "PEM file with the client certificate for --target.")
    var cert: String?
    @Option(help: "PEM file with its private key.")
    var key: String?
    @Option(
        help: ArgumentHelp(
            "Folder of clients for --target, used in turn: ID.pem, ID.key, and ca.pem.",
            valueName: "dir"
        )
    )
    var clientsFrom: String?
    @Option(help: "PEM file with the CA of the target's certificate.")
    var ca: String?
    @Flag(help: "Do not check the target's certificate.")
    var insecure = false
    @Option(help: "The form to send to --target.")
    var body = "grant_type=client_credentials"
    @Option(help: "What a good answer contains besides status 200.")
    var expect = "access_token"
    @Option(help: "Process of the target on this machine, for its CPU per operation.")
    var pid: Int32?
    @Option(help: "Measure this server program instead of the package's release build.")
    var server: String?

    // MARK: how

    @Option(help: "full, resumed, keepalive or mix.")
    var mode: LoadMode?
    @Option(help: "Shares of full:resumed:keepalive for --mode mix.")
    var mix = "5:15:80"
    @Option(help: "Open loop: operations per second, whether the server keeps up or not.")
    var rate: Double?
    @Option(
        help: ArgumentHelp(
            "Open loop with a rate that rises (or falls) for so many seconds, as in 100:5000:60.",
            valueName: "from:to:seconds"
        )
    )
    var ramp: String?
    @Option(help: "Seconds to measure (default 10, or the ramp's).")
    var duration: Double?
    @Option(help: "Connections at a time (default 32).")
    var connections: Int?
    @Option(help: "Threads of each process of the load generator.")
    var threads = 1
    @Option(help: "Processes of the load generator; their results are joined.")
    var processes = 1
    @Option(help: "Generated clients that are registered with this package's own server.")
    var clients: Int?
    @Option(help: "Only this TLS version: 1.2 or 1.3.")
    var tls: TLSVersion?
    @Option(help: "A load's only key exchange group: X25519 or X25519MLKEM768.")
    var group: KeyExchangeGroup?
    @Flag(help: "The ladder with long rounds and every token format (about fifteen minutes).")
    var thorough = false
    @Flag(help: "What clients on open connections notice of floods (a minute).")
    var floods = false
    @Flag(help: "The ladder also with granian (rustls), which comes from PyPI the first time.")
    var granian = false
    @Flag(help: "The ladder in a few seconds, to see that everything works; no figures to keep.")
    var smoke = false

    // MARK: of this program's own

    @Option(help: .hidden)
    var worker: String?

    // MARK: where the results go

    @Option(
        defaultAsFlag: "-",
        help: "Write the results as JSON to this file, or instead of the table."
    )
    var json: String?
    @Option(help: "Write a page with plots to this file.")
    var report: String?
    @Option(help: "Compare with the results that --json wrote earlier.")
    var baseline: String?

    /// Whether one load is run rather than the ladder.
    var isLoadRun: Bool {
        target != nil || mode != nil || rate != nil || duration != nil || connections != nil
            || clients != nil || ramp != nil || processes > 1
    }

    /// The kinds of work of a load run.
    var chosenMix: Mix? {
        switch mode ?? .keepalive {
        case .full: Mix(only: .full)
        case .resumed: Mix(only: .resumed)
        case .keepalive: Mix(only: .keptAlive)
        case .mix: Mix(text: mix)
        }
    }

    /// Parses without printing or ending the process.
    static func reading(_ arguments: [String]) throws(BenchmarkError) -> Options {
        do {
            return try parse(arguments)
        } catch {
            throw BenchmarkError(message(for: error))
        }
    }

    func validate() throws {
        if let target {
            do { _ = try Target(target) } catch { throw ValidationError("\(error)") }
        }
        try validateCombinations()
        try validateNumbers()
    }

    private func validateCombinations() throws {
        try validateIdentities()
        if isLoadRun, thorough || smoke || granian {
            throw ValidationError(
                "--thorough, --smoke and --granian are for the ladder; this is a run with a load "
                    + "of your choice."
            )
        }
        if floods, isLoadRun || thorough || granian {
            throw ValidationError(
                "--floods is a run of its own; of the others it goes with --smoke, --tls and "
                    + "--server only."
            )
        }
        if thorough, smoke {
            throw ValidationError("--thorough and --smoke contradict each other.")
        }
        if group != nil, !isLoadRun {
            throw ValidationError(
                "--group is for a load of your choice; the ladder's rows have X25519, and one the "
                    + "hybrid group."
            )
        }
        if rate != nil, ramp != nil {
            throw ValidationError("--rate and --ramp contradict each other; give one of them.")
        }
        if mode != .mix, mix != "5:15:80" {
            throw ValidationError("--mix needs --mode mix.")
        }
        if Mix(text: mix) == nil {
            throw ValidationError("--mix is three shares, full:resumed:keepalive, as in 5:15:80.")
        }
    }

    private func validateIdentities() throws {
        if (cert == nil) != (key == nil) {
            throw ValidationError("--cert and --key belong together; give both or neither.")
        }
        if cert != nil, clientsFrom != nil {
            throw ValidationError(
                "--cert is one client and --clients-from a folder of them; give one of them."
            )
        }
        if ca != nil, insecure {
            throw ValidationError("--ca and --insecure contradict each other; give one of them.")
        }
        if clientsFrom != nil, body.split(separator: "&").contains(where: Self.namesClient) {
            throw ValidationError(
                "--body must not have a client_id with --clients-from: each request has the ID of "
                    + "the client whose certificate it comes with."
            )
        }
        if target == nil {
            let strangers = [
                ("--cert", cert != nil), ("--clients-from", clientsFrom != nil),
                ("--ca", ca != nil), ("--insecure", insecure), ("--pid", pid != nil),
                ("--body", body != "grant_type=client_credentials"),
            ]
            if let (name, _) = strangers.first(where: \.1) {
                throw ValidationError(
                    "\(name) is for --target; without it this program makes its own server "
                        + "and clients."
                )
            }
        } else if clients != nil || server != nil {
            throw ValidationError(
                "--clients and --server are for this package's own server, not for --target: "
                    + "only there can clients be registered."
            )
        }
    }

    private static func namesClient(_ field: Substring) -> Bool { field.hasPrefix("client_id=") }

    private func validateNumbers() throws {
        if let rate, !(rate > 0 && rate <= 10_000_000) {
            throw ValidationError("--rate is operations per second, above 0 and at most 10000000.")
        }
        if let duration, !(duration >= 0.1 && duration <= 86_400) {
            throw ValidationError("--duration is seconds, from 0.1 to 86400.")
        }
        if let connections, !(1...100_000).contains(connections) {
            throw ValidationError("--connections is from 1 to 100000.")
        }
        if !(1...256).contains(threads) {
            throw ValidationError("--threads is from 1 to 256.")
        }
        if !(1...64).contains(processes) {
            throw ValidationError("--processes is from 1 to 64.")
        }
        if threads * processes > (connections ?? 32) {
            throw ValidationError(
                "each of the --threads (of all --processes) needs a connection; raise "
                    + "--connections."
            )
        }
        if let ramp, RateRamp(text: ramp) == nil {
            throw ValidationError(
                "--ramp is FROM:TO:SECONDS, two rates up to 10000000 (the second above 0) and "
                    + "seconds from 0.1 to 86400, as in 100:5000:60."
            )
        }
        if let clients, !(1...100_000).contains(clients) {
            throw ValidationError("--clients is from 1 to 100000.")
        }
        if let pid, pid < 1 {
            throw ValidationError("--pid is a process on this machine.")
        }
        if expect.isEmpty {
            throw ValidationError("--expect must not be empty.")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Reactor
internal import Server

/// Runs the server.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the token endpoint.",
        discussion: """
            On its first start the server makes what it needs in the data directory: the database, \
            a private key with a self-signed certificate for localhost, and keys that sign and \
            seal tokens. It prints "listening on https://…" on standard output when it accepts \
            connections.

            SIGTERM lets requests in flight finish and ends with status 0. SIGHUP reads the \
            configuration and the certificates again; when something in them is wrong, the old \
            ones stay in force. Files of the server's own certificates that are renewed in place \
            are read without a signal.
            """
    )

    @Option(help: .value("dir", "The data directory; made when it is missing."))
    var data: String?

    @Option(help: .value("host:port", "Where to listen; replaces the configured listeners."))
    var listen: String?

    @Option(help: .value("number", "How many reactor threads; 0 for one on each core."))
    var reactors: Int?

    @Option(help: .value("url", "The issuer identifier in tokens and metadata."))
    var issuer: String?

    @Option(help: .value("file", "A configuration file, YAML or JSON."))
    var config: String?

    func run() throws {
        let overrides = ConfigurationOverrides(
            data: data,
            listen: listen,
            reactors: reactors,
            issuer: issuer
        )
        let (file, environment) = (config, ProcessSettings.environment)
        try Server.serve(
            without: Self.shortcuts(environment["HANDFAST_WITHOUT"]),
            version: Version.text,
            clock: wallClock,
            load: { try .load(file: file, environment: environment, overrides: overrides) },
            listening: { Output.line("listening on \($0)") }
        )
    }

    /// The shortcuts of handshakes to leave out, which are named and separated by commas: for tests
    /// and diagnosis.
    private static func shortcuts(_ names: String?) throws -> [Shortcut] {
        try (names ?? "").split { $0 == "," || $0 == " " }.map { name in
            guard let shortcut = Shortcut(rawValue: String(name)) else {
                let known = Shortcut.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError(
                    "HANDFAST_WITHOUT: “\(name)” is not known. Allowed: \(known)."
                )
            }
            return shortcut
        }
    }
}

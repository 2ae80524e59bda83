// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Logging
internal import Reactor
internal import Registration
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
            ones stay in force. The server's own certificates are noticed without it when they are \
            renewed in place.
            """
    )

    @Option(help: ArgumentHelp("The data directory; made when it is missing.", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Where to listen; replaces the configured listeners.",
            valueName: "host:port"
        )
    )
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "How many reactor threads; 0 for one on each core.",
            valueName: "number"
        )
    )
    var reactors: Int?

    @Option(help: ArgumentHelp("The issuer identifier in tokens and metadata.", valueName: "url"))
    var issuer: String?

    @Option(help: ArgumentHelp("A configuration file, YAML or JSON.", valueName: "file"))
    var config: String?

    func run() throws {
        let overrides = ConfigurationOverrides(
            data: data,
            listen: listen,
            reactors: reactors,
            issuer: issuer
        )
        let file = config
        let environment = ProcessSettings.environment
        let load: () throws -> ServerConfiguration = {
            try ServerConfiguration.load(
                file: file,
                environment: environment,
                overrides: overrides
            )
        }
        let loaded = try load()
        let sink = try LogSink(
            format: loaded.log.format,
            level: loaded.log.level,
            clock: wallClock
        )
        LoggingSystem.bootstrap { SinkLogHandler($0, sink) }
        let log = Logger(label: "handfast")
        defer { sink.stop() }
        Server.startCryptography(loaded, log)
        let server = try Server(
            loaded,
            version: Version.text,
            clock: wallClock,
            log: log,
            sink: sink,
            reload: load
        )
        for address in try server.start() { Output.line("listening on \(address)") }
        server.run()
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Server

/// Runs the server.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the token endpoint.",
        usage: "handfast serve [<options>]",
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

    @OptionGroup var store: StoreOptions

    @OptionGroup var options: ServingOptions

    func run() throws {
        let (options, data, store) = (options, data, store)
        try Server.serve(
            without: options.shortcuts(),
            version: Version.text,
            clock: wallClock,
            load: { try options.configuration(data: data, store) },
            listening: { Output.line("listening on \($0)") }
        )
    }
}

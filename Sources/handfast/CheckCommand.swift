// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Server

/// `handfast check`: checks a configuration without starting a server.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration file without starting the server.",
        discussion: """
            Reads the file as `handfast serve` would, together with the HANDFAST_ environment \
            variables, and reads the files of certificates, keys and secrets that it names.

            Prints `FILE: ok` and exits 0, or prints every problem on a line of its own, with the \
            key, the reason and what is allowed, and exits 1. handfast.example.yaml documents \
            every key.
            """
    )

    @Option(help: .value("file", "The file: .yaml, .yml or .json."))
    var config: String

    @Option(help: .value("dir", "The data directory, as given to serve."))
    var data: String?

    @Flag(name: .shortAndLong, help: "Also print every setting in effect and where it comes from.")
    var verbose = false

    func run() throws {
        let report = ConfigurationCheck().run(
            file: config,
            environment: ProcessSettings.environment,
            overrides: ConfigurationOverrides(data: data),
            verbose: verbose,
            now: epochSeconds()
        )
        report.write()
        guard report.isGood else { throw ExitCode.failure }
    }
}

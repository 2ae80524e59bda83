// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Server

/// Runs a load target.
struct LoadTargetServe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the token endpoint of a seed, for load tests.",
        discussion: """
            The same server as that of serve, for a directory that seed has made. Everybody can \
            make the keys of a seed: the server listens on loopback addresses alone, its issuer is \
            one that no real server has (localhost, a loopback address, or a host that ends in \
            .localhost, .test or .invalid), and each token and each answer of introspection says \
            "test": true.

            Example:

              handfast load-target seed --data target --clients 1000 --seed 7
              handfast load-target serve --data target
            """
    )

    @Option(help: .value("dir", "The directory that seed has made."))
    var data: String

    @Flag(help: "Listen on addresses that other machines reach, too.")
    var listenBeyondLoopback = false

    @Option(help: .value("file", "Rules of faults, a YAML list; more come and go at run time."))
    var faults: String?

    @Flag(help: "Let jti of JWTs follow from the seed, the client and the number of its call.")
    var deterministicJti = false

    @OptionGroup var options: ServingOptions

    func run() throws {
        let (options, data) = (options, data)
        try Server.serve(
            as: LoadTargetSettings(
                listensBeyondLoopback: listenBeyondLoopback,
                hasDeterministicIdentifiers: deterministicJti,
                faults: faults
            ),
            without: options.shortcuts(),
            version: Version.text,
            clock: wallClock,
            load: { try options.configuration(data: data) },
            listening: { Output.line("load target, for tests only: listening on \($0)") },
            ended: { Output.line($0) }
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// A server that others test with: its clients follow from a number.
struct LoadTargetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-target",
        abstract: "Make a server to test against, from a seed, and have it misbehave.",
        discussion: """
            A load target is a data directory in which everything follows from a public number, \
            the seed: CAs, keys, certificates, ids and secrets are the same for the same seed on \
            any machine and day, so that a test can know them beforehand. Nobody's data belongs \
            into one.

            Example:

              handfast load-target seed --data DIR --clients 1000 --seed 7
              handfast load-target export --data DIR --format pem-folder --out clients
              handfast load-target serve --data DIR

            The other commands speak to a target that serves.
            """,
        subcommands: [
            LoadTargetSeed.self, LoadTargetExport.self, LoadTargetServe.self, LoadTargetFaults.self,
            LoadTargetCalls.self, LoadTargetCounters.self, LoadTargetSummary.self,
            LoadTargetReset.self, LoadTargetClock.self,
        ]
    )
}

/// The option for the data directory of a load target.
///
/// Without a default: that of other commands is a server's.
struct LoadTargetData: ParsableArguments {
    @Option(help: .value("dir", "The data directory of the load target."))
    var data: String
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// Servers for load tests.
struct LoadTargetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-target",
        abstract: "Serve thousands of seeded clients, for load tests.",
        subcommands: [LoadTargetServe.self]
    )
}

// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser

/// Prints the latest calls of a load target that serves.
struct LoadTargetCalls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls",
        abstract: "Print the latest calls that a load target has answered, oldest first.",
        discussion: """
            "more" tells whether earlier calls match, too; "complete_since" from when on none has \
            been overwritten, null where none has been at all.

            Example:

              handfast load-target calls --data DIR --client load-000001 --limit 10
            """
    )

    @OptionGroup var target: RunningTarget

    @Option(help: .value("id", "The calls of this client alone."))
    var client: String?

    @Option(help: .value("seconds", "Calls from this time on, in seconds since 1970."))
    var since: String?

    @Option(help: .value("n", "How many at most. The default is 1000."))
    var limit: String?

    func run() throws {
        let query = [("client", client), ("since", since), ("limit", limit)]
        try target.show(.get, "/load-target/calls", query: query)
    }
}

/// Prints the counters of a load target that serves.
struct LoadTargetCounters: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "counters",
        abstract: "Print what a load target has counted since its start or its last reset."
    )

    @OptionGroup var target: RunningTarget

    @Option(help: .value("id", "The counters of this client alone."))
    var client: String?

    func run() throws {
        try target.show(.get, "/load-target/counters", query: [("client", client)])
    }
}

/// Prints the bill of a load target that serves.
struct LoadTargetSummary: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Print a load target's bill: counts, service times, CPU, and the bottleneck."
    )

    @OptionGroup var target: RunningTarget

    func run() throws {
        try target.show(.get, "/load-target/summary")
    }
}

/// Sets the counters of a load target that serves to zero.
struct LoadTargetReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget the calls, and count anew from zero; the rules stay."
    )

    @OptionGroup var target: RunningTarget

    func run() throws {
        try target.show(.post, "/load-target/reset")
    }
}

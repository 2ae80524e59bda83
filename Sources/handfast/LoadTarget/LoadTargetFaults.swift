// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser
internal import Reactor

/// Rules of faults of a load target that serves.
struct LoadTargetFaults: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "List, add and remove the rules by which a load target misbehaves.",
        discussion: """
            A rule is a JSON object: whose calls (client), which of them (percent, every or \
            once_at), when (from, until), and the fault with its members. The target that serves \
            judges it; a rule that makes no sense is refused with everything that is wrong.

            Example:

              handfast load-target faults add --data DIR '{"every": 3, "fault": "reset"}'
              handfast load-target faults --data DIR
              handfast load-target faults remove --data DIR 1
            """,
        subcommands: [List.self, Add.self, Remove.self],
        defaultSubcommand: List.self
    )

    private static let path = "/load-target/faults"

    /// Prints the rules.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the rules with their ids, in the order in which they are asked."
        )

        @OptionGroup var target: RunningTarget

        func run() throws {
            try target.show(.get, path)
        }
    }

    /// Adds a rule.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a rule behind the others, and print its id."
        )

        @OptionGroup var target: RunningTarget

        @Argument(help: "The rule, a JSON object; - for standard input.")
        var rule: String

        func run() throws {
            let content = rule == "-" ? try Input.all() : Array(rule.utf8)
            try target.show(.post, path, content: content)
        }
    }

    /// Removes a rule.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a rule.")

        @OptionGroup var target: RunningTarget

        @Argument(help: "The id that add has printed.")
        var id: Int

        func run() throws {
            try target.show(.delete, "\(path)/\(id)", called: "rule \(id)")
        }
    }
}

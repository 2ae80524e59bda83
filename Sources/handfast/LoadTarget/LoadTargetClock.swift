// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser

/// Prints the clock of a load target that serves, or turns it.
struct LoadTargetClock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Print a load target's time, or turn its clock while it serves.",
        discussion: """
            Tokens, introspection and the checks of certificates go by this clock.

            Example:

              handfast load-target clock --data DIR --offset 3600
            """
    )

    @OptionGroup var target: RunningTarget

    @Option(
        parsing: .unconditional,
        help: .value("seconds", "How far to be ahead of the machine's clock; behind it below 0.")
    )
    var offset: Int64?

    func run() throws {
        guard let offset else { return try target.show(.get, "/load-target/clock") }
        let content = Array(#"{"offset_seconds": \#(offset)}"#.utf8)
        try target.show(.post, "/load-target/clock", content: content)
    }
}

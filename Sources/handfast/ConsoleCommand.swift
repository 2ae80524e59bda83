// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser
internal import Console
internal import Reactor

/// `handfast console`: administrators' pages for a browser.
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Serve administrators' pages to one browser, and print the link that opens them.",
        discussion: """
            The pages are served on a port of this machine alone. The link opens them once, and \
            within ten minutes; from elsewhere an SSH tunnel reaches them, with the same port at \
            both ends. The running server is asked over its administrative listener, with the \
            token of the data directory, and its audit has the name of the user who runs this.

            Ends with Ctrl-C, or after an hour without use.

            Example:

              handfast console --data DIR --port 9445
              ssh -L 9445:127.0.0.1:9445 HOST      # on your own machine, then open the link there
            """
    )

    @OptionGroup var server: RunningServer

    @Option(help: .value("number", "The port; 0 for one that the system chooses."))
    var port: UInt16 = 0

    @Option(help: .value("minutes", "How long it stays open without use."))
    var idleMinutes = 60.0

    /// A week; longer ones are no end.
    private static let minutesMax = 10_080.0
    private static let minuteMilliseconds = 60_000.0

    func validate() throws {
        guard idleMinutes > 0, idleMinutes <= Self.minutesMax else {
            throw ValidationError(
                "--idle-minutes: give more than 0 and at most \(Int(Self.minutesMax))."
            )
        }
    }

    func run() throws {
        ProcessSettings.harden()
        // A link to pages that could show nothing would be of no use.
        _ = try server.get("/clients", query: [(name: "limit", value: "1")])
        let client = try server.client(waitMilliseconds: Console.waitMilliseconds)
        let console = try Console(
            port: port,
            idleMilliseconds: UInt64(idleMinutes * Self.minuteMilliseconds),
            asking: client,
            facts: ConsoleFacts(
                server: "\(client.address)",
                version: Version.text,
                user: SystemCall.userName
            ),
            clock: wallClock
        )
        Output.line(console.link)
        switch console.run() {
        case .told: break
        case .unopened: Output.line("The link was not opened in ten minutes.", to: .error)
        case .unused: Output.line("The console was not used any more.", to: .error)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import ArgumentParser

/// Prints the latest refusals of a server that runs.
struct RefusalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refusals",
        abstract: "Print the latest requests and handshakes that the running server refused.",
        discussion: """
            Newest first, of all reactors; each keeps administration.refusals_max of them in \
            memory. A certificate that is not registered for the client comes with --json, as PEM, \
            for `handfast client certificate add` and `handfast verify`.

            Example:

              handfast refusals --client CLIENT_ID --limit 10
            """
    )

    @OptionGroup var server: RunningServer

    @Option(help: .value("id", "The refusals of this client alone, by the client_id as presented."))
    var client: String?

    @Option(
        help: .value(
            "name",
            "The refusals by this check alone, as the list and the log name it; tls-handshake for"
                + " failed handshakes."
        )
    )
    var check: String?

    @Option(help: .value("n", "How many at most, up to 1000. The default is 100."))
    var limit: String?

    @Flag(help: "Print the server's answer as JSON.")
    var json = false

    func run() throws {
        let query = [("client", client), ("check", check), ("limit", limit)]
        let content = try server.get("/refusals", query: query)
        guard let list = RefusalList(content) else {
            throw CommandError("The answer cannot be read. Is the server of another version?")
        }
        try Output.show(list, json: json)
    }
}

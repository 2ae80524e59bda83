// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage

/// Lists clients.
struct ClientList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the registered clients, oldest first."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print an array of RFC 7591 client information responses, without secrets.")
    var json = false

    func run() throws {
        let store = try data.open()
        if json { return try printJSON(store) }
        print(ClientFacts.columns.heading)
        try store.forEachClient { print(ClientFacts.line($0)) }
    }

    private func printJSON(_ store: any RegistrationStore) throws {
        var separator = "["
        try store.forEachClient { summary in
            // The scan leaves the certificates' bytes out, which the response has.
            guard let client = try store.client(summary.clientID) else { return }
            print(separator)
            print(Output.json(ClientInformation.value(client)), terminator: "")
            separator = ","
        }
        print(separator == "[" ? "[]" : "\n]")
    }
}

/// Shows one client.
struct ClientShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what is registered for a client; never its secret."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    @Flag(help: "Print an RFC 7591 client information response, without the secret.")
    var json = false

    func run() throws {
        let client = try argument.find(in: data.open())
        if json {
            print(Output.json(ClientInformation.value(client)))
        } else {
            print(FactLines.text(ClientFacts.all(client, document: "--json")))
        }
    }
}

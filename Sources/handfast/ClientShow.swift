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
        print(Self.row("CLIENT_ID", "STATE", "METHOD", "NAME", "GOES BY"))
        try store.forEachClient { client in
            print(
                Self.row(
                    client.clientID,
                    client.enabled ? "enabled" : "disabled",
                    client.authenticationMethod,
                    client.name,
                    client.jwksURI ?? client.trustSet.map { "trust set \($0)" }
                )
            )
        }
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

    private static func row(
        _ clientID: String,
        _ state: String,
        _ method: String,
        _ name: String,
        _ source: String?
    ) -> String {
        let cells = [(clientID, 28), (state, 8), (method, 27), (name, 20)]
        return Output.columns(cells + (source.map { [($0, 0)] } ?? []))
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
            print(Output.lines(ClientFacts.all(client, document: "--json")))
        }
    }
}

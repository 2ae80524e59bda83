// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Storage
internal import Text

/// Registration of clients.
struct ClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Register clients, and change or remove them.",
        discussion: """
            These commands take a client's name or its client_id. What they change takes effect \
            in a running server within a second, on open connections too.
            """,
        subcommands: [
            ClientAdd.self, ClientList.self, ClientShow.self, ClientUpdate.self,
            ClientDisable.self, ClientEnable.self, ClientRemove.self, ClientCertificate.self,
        ]
    )
}

/// The argument that names the client.
struct ClientArgument: ParsableArguments {
    @Argument(help: "The client's name or its client_id.")
    var client: String

    /// Finds the client's record.
    func find(in store: any RegistrationStore) throws -> ClientRecord {
        let clientID = try store.clientID(for: client)
        guard let found = try store.client(clientID) else { throw StoreError.noClient(clientID) }
        return found
    }

    /// Changes the client in `store`; returns its client_id.
    @discardableResult
    func change(by change: ClientChange, in store: any RegistrationStore) throws -> String {
        try ClientRegistration.change(
            client,
            by: change,
            in: store,
            by: .thisCommand,
            at: epochSeconds()
        ).client.clientID
    }

    /// Enables or disables the client; returns its client_id.
    func setEnabled(_ isEnabled: Bool, in store: any RegistrationStore) throws -> String {
        var change = ClientChange()
        change.isEnabled = isEnabled
        return try self.change(by: change, in: store)
    }
}

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
        guard json else {
            print(ClientFacts.columns.heading)
            try store.forEachClient { print(ClientFacts.line($0)) }
            return
        }
        var separator = "["
        try ClientInformation.forEach(in: store) { client in
            print(separator)
            print(client.indentedText, terminator: "")
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
        try Output.show(ClientFacts.presentation(of: client, document: "--json"), json: json)
    }
}

/// Disables a client at once.
struct ClientDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Refuse a client from its next request on, without removing it.",
        discussion: "Tokens that it already has stay valid until they expire."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        print("disabled: \(try argument.setEnabled(false, in: data.open()))")
    }
}

/// Enables a client again.
struct ClientEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a disabled client authenticate again."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        print("enabled: \(try argument.setEnabled(true, in: data.open()))")
    }
}

/// Removes a client.
struct ClientRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a client and its certificates.",
        discussion: """
            Shows what ends with the client. On a terminal it asks first, unless --yes is given; \
            where the input is no terminal, it does not ask. This cannot be undone; `handfast \
            client disable` can.
            """
    )

    @OptionGroup var argument: ClientArgument

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var data: DataOptions

    func run() throws {
        let store = try data.open()
        let client = try argument.find(in: store)
        Output.line(FactLines.text(ClientFacts.endings(client)), to: .error)
        guard yes || !SystemCall.isTerminal(0) || Self.isConfirmed() else {
            throw CommandError("Nothing was removed.")
        }
        try store.removeClient(client.clientID, by: .thisCommand, at: epochSeconds())
        print("removed: \(client.clientID)")
    }

    /// Asks on standard error; every answer but yes means no.
    private static func isConfirmed() -> Bool {
        Output.write("Remove it, with all of this? [y/N] ", to: .error)
        return ["y", "yes"].contains(Input.line().lowercased())
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Storage

/// Registration of clients.
struct ClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Register clients, and change or remove them.",
        discussion: """
            A client is called by its name or by its client_id. What these commands change takes \
            effect in a running server within a second, on open connections too.
            """,
        subcommands: [
            ClientAdd.self, ClientList.self, ClientShow.self, ClientUpdate.self,
            ClientDisable.self, ClientEnable.self, ClientRemove.self, ClientCertificate.self,
        ]
    )
}

/// The client that a command is about.
struct ClientArgument: ParsableArguments {
    @Argument(help: "The client's name or its client_id.")
    var client: String

    /// What is registered for it.
    func find(in store: any RegistrationStore) throws -> ClientRecord {
        let clientID = try store.clientID(for: client)
        guard let found = try store.client(clientID) else { throw StoreError.noClient(clientID) }
        return found
    }

    /// Changes it in the store of `data`; the client as it is then.
    @discardableResult
    func change(by change: ClientChange, in data: DataOptions) throws -> ClientRecord {
        try ClientRegistration.change(
            client,
            by: change,
            in: data.open(),
            by: .thisCommand,
            at: epochSeconds()
        ).client
    }
}

/// Stops a client at once.
struct ClientDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Refuse a client from its next request on, without forgetting it.",
        discussion: "Tokens that it already has stay valid until they expire."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        var change = ClientChange()
        change.isEnabled = false
        print("disabled: \(try argument.change(by: change, in: data).clientID)")
    }
}

/// Lets a client in again.
struct ClientEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a disabled client authenticate again."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        var change = ClientChange()
        change.isEnabled = true
        print("enabled: \(try argument.change(by: change, in: data).clientID)")
    }
}

/// Forgets a client.
struct ClientRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget a client and its certificates.",
        discussion: """
            Says what it ends. On a terminal it asks first, unless --yes is given; where the input \
            is no terminal, it does not ask. This cannot be undone; `handfast client disable` can.
            """
    )

    @OptionGroup var argument: ClientArgument

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var data: DataOptions

    func run() throws {
        let store = try data.open()
        let client = try argument.find(in: store)
        Output.note(FactLines.text(ClientFacts.endings(client)), to: .error)
        guard yes || !SystemCall.isTerminal(0) || Self.isConfirmed() else {
            throw Refusal("Nothing was removed.")
        }
        try store.removeClient(client.clientID, by: .thisCommand, at: epochSeconds())
        print("removed: \(client.clientID)")
    }

    /// Asks on standard error; anything but yes is no.
    private static func isConfirmed() -> Bool {
        Output.write("Remove it, with all of this? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }
}

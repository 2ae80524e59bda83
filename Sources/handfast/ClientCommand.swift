internal import ArgumentParser
internal import Store

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
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.setEnabled(false, client: clientID, at: epochSeconds())
        print("disabled: \(clientID)")
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
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.setEnabled(true, client: clientID, at: epochSeconds())
        print("enabled: \(clientID)")
    }
}

/// Forgets a client.
struct ClientRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget a client and its certificates.",
        discussion: "This cannot be undone; `handfast client disable` can."
    )

    @OptionGroup var argument: ClientArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        let store = try data.open()
        let clientID = try store.clientID(for: argument.client)
        try store.removeClient(clientID)
        print("removed: \(clientID)")
    }
}

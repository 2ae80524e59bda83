// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration

/// Tokens that were issued.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Take back what was issued to a client, or for a user.",
        subcommands: [TokenRevoke.self]
    )
}

/// Takes back what was issued.
struct TokenRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take back everything that was issued to a client, or for a user, until now.",
        discussion: """
            Access tokens, refresh tokens and codes that were issued before the next second end, \
            and the logins of a user. The client or the user can get new ones from the next second \
            on; to prevent that too, use `handfast client disable` or `handfast user disable`.

            A JWT says by itself until when it is good: a resource server that checks its \
            signature and asks nobody accepts it until it expires.
            """
    )

    @Option(help: .value("client", "The client's name or its client_id."))
    var client: String?

    @Option(help: .value("name", "The user's name."))
    var user: String?

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON object; the time in seconds since 1970.")
    var json = false

    func validate() throws {
        guard (client == nil) != (user == nil) else {
            throw ValidationError("Give either --client or --user.")
        }
    }

    func run() throws {
        let (store, now) = (try data.open(), epochSeconds())
        if let client {
            let ended = try TokenRevocation.of(client: client, in: store, by: .thisCommand, at: now)
            try Output.show(ended, json: json)
        } else if let user {
            let ended = try TokenRevocation.of(user: user, in: store, by: .thisCommand, at: now)
            try Output.show(ended, json: json)
        }
    }
}

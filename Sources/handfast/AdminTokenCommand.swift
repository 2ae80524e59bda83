// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage

/// Tokens for the administrative listener, beside the one in admin.token.
struct AdminTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin-token",
        abstract: "Make tokens for administrators, each with a name and a role.",
        discussion: """
            The first start of the server makes a token that may do everything, in admin.token. \
            Others are for people and pipelines: the audit has their names with each change, and \
            each can be taken back by itself. A running server knows of it within a second.

            Example:

              handfast admin-token add pipeline --role operate --data DIR
            """,
        subcommands: [AdminTokenAdd.self, AdminTokenList.self, AdminTokenRemove.self]
    )
}

extension AdministratorRole: ExpressibleByArgument {}

/// Makes a token.
struct AdminTokenAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a token, and show it: this once, for the server keeps its digest alone."
    )

    @Argument(help: "The token's name: letters, digits, full stops, underscores and hyphens.")
    var name: String

    @Option(
        help: .value(
            "role",
            "read looks at everything that is not secret, operate disables and enables besides,"
                + " administer changes everything and makes tokens."
        )
    )
    var role: AdministratorRole

    @Flag(help: "Print a JSON object.")
    var json = false

    @OptionGroup var data: DataOptions

    func run() throws {
        let now = epochSeconds()
        let made = try AdminTokenRegistration.new(name, role: role, at: now)
        try made.insert(into: data.open(), by: .thisCommand, at: now)
        try Output.show(made, json: json)
    }
}

/// Lists tokens.
struct AdminTokenList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens by name: role and date, never the token.",
        discussion: "The token in admin.token, whose name is first, is not among them."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() throws {
        let tokens = try data.open().adminTokens()
        try Output.show(AdminTokenRegistration.presentation(of: tokens), json: json)
    }
}

/// Removes a token.
struct AdminTokenRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take a token back: a running server refuses it within a second."
    )

    @Argument(help: "The token's name.")
    var name: String

    @OptionGroup var data: DataOptions

    func run() throws {
        try AdminTokenRegistration.remove(
            name,
            from: data.open(),
            by: .thisCommand,
            at: epochSeconds()
        )
        print("removed: \(name)")
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage

/// Registration of users, for the password grant.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Register users for the password grant.",
        discussion: """
            Users are needed only by clients that may use the password grant, which RFC 9700 §2.4 \
            tells new clients not to use. Passwords are stored as Argon2id hashes.

            Example:

              echo admin | handfast user add admin --password-stdin --data DIR
            """,
        subcommands: [UserAdd.self, UserList.self, UserPassword.self, UserRemove.self]
    )
}

/// The source of a password: never an argument, which every process on the machine can read.
struct PasswordOptions: ParsableArguments {
    @Flag(help: "Read the password from standard input: one line, without its newline.")
    var passwordStdin = false

    func validate() throws {
        guard passwordStdin else {
            throw ValidationError(
                "There is no password. Give --password-stdin and write the password to standard"
                    + " input."
            )
        }
    }
}

/// The argument that names the user.
struct UserArgument: ParsableArguments {
    @Argument(help: "The user's name.")
    var name: String
}

/// Registers a user.
struct UserAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Register a user."
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var password: PasswordOptions
    @OptionGroup var data: DataOptions

    func run() throws {
        let now = epochSeconds()
        let user = try UserRegistration.new(argument.name, password: Input.line(), at: now)
        try data.open(creating: true).insert(user, by: .thisCommand, at: now)
        print("added: \(user.name)")
    }
}

/// Lists users.
struct UserList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the registered users by name."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() throws {
        try Output.show(UserRegistration.presentation(of: data.open().users()), json: json)
    }
}

/// Changes a user's password.
struct UserPassword: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Give a user another password.",
        discussion: "Tokens that were issued with the old one stay valid until they expire."
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var password: PasswordOptions
    @OptionGroup var data: DataOptions

    func run() throws {
        try UserRegistration.setPassword(
            Input.line(),
            of: argument.name,
            in: data.open(),
            by: .thisCommand,
            at: epochSeconds()
        )
        print("changed: \(argument.name)")
    }
}

/// Removes a user.
struct UserRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a user."
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        let (store, now) = (try data.open(), epochSeconds())
        try UserRegistration.remove(argument.name, from: store, by: .thisCommand, at: now)
        print("removed: \(argument.name)")
    }
}

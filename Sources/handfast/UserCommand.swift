// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage

/// Registration of users, who sign in at pages or by the password grant.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Register users, who sign in at the server's pages or by the password grant.",
        discussion: """
            Users are needed by clients of the authorization code flow, whose users sign in at the \
            server's pages, and by those of the password grant, which RFC 9700 §2.4 tells new \
            clients not to use. Passwords are stored as Argon2id hashes.

            Example:

              echo admin | handfast user add admin --password-stdin --data DIR
            """,
        subcommands: [
            UserAdd.self, UserList.self, UserPassword.self, UserDisable.self, UserEnable.self,
            UserRemove.self,
        ]
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

    /// Enables or disables the user in `store`.
    func setEnabled(_ isEnabled: Bool, in store: any RegistrationStore) throws {
        let now = epochSeconds()
        try UserRegistration.setEnabled(isEnabled, name, in: store, by: .thisCommand, at: now)
    }
}

/// Registers a user.
struct UserAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Register a user."
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var password: PasswordOptions
    @OptionGroup var labels: LabelOptions
    @OptionGroup var data: DataOptions

    func run() throws {
        let now = epochSeconds()
        let user = try UserRegistration.new(
            argument.name,
            password: Input.line(),
            labels: labels.change.set,
            at: now
        )
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
        discussion: """
            What was issued with the old one ends: refresh tokens, logins, and tokens, as \
            `handfast token revoke --user` says.
            """
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

/// Disables a user at once.
struct UserDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Refuse a user from the next request on, without removing the user.",
        discussion: """
            What was issued ends too, and does not come back when the user is enabled again: \
            tokens (as `handfast token revoke --user` says), refresh tokens and logins.
            """
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        try argument.setEnabled(false, in: data.open())
        print("disabled: \(argument.name)")
    }
}

/// Enables a user again.
struct UserEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a disabled user authenticate again."
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        try argument.setEnabled(true, in: data.open())
        print("enabled: \(argument.name)")
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

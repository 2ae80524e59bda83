// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import OAuth
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

/// How a password comes in: never as an argument, which every process on the machine can read.
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

    /// Reads the password and returns its hash, which takes tens of milliseconds.
    func hash() throws -> String {
        guard let password = readLine(strippingNewline: true), !password.isEmpty else {
            throw Refusal("The password is empty. Write it to standard input, on one line.")
        }
        guard password.utf8.count <= PasswordCheck.passwordBytesMax else {
            throw Refusal(
                "The password has more than \(PasswordCheck.passwordBytesMax) bytes. Choose a"
                    + " shorter one."
            )
        }
        // Reading replaces bytes that are not UTF-8, so the stored password could never be typed.
        guard !password.unicodeScalars.contains("\u{FFFD}") else {
            throw Refusal("The password is not UTF-8 text. Write it in that encoding.")
        }
        return try PasswordHash.make(Array(password.utf8))
    }
}

/// The user that a command is about.
struct UserArgument: ParsableArguments {
    @Argument(help: "The user's name.")
    var name: String

    func validate() throws { try DisplayName.check(name, of: "user") }
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
        let user = UserRecord(
            name: argument.name,
            subject: User.subjectPrefix + argument.name,
            passwordHash: try password.hash(),
            createdAt: epochSeconds()
        )
        try data.open(creating: true).insert(user, by: .thisCommand, at: user.createdAt)
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

    @Flag(help: "Print an array of objects.")
    var json = false

    private struct Information: Encodable {
        let name: String
        let sub: String
        let enabled: Bool
        let created_at: Int64
    }

    func run() throws {
        let users = try data.open().users()
        guard json else {
            for user in users {
                print(Output.printable(user.name) + (user.enabled ? "" : "  (disabled)"))
            }
            return
        }
        let list = users.map {
            Information(
                name: $0.name,
                sub: $0.subject,
                enabled: $0.enabled,
                created_at: $0.createdAt
            )
        }
        print(try Output.json(list))
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
        let hash = try password.hash()
        try data.open().setPasswordHash(
            hash,
            user: argument.name,
            by: .thisCommand,
            at: epochSeconds()
        )
        print("changed: \(argument.name)")
    }
}

/// Forgets a user.
struct UserRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget a user."
    )

    @OptionGroup var argument: UserArgument
    @OptionGroup var data: DataOptions

    func run() throws {
        try data.open().removeUser(argument.name, by: .thisCommand, at: epochSeconds())
        print("removed: \(argument.name)")
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
package import Storage
package import Text

/// Users for the password grant, as they are registered.
package enum UserRegistration {
    /// The record of a new user; throws everything that is wrong.
    ///
    /// Hashing the password takes tens of milliseconds.
    package static func new(
        _ name: String,
        password: String,
        at now: Int64
    ) throws -> UserRecord {
        try RegistrationError.refuse(nameFindings(name) + passwordFindings(password))
        return UserRecord(
            name: name,
            subject: User.subjectPrefix + name,
            passwordHash: try PasswordHash.make(Array(password.utf8)),
            createdAt: now
        )
    }

    /// The hash of another password for a user; throws what is wrong with it.
    package static func hash(of password: String) throws -> String {
        try RegistrationError.refuse(passwordFindings(password))
        return try PasswordHash.make(Array(password.utf8))
    }

    /// Throws what is wrong with a name before anything is looked for by it.
    package static func check(name: String) throws(RegistrationError) {
        try RegistrationError.refuse(nameFindings(name))
    }

    /// A user for programs.
    package static func information(_ user: UserRecord) -> JSONValue {
        .object([
            "name": .string(user.name),
            "sub": .string(user.subject),
            "enabled": .boolean(user.enabled),
            "created_at": .integer(user.createdAt),
        ])
    }

    private static func nameFindings(_ name: String) -> [RegistrationFinding] {
        DisplayName.finding(name, .userName, of: "user").map { [$0] } ?? []
    }

    private static func passwordFindings(_ password: String) -> [RegistrationFinding] {
        if password.isEmpty { return [.unusable(.password, "The password is empty.")] }
        if password.utf8.count > PasswordCheck.passwordBytesMax {
            return [
                .unusable(
                    .password,
                    "The password has more than \(PasswordCheck.passwordBytesMax) bytes. Choose a"
                        + " shorter one."
                )
            ]
        }
        // Reading replaces bytes that are not UTF-8, so the stored password could never be typed.
        if password.unicodeScalars.contains("\u{FFFD}") {
            return [
                .unusable(
                    .password,
                    "The password is not UTF-8 text. Write it in that encoding."
                )
            ]
        }
        return []
    }
}

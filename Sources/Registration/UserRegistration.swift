// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import OAuth
package import Storage
package import Text

/// Users for the password grant, as they are registered.
package enum UserRegistration {
    /// The record of a new user; throws everything that is wrong.
    ///
    /// Hashing the password takes tens of milliseconds at the standard cost.
    package static func new(
        _ name: String,
        password: String,
        labels: [String: String] = [:],
        cost: PasswordHash.Cost = .standard,
        at now: Int64
    ) throws -> UserRecord {
        try RegistrationError.refuse(
            nameFindings(name) + passwordFindings(password) + LabelRules.findings(labels)
        )
        return UserRecord(
            name: name,
            subject: User.subjectPrefix + name,
            passwordHash: try PasswordHash.make(Array(password.utf8), cost: cost),
            labels: labels,
            createdAt: now,
            // Another user of this name may have been removed.
            tokensValidFrom: now
        )
    }

    /// Gives the user another password; throws what is wrong with it, and what `check` throws for
    /// the user as it is, and writes nothing then.
    package static func setPassword(
        _ password: String,
        of name: String,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64,
        check: (UserRecord) throws -> Void = { _ in }
    ) throws {
        try RegistrationError.refuse(nameFindings(name) + passwordFindings(password))
        let hash = try PasswordHash.make(Array(password.utf8))
        try change(name, .changePassword, in: store, by: author, at: now, check) { user in
            user.passwordHash = hash
            user.endTokens(at: now)
        }
    }

    /// Enables or disables the user; what was issued before a user was disabled stays dead.
    ///
    /// Throws what `check` throws for the user as it is, and writes nothing then.
    package static func setEnabled(
        _ enabled: Bool,
        _ name: String,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64,
        check: (UserRecord) throws -> Void = { _ in }
    ) throws {
        try RegistrationError.refuse(nameFindings(name))
        let asked: AuditAction = enabled ? .enable : .disable
        try change(name, asked, in: store, by: author, at: now, check) { user in
            user.enabled = enabled
            if !enabled { user.endTokens(at: now) }
        }
    }

    private static func change(
        _ name: String,
        _ asked: AuditAction,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64,
        _ check: (UserRecord) throws -> Void,
        _ body: (inout UserRecord) -> Void
    ) throws {
        try store.write(by: author, at: now) { writer in
            guard var user = try writer.user(name) else { throw StoreError.noUser(name) }
            try check(user)
            body(&user)
            _ = try writer.update(user, asked: asked)
        }
    }

    /// Forgets the user.
    package static func remove(
        _ name: String,
        from store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        try RegistrationError.refuse(nameFindings(name))
        try store.removeUser(name, by: author, at: now)
    }

    /// A user for programs.
    package static func information(_ user: UserRecord) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(user.name),
            "sub": .string(user.subject),
            "enabled": .boolean(user.enabled),
            "created_at": .integer(user.createdAt),
        ]
        if !user.hasPassword { members["has_password"] = .boolean(false) }
        if user.tokensValidFrom > user.createdAt {
            members["tokens_valid_from"] = .integer(user.tokensValidFrom)
        }
        members[RegistrationField.labels.rawValue] = LabelRules.value(user.labels)
        return .object(members)
    }

    /// The list of `users`.
    package static func presentation(of users: [UserRecord]) -> Presentation {
        Presentation(
            lines: users.map { user in
                PrintableText.escaped(user.name) + (user.enabled ? "" : "  (disabled)")
                    + (user.hasPassword ? "" : "  (no password)")
            },
            value: .array(users.map(information))
        )
    }

    static func nameFindings(_ name: String) -> [RegistrationFinding] {
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

// SPDX-License-Identifier: Apache-2.0
internal import OAuth
package import Storage
package import Text

/// A user's JSON object as people and programs give it: what `UserRegistration` prints; never a
/// password.
///
/// A user made from a document has no password, and cannot sign in until one is set.
package enum UserDocument {
    /// Members of the server's answer, which change nothing.
    package static let readOnlyMembers = ["created_at", "has_password", "tokens_valid_from"]

    /// A new user without a password, called `name` or as the document says; throws everything that
    /// is wrong.
    package static func new(
        _ document: JSONValue,
        name address: String? = nil,
        at now: Int64
    ) throws -> UserRecord {
        let members = try Self.members(document)
        var user = UserRecord(
            name: address ?? members["name"]?.text ?? "",
            subject: "",
            passwordHash: UserRecord.noPassword,
            createdAt: now,
            // Another user of this name may have been removed.
            tokensValidFrom: now
        )
        user.subject = User.subjectPrefix + user.name
        return try read(members, into: user, UserRegistration.nameFindings(user.name), at: now)
    }

    /// `old` replaced by what the document says, left out for default; the password stays.
    ///
    /// Throws everything that is wrong. Tokens that were issued end where the user is disabled.
    package static func replacing(
        _ old: UserRecord,
        by document: JSONValue,
        at now: Int64
    ) throws -> UserRecord {
        var start = old
        (start.enabled, start.labels) = (true, [:])
        var user = try read(members(document), into: start, [], at: now)
        if old.enabled, !user.enabled { user.endTokens(at: now) }
        return user
    }

    /// `old` after a JSON Merge Patch (RFC 7396) of what is printed of it.
    package static func patching(
        _ old: UserRecord,
        with patch: JSONValue,
        at now: Int64
    ) throws -> UserRecord {
        let printed = UserRegistration.information(old)
        return try replacing(old, by: printed.merged(with: patch), at: now)
    }

    private static func members(_ document: JSONValue) throws -> [String: JSONValue] {
        if case .object(let members) = document { return members }
        throw RegistrationError(.invalid(.userName, "A user is a JSON object.", remedy: ""))
    }

    private static func read(
        _ members: [String: JSONValue],
        into start: UserRecord,
        _ findings: [RegistrationFinding],
        at now: Int64
    ) throws -> UserRecord {
        var (user, findings) = (start, findings)
        // Not `username`, as findings call it: tokens and lists have `name`.
        let renamed = Dictionary(
            uniqueKeysWithValues: members.map { name, value in
                (name == "name" ? RegistrationField.userName.rawValue : name, value)
            }
        )
        var reader = DocumentReader(renamed, now: now) { _ in nil }
        if let name = reader.text(.userName), name != user.name {
            findings.refuse(
                .userName,
                "The document is that of the user \(PrintableText.escaped(name))."
            )
        }
        if let subject = reader.text(.subject), subject != user.subject {
            findings.refuse(
                .subject,
                "The subject of a user does not change.",
                "Leave \(field: .subject) out, or give \(PrintableText.escaped(user.subject))."
            )
        }
        if let enabled = reader.boolean(.enabled) { user.enabled = enabled }
        if let labels = reader.labels() { findings += labels.apply(to: &user.labels) }
        if user.labels != start.labels { findings += LabelRules.findings(user.labels) }
        let known = [RegistrationField.userName] + RegistrationField.ofUsers
        for member in reader.unknown(besides: known, readOnlyMembers) {
            if member == RegistrationField.password.rawValue {
                findings.refuse(
                    .password,
                    "A document has no passwords.",
                    "Leave \(field: .password) out, and set it with \(to: .setPassword)."
                )
            } else {
                findings.append(.unknown(member, among: ["name", "enabled", "labels"]))
            }
        }
        try reader.finish(findings)
        return user
    }
}

extension RegistrationField {
    /// The members of a user's document besides its name.
    package static let ofUsers: [RegistrationField] = [.subject, .enabled, .labels]
}

// SPDX-License-Identifier: Apache-2.0
internal import Registration
package import Storage
package import Text

/// The writes after which a store has what a declaration says.
package struct ApplyPlan: Sendable {
    /// A record that is new, or in the place of another one.
    enum Write<Record: Sendable>: Sendable {
        case insert(Record)
        case update(Record)
    }

    /// A secret that was made for a client.
    struct Secret: Sendable {
        let clientID: String
        let name: String
        let secret: String
    }

    var trustSets: [Write<TrustSetRecord>] = []
    var users: [Write<UserRecord>] = []
    var clients: [Write<ClientRecord>] = []
    var issuers: [Write<IssuerRecord>] = []
    /// The clients whose names others may have.
    var renamed: Set<String> = []
    /// The label by which records are removed.
    var pruned: LabelSelector?
    var removedClients: [String] = []
    var removedUsers: [String] = []
    var removedTrustSets: [String] = []
    var removedIssuers: [String] = []
    var secrets: [Secret] = []
    /// The changes, in the order of the declaration, removals last.
    package internal(set) var differences: [ApplyDifference] = []
    /// How many entries are registered already as they say.
    package internal(set) var unchanged = 0
    /// Warnings, with the places that they are about.
    package internal(set) var warnings: [String] = []

    /// Whether there is nothing to write.
    package var isEmpty: Bool { differences.isEmpty }

    /// The clients that get a secret, by name.
    package var clientsWithNewSecrets: [String] { secrets.map(\.name) }

    /// Writes it in one transaction: all of it or nothing.
    ///
    /// Throws `.conflict` where something was changed since the plan was made.
    package func write(
        to store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws {
        guard !isEmpty else { return }
        try store.write(by: author, at: now) { writer in
            // First: a client or a user may begin with the name that goes.
            for name in removedIssuers {
                try requireLabel(try writer.issuer(name)?.labels, .issuer, name)
                try writer.removeIssuer(name)
            }
            for write in trustSets {
                switch write {
                case .insert(let set): try writer.insert(set)
                case .update(let set): _ = try writer.update(set)
                }
            }
            try writeUsers(writer)
            for write in clients {
                switch write {
                case .insert(let client): try writer.insert(client)
                case .update(let client): _ = try writer.update(client)
                }
            }
            try remove(writer)
            // Behind the removals: a name may be that of a record which goes.
            for write in issuers {
                switch write {
                case .insert(let issuer): try writer.insert(issuer)
                case .update(let issuer): _ = try writer.update(issuer)
                }
            }
            // At the end: names may change hands.
            for case .insert(let client) in clients { try writer.requireUniqueName(client) }
            for case .update(let client) in clients where renamed.contains(client.clientID) {
                try writer.requireUniqueName(client)
            }
        }
    }

    /// Clients first: a trust set is removed when nobody is registered with it.
    private func remove(_ writer: any RegistrationWriter) throws(StoreError) {
        for clientID in removedClients {
            try requireLabel(try writer.client(clientID)?.labels, .client, clientID)
            try writer.removeClient(clientID)
        }
        for name in removedUsers {
            try requireLabel(try writer.user(name)?.labels, .user, name)
            try writer.removeUser(name)
        }
        for name in removedTrustSets {
            try requireLabel(try writer.trustSet(name)?.labels, .trustSet, name)
            try writer.removeTrustSet(name)
        }
    }

    /// `.conflict` for a record that has lost the label since the plan was made.
    private func requireLabel(
        _ labels: [String: String]?,
        _ subject: StoreError.Subject,
        _ id: String
    ) throws(StoreError) {
        guard let labels, pruned?.matches(labels) == true else { throw .conflict(subject, id) }
    }

    private func writeUsers(_ writer: any RegistrationWriter) throws {
        guard !users.isEmpty else { return }
        // As `insertUnique`, which is linear in the users for each of them.
        var names = Set(try writer.users().map(\.name))
        for write in users {
            switch write {
            case .insert(let user):
                guard names.insert(user.name).inserted else {
                    throw StoreError(
                        .alreadyExists,
                        "there is already a user \(user.name)",
                        of: .user
                    )
                }
                try writer.insert(user)
            case .update(let user): _ = try writer.update(user)
            }
        }
    }

    /// Counts for people, in a line.
    package func summary(isWritten: Bool) -> String {
        let counts = [
            (ApplyDifference.Action.create, isWritten ? "created" : "to create"),
            (.change, isWritten ? "changed" : "to change"),
            (.remove, isWritten ? "removed" : "to remove"),
        ].map { action, words in "\(differences.count { $0.action == action }) \(words)" }
        return counts.joined(separator: ", ") + ", \(unchanged) unchanged"
    }

    /// The plan for programs.
    package func value(isWritten: Bool) -> JSONValue {
        .object([
            "written": .boolean(isWritten),
            "unchanged": .integer(Int64(unchanged)),
            "changes": .array(differences.map(\.value)),
            "warnings": .array(warnings.map { .string($0) }),
        ])
    }
}

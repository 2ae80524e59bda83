// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    package func insert(_ user: UserRecord) throws(StoreError) {
        var user = user
        try attempt { database in
            user.tokensValidFrom = try validFrom(user.tokensValidFrom, .user, user.name)
            do {
                try database.execute(
                    """
                    INSERT INTO "user"
                    (name, subject, password_hash, enabled, created_at, tokens_valid_from, labels)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        user.name, user.subject, user.passwordHash, user.enabled, user.createdAt,
                        user.tokensValidFrom, StoredLabels.text(user.labels),
                    ]
                )
            } catch let error as any SQLError where error.isConstraint {
                throw StoreError(
                    .alreadyExists,
                    "there is already a user \(user.name)",
                    of: .user
                )
            }
            try record(from: nil, to: AuditFacts(user))
            try requireNoIssuer(beginning: user.name, .user)
            try requireNoIssuer(beginning: user.subject, .user)
        }
    }

    package func user(_ name: String) throws(StoreError) -> UserRecord? {
        try attempt { database in
            try database.first(Self.selectUsers + " WHERE name = ?", [name], Self.user)
        }
    }

    package func users() throws(StoreError) -> [UserRecord] {
        try attempt { database in
            try database.all(Self.selectUsers + " ORDER BY name", [], Self.user)
        }
    }

    package func update(
        _ user: UserRecord,
        asked: AuditAction
    ) throws(StoreError) -> UserRecord {
        try attempt { database in
            let old = try facts(user.name)
            do {
                try database.execute(
                    """
                    UPDATE "user" SET
                    (subject, password_hash, enabled, created_at, tokens_valid_from, labels,
                    version) = (?3, ?4, ?5, ?6, ?7, ?8, ?2 + 1) WHERE name = ?1 AND version = ?2
                    """,
                    [
                        user.name, user.version, user.subject, user.passwordHash, user.enabled,
                        user.createdAt, user.tokensValidFrom, StoredLabels.text(user.labels),
                    ]
                )
            } catch let error as any SQLError where error.isTaken {
                throw StoreError(
                    .alreadyExists,
                    "there is already a user with the subject \(user.subject)",
                    of: .user
                )
            }
            try requireChange(
                "\"user\"",
                key: "name",
                user.name,
                absent: .noUser(user.name),
                conflict: .user
            )
            var new = user
            new.version += 1
            try record(from: old, to: AuditFacts(new), asked: asked)
            try requireNoIssuer(beginning: new.subject, .user)
            return new
        }
    }

    package func removeUser(_ name: String) throws(StoreError) {
        try attempt { database in
            let old = try facts(name)
            try database.execute("DELETE FROM \"user\" WHERE name = ?", [name])
            guard database.changes > 0 else { throw StoreError.noUser(name) }
            try record(from: old, to: nil)
        }
    }

    /// The user as the audit says it.
    private func facts(_ name: String) throws -> AuditFacts? {
        try readable(.user, name) {
            try database.first(Self.selectUsers + " WHERE name = ?", [name], Self.user)
                .map { AuditFacts($0) }
        }
    }

    private static let selectUsers = """
        SELECT name, subject, password_hash, enabled, created_at, tokens_valid_from, version,
        labels FROM "user"
        """

    private static func user(_ row: any SQLRows) throws -> UserRecord {
        try UserRecord(
            name: row[0],
            subject: row[1],
            passwordHash: row[2],
            labels: StoredLabels.labels(row[7]),
            enabled: row[3],
            createdAt: row[4],
            tokensValidFrom: row[5],
            version: row[6]
        )
    }
}

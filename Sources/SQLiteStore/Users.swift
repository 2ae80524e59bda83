// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// Registers `user`; `.alreadyExists` if the name or the subject is taken.
    public func insert(_ user: UserRecord) throws(StoreError) {
        try write { database in
            do throws(SQLiteError) {
                try database.execute(
                    """
                    INSERT INTO user (name, subject, password_hash, enabled, created_at)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                    [
                        user.name, user.subject, user.passwordHash, user.enabled, user.createdAt,
                    ]
                )
            } catch {
                guard error.isConstraint else { throw error }
                throw StoreError(
                    .alreadyExists,
                    "there is already a user \(user.name)",
                    remedy: "choose another name, or change the password with"
                        + " `handfast user password`"
                )
            }
        }
    }

    /// The user of this name, or nil.
    public func user(_ name: String) throws(StoreError) -> UserRecord? {
        try read { database in
            try database.first(Self.selectUsers + " WHERE name = ?", [name], Self.user)
        }
    }

    /// Every user, by name.
    public func users() throws(StoreError) -> [UserRecord] {
        try read { database in
            try database.all(Self.selectUsers + " ORDER BY name", [], Self.user)
        }
    }

    /// Replaces the password hash of the user.
    public func setPasswordHash(_ hash: String, user name: String) throws(StoreError) {
        try changeUser(name, "UPDATE user SET password_hash = ? WHERE name = ?", [hash, name])
    }

    /// Lets the user authenticate, or not.
    public func setEnabled(_ enabled: Bool, user name: String) throws(StoreError) {
        try changeUser(name, "UPDATE user SET enabled = ? WHERE name = ?", [enabled, name])
    }

    /// Forgets the user.
    public func removeUser(_ name: String) throws(StoreError) {
        try changeUser(name, "DELETE FROM user WHERE name = ?", [name])
    }

    private func changeUser(
        _ name: String,
        _ sql: String,
        _ arguments: [any SQLiteBindable]
    ) throws(StoreError) {
        try write { database in
            try database.execute(sql, arguments)
            guard database.changes > 0 else {
                throw StoreError(
                    .notFound,
                    "there is no user \(name)",
                    remedy: "see `handfast user list`"
                )
            }
        }
    }

    private static let selectUsers =
        "SELECT name, subject, password_hash, enabled, created_at FROM user"

    private static func user(_ row: SQLiteRows) throws -> UserRecord {
        try UserRecord(
            name: row[0],
            subject: row[1],
            passwordHash: row[2],
            enabled: row[3],
            createdAt: row[4]
        )
    }
}

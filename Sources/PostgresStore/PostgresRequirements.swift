// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

/// The rights of the role and the settings of the database, as a node needs them: looked at once,
/// when it starts.
enum PostgresRequirements {
    /// The rights of a node that writes: those that Documentation/fleet.md grants.
    private static let rights: [(rights: [String], tables: [String])] = [
        (
            ["SELECT", "INSERT", "UPDATE", "DELETE"],
            [
                "client", "client_certificate", "client_authority", "certificate", "client_label",
                "client_search", "\"user\"", "trust_set", "server_key", "admin_token",
                "certificate_sighting", "trusted_certificate_use", "spiffe_id_use", "change",
                "change_transaction", "authorization_code", "refresh_family", "pushed_request",
                "revoked_token", "used_assertion", "trusted_issuer",
            ]
        ),
        (["SELECT", "INSERT", "UPDATE"], ["wrapped_secret", "audit_head"]),
        (["SELECT", "INSERT"], ["audit"]),
        (["SELECT", "UPDATE"], ["change_position", "revocation_position"]),
    ]

    /// Throws `.readOnly` where the role lacks a right that a node needs, with all of them; a node
    /// that only reads needs to read.
    static func requireRights(
        _ connection: PostgresConnection,
        isReader: Bool,
        of store: String
    ) throws {
        let wanted = rights.flatMap { rights, tables in
            tables.flatMap { table in
                (isReader ? ["SELECT"] : rights).map { (table, $0) }
            }
        }
        let pairs = wanted.map { "('\($0)', '\($1)')" }.joined(separator: ", ")
        let missing: String? = try connection.value(
            """
            SELECT string_agg(kind || ' on ' || name, ', ') FROM (VALUES \(pairs)) AS r (name, kind)
            WHERE NOT has_table_privilege(name, kind)
            """
        )
        guard let missing else { return }
        let advice =
            isReader ? "" : "; a node that is only to read says so with store.mode: read"
        throw StoreError(
            .readOnly,
            "the role lacks rights at \(store): \(missing)\(advice)",
            of: .sharedStore
        )
    }

    /// Sentences about settings of the database by which writes may be lost or repeated.
    static func warnings(_ connection: PostgresConnection) throws -> [String] {
        let row = try connection.first(
            """
            SELECT current_setting('synchronous_standby_names'), current_setting('fsync'),
                current_setting('synchronous_commit')
            """
        ) { row in
            let (standbys, fsync, commit): (String, String, String) = try (row[0], row[1], row[2])
            return (standbys: standbys, fsync: fsync, commit: commit)
        }
        guard let row else { return [] }
        var found: [String] = []
        if row.fsync != "on" || row.commit == "off" {
            found.append(
                "the database answers before its disk has what was written (fsync is"
                    + " \(row.fsync), synchronous_commit is \(row.commit)): after a crash a code"
                    + " may be used again"
            )
        }
        if row.standbys.isEmpty || row.commit == "local" {
            found.append(
                "the database waits for no standby (synchronous_standby_names is"
                    + " '\(row.standbys)', synchronous_commit is \(row.commit)): where one is"
                    + " promoted, a code or a refresh token may be used again"
            )
        }
        return found
    }
}

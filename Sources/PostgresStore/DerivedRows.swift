// SPDX-License-Identifier: Apache-2.0
internal import Tables

/// The rows that triggers keep beside others, made by one statement each.
///
/// Row by row, triggers take a millisecond for a client, and a minute for some ten thousand; and
/// numbers of revocations come from one row, whose dead versions each of them would pass.
struct DerivedRows {
    /// The time for one statement about a million clients.
    static let milliseconds = 1_800_000

    let connection: PostgresConnection

    private static let tables = [
        CopiedTable.clients.name, "client_certificate", "client_authority",
        CopiedTable.revokedTokens.name,
    ]

    /// Runs `body`, which fills empty tables that no other program writes to, without their
    /// triggers, and then makes the rows that these would have made.
    ///
    /// Needs a transaction of the owner of the tables.
    func replacingTriggers(_ body: () throws -> Void) throws {
        try setTriggers("DISABLE")
        try body()
        for statement in Self.statements {
            try connection.script(statement, milliseconds: Self.milliseconds)
        }
        try setTriggers("ENABLE")
    }

    /// Foreign keys are no user's triggers, and stay.
    private func setTriggers(_ state: String) throws {
        for table in Self.tables {
            try connection.script("ALTER TABLE \(table) \(state) TRIGGER USER")
        }
    }

    private static let statements = [
        """
        INSERT INTO client_search
            (client, client_id, method, enabled, certificates, first_end, text)
        SELECT c.id, c.client_id, c.authentication_method, c.enabled, coalesce(l.number, 0),
            l.first_end, lower(c.client_id || chr(10) || c.name
                || coalesce(chr(10) || c.subject_value, '')
                || coalesce(chr(10) || c.spiffe_id, '')
                || coalesce(chr(10) || l.subjects, ''))
        FROM client AS c LEFT JOIN (
            SELECT k.client, count(*) AS number, min(k.not_after) AS first_end,
                string_agg(subject, chr(10) ORDER BY thumbprint) AS subjects
            FROM client_certificate AS k JOIN certificate USING (thumbprint) GROUP BY k.client
        ) AS l ON l.client = c.id
        """,
        """
        INSERT INTO client_label (client, name, value, client_id)
        SELECT c.id, key, value, c.client_id
        FROM client AS c, jsonb_each_text(c.labels::jsonb) WHERE c.labels IS NOT NULL
        """,
        """
        INSERT INTO change (kind, id, author, time)
        SELECT 'client', client_id, nullif(current_setting('handfast.author', true), ''),
            nullif(current_setting('handfast.time', true), '')::bigint
        FROM client ORDER BY id;
        INSERT INTO change_transaction (id) VALUES (pg_current_xact_id()::text)
        ON CONFLICT DO NOTHING
        """,
        """
        UPDATE revoked_token SET sequence = position.value + numbered.place
        FROM revocation_position AS position,
            (SELECT id, row_number() OVER (ORDER BY id) AS place FROM revoked_token) AS numbered
        WHERE revoked_token.id = numbered.id;
        UPDATE revocation_position
        SET value = value + (SELECT count(*) FROM revoked_token)
        """,
    ]
}

// SPDX-License-Identifier: Apache-2.0

/// A table whose rows go along when what is registered moves from one database to another.
///
/// Both have the same columns. Tables that triggers keep, and the change log, are made anew there.
package struct CopiedTable: Sendable {
    /// A column, and the type that it has where a database has types of columns.
    package struct Column: Sendable, Equatable {
        /// Its name in both databases.
        package let name: String
        /// Its type; SQLite has numbers for truth values.
        package let type: SQLType

        static func text(_ name: String) -> Column { Column(name: name, type: .text) }
        static func bytes(_ name: String) -> Column { Column(name: name, type: .bytes) }
        static func integer(_ name: String) -> Column { Column(name: name, type: .integer) }
        static func boolean(_ name: String) -> Column { Column(name: name, type: .boolean) }
    }

    /// A column whose value a store wraps, and the column with the name that goes into that.
    package enum Secret: Sendable {
        /// The material of a key.
        case material(Int, keyID: Int)
        /// The secret of a client.
        case client(Int, clientID: Int)
    }

    /// The table, quoted where SQL needs that.
    package let name: String
    /// The rows in words, for people; nil for rows that belong to others.
    package let kind: String?
    /// Every column that both databases have.
    package let columns: [Column]
    /// The secret among the columns.
    package let secret: Secret?
    /// Columns that are 0 in the copy: times by a clock that no other machine has.
    package let zeroed: [String]

    /// The columns as a statement lists them.
    package var columnList: String { columns.map(\.name).joined(separator: ", ") }

    private init(
        _ name: String,
        _ kind: String?,
        _ columns: [Column],
        secret: (String, of: String, (Int, Int) -> Secret)? = nil,
        zeroed: [String] = []
    ) {
        (self.name, self.kind, self.columns, self.zeroed) = (name, kind, columns, zeroed)
        self.secret = secret.flatMap { column, owner, make in
            let places = [column, owner].compactMap { name in
                columns.firstIndex { $0.name == name }
            }
            return places.count == 2 ? make(places[0], places[1]) : nil
        }
    }

    /// Every row of the table, in the order of its first column.
    package func rows(_ database: any SQLDatabase) throws -> any SQLRows {
        try database.run("SELECT \(columnList) FROM \(name) ORDER BY \(columns[0].name)", [])
    }

    /// The number of rows.
    package func count(_ database: any SQLDatabase) throws -> Int {
        try database.value("SELECT count(*) FROM \(name)") ?? 0
    }

    /// The values of the current row, each of its column's type.
    package func values(_ row: any SQLRows) throws -> [SQLValue] {
        try columns.indices.map { index in
            let (found, type) = (try row.value(index), columns[index].type)
            switch (found, type) {
            case (.null, _): return .null(type)
            case (.integer(let number), .boolean): return .boolean(number != 0)
            case (.integer, .integer), (.boolean, .boolean), (.text, .text), (.bytes, .bytes):
                return found
            default: throw row.mismatch(index, "\(found.kind), and no \(type)")
            }
        }
    }
}

extension CopiedTable {
    /// Every table that is copied; one that refers to another stands behind it.
    package static let all = registrations + uses + grants + [audit]

    /// The entries of the audit, with their codes.
    package static let audit = CopiedTable(
        "audit",
        "entries of the audit",
        [
            .integer("sequence"), .integer("time"), .text("author"), .text("kind"), .text("id"),
            .text("action"), .text("before"), .text("after"), .bytes("mac"),
        ]
    )

    /// Tokens that were revoked, which every store numbers by itself.
    package static let revokedTokens = CopiedTable(
        "revoked_token",
        "revoked tokens",
        [.bytes("id"), .integer("until")]
    )

    /// Clients, by numbers of their own to which other tables refer.
    package static let clients = CopiedTable(
        "client",
        "clients",
        [
            .integer("id"), .text("client_id"), .text("name"), .text("secret_hash"),
            .text("authentication_method"), .text("grant_types"), .text("scopes"),
            .text("redirect_uris"), .text("subject_kind"), .text("subject_value"),
            .boolean("bound_access_tokens"), .text("audiences"), .text("token_format"),
            .integer("token_lifetime"), .integer("reuse_window"), .boolean("may_introspect"),
            .boolean("enabled"), .integer("created_at"), .integer("updated_at"), .text("jwks"),
            .text("shared_secret"), .text("assertion_algorithm"), .text("trust_set"),
            .text("jwks_uri"), .text("fetched_jwks"), .integer("version"),
            .boolean("refresh_rotation"), .integer("refresh_lifetime"), .integer("refresh_idle"),
            .boolean("require_par"), .text("token_signing_alg"), .text("claims"),
            .integer("tokens_valid_from"), .text("labels"), .text("rate"),
            .text("own_audiences"), .text("exchange_mode"), .boolean("exchange_bound_tokens"),
            .text("spiffe_id"),
        ],
        secret: ("shared_secret", of: "client_id", { .client($0, clientID: $1) })
    )

    private static let registrations = [
        CopiedTable(
            "trust_set",
            "trust sets",
            [
                .text("name"), .text("authorities"), .text("sources"), .text("revocation"),
                .integer("created"), .integer("server_auth_until"), .text("labels"),
                .integer("version"), .text("trust_domain"), .text("bundle_source"),
                .integer("bundle_max_staleness"), .integer("bundle_sequence"),
                .integer("bundle_refresh"), .integer("bundle_checked_at"),
            ]
        ),
        clients,
        CopiedTable(
            "certificate",
            "certificates",
            [
                .bytes("thumbprint"), .bytes("der"), .text("subject"), .integer("not_before"),
                .integer("not_after"),
            ]
        ),
        CopiedTable(
            "client_certificate",
            nil,
            [
                .integer("client"), .bytes("thumbprint"), .integer("not_before"),
                .integer("not_after"), .integer("created_at"),
            ]
        ),
        CopiedTable(
            "client_authority",
            nil,
            [.integer("client"), .bytes("thumbprint"), .integer("created_at")]
        ),
        CopiedTable(
            "\"user\"",
            "users",
            [
                .text("name"), .text("subject"), .text("password_hash"), .boolean("enabled"),
                .integer("created_at"), .integer("version"), .integer("tokens_valid_from"),
                .text("labels"),
            ]
        ),
        CopiedTable(
            "trusted_issuer",
            "trusted issuers",
            [
                .text("name"), .text("issuer"), .text("jwks"), .text("jwks_uri"),
                .text("fetched_jwks"), .integer("fetched_at"), .text("algorithms"),
                .text("clients"), .text("audience"), .text("subjects"), .text("token_audiences"),
                .text("scopes"), .integer("max_lifetime"), .boolean("allows_replay"),
                .text("labels"), .integer("created"), .integer("version"),
            ]
        ),
        CopiedTable(
            "server_key",
            "keys of tokens",
            [
                .text("key_id"), .text("kind"), .bytes("material"), .integer("created_at"),
                .integer("active_from"), .integer("retired_at"),
            ],
            secret: ("material", of: "key_id", { .material($0, keyID: $1) })
        ),
        CopiedTable(
            "admin_token",
            "tokens of administrators",
            [.text("name"), .text("role"), .bytes("digest"), .integer("created_at")]
        ),
    ]

    private static let uses = [
        CopiedTable(
            "certificate_sighting",
            nil,
            [
                .integer("client"), .bytes("thumbprint"), .integer("first_seen"),
                .integer("last_seen"),
            ]
        ),
        CopiedTable(
            "trusted_certificate_use",
            nil,
            [
                .integer("client"), .bytes("thumbprint"), .bytes("authority"),
                .integer("not_after"), .boolean("for_servers_only"), .integer("last_seen"),
            ]
        ),
        CopiedTable(
            "spiffe_id_use",
            nil,
            [
                .integer("client"), .text("spiffe_id"), .integer("first_seen"),
                .integer("last_seen"),
            ]
        ),
        CopiedTable(
            "used_assertion",
            "used assertions",
            [.bytes("digest"), .integer("until")],
            zeroed: ["steady_until"]
        ),
    ]

    /// The columns that codes and families of refresh tokens share.
    private static let access: [Column] = [
        .bytes("grant_id"), .text("client_id"), .text("subject"), .text("scopes"),
        .text("audiences"), .integer("granted_at"), .integer("token_lifetime"),
    ]

    private static let grants = [
        CopiedTable(
            "authorization_code",
            "authorization codes",
            [.bytes("digest")] + access + [
                .text("redirect_uri"), .boolean("named_redirect_uri"), .bytes("challenge"),
                .integer("expires_at"), .integer("used_at"), .integer("kept_until"),
            ]
        ),
        CopiedTable(
            "refresh_family",
            "refresh tokens",
            access + [
                .bytes("thumbprint"), .bytes("current_digest"), .bytes("previous_digest"),
                .integer("rotated_at"), .integer("ends_at"),
            ]
        ),
        CopiedTable(
            "pushed_request",
            "pushed requests",
            [.bytes("digest"), .text("client_id"), .bytes("parameters"), .integer("expires_at")]
        ),
        revokedTokens,
    ]
}

/// The database that is copied, held so that no program changes it meanwhile.
package struct CopySource {
    /// Its rows.
    package let database: any SQLDatabase
    /// The directory, for messages and for the audit.
    package let place: String
    /// Marks it, durably, as one that is not served any more: the last step before the commit.
    package let mark: () throws -> Void
    /// Takes the mark away again, after a commit that was refused.
    package let unmark: () -> Void

    /// A source from its parts.
    package init(
        _ database: any SQLDatabase,
        at place: String,
        mark: @escaping () throws -> Void,
        unmark: @escaping () -> Void
    ) {
        (self.database, self.place) = (database, place)
        (self.mark, self.unmark) = (mark, unmark)
    }
}

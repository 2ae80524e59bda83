// SPDX-License-Identifier: Apache-2.0
internal import Tables

/// One numbered step of the schema; a database stands at the number of its last step.
struct Migration: Sendable {
    let version: Int
    let statements: String
    /// The oldest program's schema that still works with the database after this step, where that
    /// is another one than before: of a step that takes something away (contract).
    var compatibleFrom: Int?

    /// The first step after which a database says which programs it works with.
    static let firstCompatible = 13

    /// Every step in order; a released step is never edited, a change is a new step.
    static let all: [Migration] = [
        Migration(version: 1, statements: schemaVersion1),
        Migration(version: 2, statements: schemaVersion2),
        Migration(version: 3, statements: schemaVersion3),
        Migration(version: 4, statements: schemaVersion4),
        Migration(version: 5, statements: schemaVersion5),
        Migration(version: 6, statements: schemaVersion6),
        Migration(version: 7, statements: schemaVersion7),
        Migration(version: 8, statements: schemaVersion8),
        Migration(version: 9, statements: schemaVersion9),
        Migration(version: 10, statements: schemaVersion10),
        Migration(version: 11, statements: schemaVersion11),
        Migration(version: 12, statements: schemaVersion12),
        Migration(version: 13, statements: schemaVersion13),
        Migration(version: 14, statements: schemaVersion14),
        Migration(version: 15, statements: schemaVersion15),
        Migration(version: 16, statements: schemaVersion16),
        Migration(version: 17, statements: schemaVersion17),
    ]

    /// Brings `database` to the last of `migrations`, in one transaction of the caller; the audit
    /// begins under `key` with its tables.
    ///
    /// The version is read inside the transaction, so two programs cannot both migrate.
    static func migrate(
        _ database: SQLiteConnection,
        through migrations: [Migration],
        _ key: AuditKeyFile
    ) throws {
        let version = try database.value("PRAGMA user_version") ?? 0
        for migration in migrations where migration.version > version {
            try database.executeScript(migration.statements)
            if migration.version == AuditTable.firstVersion {
                try key.ensure()
                if let seal = try key.seal(of: nil) { try AuditTable.begin(database, seal) }
            }
            if let compatibleFrom = migration.compatibleFrom {
                try database.execute(
                    "UPDATE schema_compatibility SET compatible_from = ?",
                    [compatibleFrom]
                )
            }
            try database.executeScript("PRAGMA user_version = \(migration.version)")
        }
    }
}

/// Marks the file as ours (`PRAGMA application_id`): "hdft" in ASCII.
let applicationID = 0x6864_6674

/// Rows of `change` kept; a reader further behind reloads everything.
let changesMax = 10_000

/// The first schema.
///
/// Triggers, not callers, feed `change`, so that no writer can forget it. Dates stand twice (in
/// `certificate` and in `client_certificate`) so that the bulk reader scans narrow rows only.
let schemaVersion1 = """
    PRAGMA application_id = \(applicationID);

    CREATE TABLE client (
        id INTEGER PRIMARY KEY,
        client_id TEXT NOT NULL UNIQUE CHECK (length(client_id) BETWEEN 1 AND 255),
        name TEXT NOT NULL,
        secret_hash TEXT,
        authentication_method TEXT NOT NULL,
        grant_types TEXT NOT NULL,
        scopes TEXT NOT NULL,
        redirect_uris TEXT NOT NULL,
        subject_kind TEXT CHECK (subject_kind IN (
            'tls_client_auth_subject_dn', 'tls_client_auth_san_dns', 'tls_client_auth_san_uri',
            'tls_client_auth_san_ip', 'tls_client_auth_san_email'
        )),
        subject_value TEXT,
        bound_access_tokens INTEGER NOT NULL,
        audiences TEXT NOT NULL,
        token_format TEXT NOT NULL CHECK (token_format IN ('jwt', 'sealed')),
        token_lifetime INTEGER CHECK (token_lifetime > 0),
        reuse_window INTEGER NOT NULL CHECK (reuse_window >= 0),
        may_introspect INTEGER NOT NULL,
        enabled INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        CHECK ((subject_kind IS NULL) = (subject_value IS NULL))
    ) STRICT;

    CREATE INDEX client_name ON client (name);

    CREATE TABLE certificate (
        thumbprint BLOB NOT NULL PRIMARY KEY CHECK (length(thumbprint) = 32),
        der BLOB NOT NULL CHECK (length(der) > 0),
        subject TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE client_certificate (
        client INTEGER NOT NULL REFERENCES client (id) ON DELETE CASCADE,
        thumbprint BLOB NOT NULL REFERENCES certificate (thumbprint),
        not_before INTEGER NOT NULL,
        not_after INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (client, thumbprint)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX client_certificate_thumbprint ON client_certificate (thumbprint);

    CREATE TABLE client_authority (
        client INTEGER NOT NULL REFERENCES client (id) ON DELETE CASCADE,
        thumbprint BLOB NOT NULL REFERENCES certificate (thumbprint),
        created_at INTEGER NOT NULL,
        PRIMARY KEY (client, thumbprint)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX client_authority_thumbprint ON client_authority (thumbprint);

    CREATE TABLE user (
        name TEXT NOT NULL PRIMARY KEY,
        subject TEXT NOT NULL UNIQUE,
        password_hash TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE server_key (
        key_id TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('ES256', 'A256GCM')),
        material BLOB NOT NULL CHECK (length(material) > 0),
        created_at INTEGER NOT NULL,
        active_from INTEGER NOT NULL,
        retired_at INTEGER
    ) STRICT;

    CREATE TABLE change (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        id TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER change_bounded AFTER INSERT ON change BEGIN
        DELETE FROM change WHERE sequence <= NEW.sequence - \(changesMax);
    END;

    \(changeTriggers(table: "client", kind: "client", column: "client_id"))
    \(changeTriggers(table: "user", kind: "user", column: "name"))
    \(changeTriggers(table: "server_key", kind: "key", column: "key_id"))
    \(linkTriggers(table: "client_certificate"))
    \(linkTriggers(table: "client_authority"))
    """

/// The registration of clients that authenticate by assertions.
let schemaVersion2 = """
    ALTER TABLE client ADD COLUMN jwks TEXT;
    ALTER TABLE client ADD COLUMN shared_secret TEXT;
    ALTER TABLE client ADD COLUMN assertion_algorithm TEXT;
    """

/// Named trust sets, keys that are fetched, and when certificates were used.
///
/// Most clients have no trust set, so that the index is of the others only. Certificate uses are
/// written often and change nothing that is decided: they have no trigger.
let schemaVersion3 = """
    CREATE TABLE trust_set (
        name TEXT NOT NULL PRIMARY KEY
            CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
        authorities TEXT NOT NULL,
        sources TEXT NOT NULL,
        revocation TEXT NOT NULL CHECK (revocation IN ('off', 'soft', 'hard')),
        created INTEGER NOT NULL
    ) STRICT;
    \(changeTriggers(table: "trust_set", kind: "trust_set", column: "name"))

    ALTER TABLE client ADD COLUMN trust_set TEXT REFERENCES trust_set (name);
    CREATE INDEX client_trust_set ON client (trust_set) WHERE trust_set IS NOT NULL;
    ALTER TABLE client ADD COLUMN jwks_uri TEXT CHECK (jwks_uri IS NULL OR jwks IS NULL);
    ALTER TABLE client ADD COLUMN fetched_jwks TEXT
        CHECK (fetched_jwks IS NULL OR jwks_uri IS NOT NULL);

    CREATE TABLE certificate_sighting (
        client INTEGER NOT NULL,
        thumbprint BLOB NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        PRIMARY KEY (client, thumbprint),
        FOREIGN KEY (client, thumbprint) REFERENCES client_certificate (client, thumbprint)
            ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

/// Client assertions that were used, until they have expired.
///
/// Written by the server only, and many a second: no trigger, and no index but the key.
let schemaVersion4 = """
    CREATE TABLE used_assertion (
        digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
        until INTEGER NOT NULL,
        steady_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

/// Until when trust sets accept certificates for servers, and which certificate each client of
/// `tls_client_auth` was last accepted with.
///
/// One row a client, so that the table is bounded by the clients. Uses are written often and change
/// nothing that is decided: they have no trigger.
let schemaVersion5 = """
    ALTER TABLE trust_set ADD COLUMN server_auth_until INTEGER
        CHECK (server_auth_until IS NULL
            OR server_auth_until > 0 AND server_auth_until % 86400 = 0);

    CREATE TABLE trusted_certificate_use (
        client INTEGER NOT NULL PRIMARY KEY REFERENCES client (id) ON DELETE CASCADE,
        thumbprint BLOB NOT NULL CHECK (length(thumbprint) = 32),
        authority BLOB NOT NULL CHECK (length(authority) = 32),
        not_after INTEGER NOT NULL,
        for_servers_only INTEGER NOT NULL,
        last_seen INTEGER NOT NULL
    ) STRICT;
    """

/// The version of each record, and the author and time of each change.
///
/// Older records have version 1, and no known author.
let schemaVersion6 = """
    ALTER TABLE client ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE user ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE trust_set ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE change ADD COLUMN author TEXT;
    ALTER TABLE change ADD COLUMN time INTEGER;
    """

/// Grants that last: codes, families of refresh tokens, pushed requests, and what was revoked.
///
/// Written by the server only, and many a second: no trigger, and beside the keys only the indexes
/// by which rows are removed that have ended.
let schemaVersion7 = """
    CREATE TABLE authorization_code (
        digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
        \(grantColumns),
        redirect_uri TEXT NOT NULL,
        named_redirect_uri INTEGER NOT NULL,
        challenge BLOB NOT NULL CHECK (length(challenge) = 32),
        expires_at INTEGER NOT NULL,
        used_at INTEGER,
        kept_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX authorization_code_end ON authorization_code (kept_until);

    CREATE TABLE refresh_family (
        \(grantColumns),
        thumbprint BLOB CHECK (length(thumbprint) = 32),
        current_digest BLOB NOT NULL CHECK (length(current_digest) = 32),
        previous_digest BLOB CHECK (length(previous_digest) = 32),
        rotated_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        PRIMARY KEY (grant_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX refresh_family_end ON refresh_family (ends_at);
    CREATE INDEX refresh_family_owner ON refresh_family (client_id, subject);

    CREATE TABLE pushed_request (
        digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
        client_id TEXT NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
        parameters BLOB NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pushed_request_end ON pushed_request (expires_at);
    CREATE INDEX pushed_request_client ON pushed_request (client_id);

    CREATE TABLE revoked_token (
        id BLOB NOT NULL PRIMARY KEY CHECK (length(id) IN (16, 32)),
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX revoked_token_end ON revoked_token (until);
    """

/// The columns that codes and families of refresh tokens share.
private let grantColumns = """
    grant_id BLOB NOT NULL CHECK (length(grant_id) = 16),
        client_id TEXT NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
        subject TEXT NOT NULL CHECK (length(subject) > 0),
        scopes TEXT NOT NULL,
        audiences TEXT NOT NULL,
        granted_at INTEGER NOT NULL,
        token_lifetime INTEGER NOT NULL
    """

/// Grants that last, the form of a client's tokens, and from when on what was issued is valid.
///
/// Nothing that was issued before is taken back.
let schemaVersion8 = """
    ALTER TABLE client ADD COLUMN refresh_rotation INTEGER;
    ALTER TABLE client ADD COLUMN refresh_lifetime INTEGER CHECK (refresh_lifetime > 0);
    ALTER TABLE client ADD COLUMN refresh_idle INTEGER CHECK (refresh_idle > 0);
    ALTER TABLE client ADD COLUMN require_par INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE client ADD COLUMN token_signing_alg TEXT NOT NULL DEFAULT 'ES256';
    ALTER TABLE client ADD COLUMN claims TEXT;
    ALTER TABLE client ADD COLUMN tokens_valid_from INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE user ADD COLUMN tokens_valid_from INTEGER NOT NULL DEFAULT 0;
    """

/// Signing keys of further algorithms.
///
/// SQLite cannot change a CHECK, so that the table is made anew. Its triggers go with the old one,
/// which is emptied without them: `change` does not grow by this.
let schemaVersion9 = """
    CREATE TABLE server_key_9 (
        key_id TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL
            CHECK (kind IN ('ES256', 'ES384', 'EdDSA', 'PS256', 'RS256', 'A256GCM')),
        material BLOB NOT NULL CHECK (length(material) > 0),
        created_at INTEGER NOT NULL,
        active_from INTEGER NOT NULL,
        retired_at INTEGER
    ) STRICT;
    INSERT INTO server_key_9 (key_id, kind, material, created_at, active_from, retired_at)
        SELECT key_id, kind, material, created_at, active_from, retired_at FROM server_key;
    DROP TABLE server_key;
    ALTER TABLE server_key_9 RENAME TO server_key;
    \(changeTriggers(table: "server_key", kind: "key", column: "key_id"))
    """

/// Records the row's identity, and its old one where an update changed it.
func changeTriggers(table: String, kind: String, column: String) -> String {
    """
    CREATE TRIGGER \(table)_inserted AFTER INSERT ON \(table) BEGIN
        INSERT INTO change (kind, id) VALUES ('\(kind)', NEW.\(column));
    END;
    CREATE TRIGGER \(table)_updated AFTER UPDATE ON \(table) BEGIN
        INSERT INTO change (kind, id) SELECT '\(kind)', OLD.\(column)
        WHERE OLD.\(column) <> NEW.\(column);
        INSERT INTO change (kind, id) VALUES ('\(kind)', NEW.\(column));
    END;
    CREATE TRIGGER \(table)_deleted AFTER DELETE ON \(table) BEGIN
        INSERT INTO change (kind, id) VALUES ('\(kind)', OLD.\(column));
    END;
    """
}

/// A link is a change of its client; a certificate that nothing links any more goes away.
///
/// When a client is removed its links go with it, and its own trigger records the change.
private func linkTriggers(table: String) -> String {
    """
    CREATE TRIGGER \(table)_inserted AFTER INSERT ON \(table) BEGIN
        INSERT INTO change (kind, id) SELECT 'client', client_id FROM client
        WHERE id = NEW.client;
    END;
    CREATE TRIGGER \(table)_updated AFTER UPDATE ON \(table) BEGIN
        INSERT INTO change (kind, id) SELECT 'client', client_id FROM client
        WHERE id IN (OLD.client, NEW.client);
    END;
    CREATE TRIGGER \(table)_deleted AFTER DELETE ON \(table) BEGIN
        INSERT INTO change (kind, id) SELECT 'client', client_id FROM client
        WHERE id = OLD.client;
        DELETE FROM certificate WHERE thumbprint = OLD.thumbprint
        AND NOT EXISTS (SELECT 1 FROM client_certificate WHERE thumbprint = OLD.thumbprint)
        AND NOT EXISTS (SELECT 1 FROM client_authority WHERE thumbprint = OLD.thumbprint);
    END;
    """
}

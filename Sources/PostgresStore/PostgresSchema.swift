// SPDX-License-Identifier: Apache-2.0
/// The steps of the schema in PostgreSQL.
///
/// Tables and columns have the names and the meaning that they have in SQLite's file; texts are
/// compared by their bytes (`COLLATE "C"`), as there. A released step is never edited.
enum PostgresSchema {
    /// One numbered step; a database stands at the number of its last step.
    struct Step: Sendable {
        let version: Int
        /// The oldest program's schema that still works with the database after this step: a step
        /// that only adds leaves it as it was (expand), one that removes raises it (contract).
        let compatibleFrom: Int
        let statements: String
    }

    /// Every step in order.
    static let steps = [
        Step(version: 1, compatibleFrom: 1, statements: version1),
        Step(version: 2, compatibleFrom: 1, statements: version2),
        Step(version: 3, compatibleFrom: 1, statements: version3),
        Step(version: 4, compatibleFrom: 1, statements: version4),
        Step(version: 5, compatibleFrom: 1, statements: version5),
    ]

    /// The newest schema that this program knows.
    static let current = steps.map(\.version).max() ?? 0

    /// Rows of `change` kept; a reader further behind reloads everything.
    static let changesMax = 10_000

    private static let version1 = """
        CREATE TABLE handfast_schema (
            one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
            version BIGINT NOT NULL,
            compatible_from BIGINT NOT NULL
        );
        INSERT INTO handfast_schema (version, compatible_from) VALUES (0, 0);
        \(registrationTables)
        \(searchTables)
        \(useTables)
        \(grantTables)
        \(changeLog)
        """

    /// How often a client may ask, `N/SECONDS`; null for the server's default.
    private static let version2 = "ALTER TABLE client ADD COLUMN rate TEXT"

    /// Trusted issuers: other authorization servers whose JWTs count here.
    private static let version3 = """
        CREATE TABLE trusted_issuer (
            name TEXT COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,31}$'),
            issuer TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(issuer) > 0),
            jwks TEXT,
            jwks_uri TEXT CHECK ((jwks_uri IS NULL) <> (jwks IS NULL)),
            fetched_jwks TEXT CHECK (fetched_jwks IS NULL OR jwks_uri IS NOT NULL),
            fetched_at BIGINT CHECK ((fetched_at IS NULL) = (fetched_jwks IS NULL)),
            algorithms TEXT NOT NULL,
            clients TEXT NOT NULL,
            audience TEXT,
            subjects TEXT,
            token_audiences TEXT NOT NULL,
            scopes TEXT NOT NULL,
            max_lifetime BIGINT NOT NULL CHECK (max_lifetime > 0),
            allows_replay BOOLEAN NOT NULL CHECK (NOT allows_replay OR max_lifetime <= 300),
            labels TEXT,
            created BIGINT NOT NULL,
            version BIGINT NOT NULL DEFAULT 1
        );
        \(logTriggers(table: "trusted_issuer", kind: "issuer", column: "name"))
        """

    /// Token exchange (RFC 8693): a client's own audiences, its mode, and bound tokens of others.
    private static let version4 = """
        ALTER TABLE client ADD COLUMN own_audiences TEXT NOT NULL DEFAULT '';
        ALTER TABLE client ADD COLUMN exchange_mode TEXT NOT NULL DEFAULT 'delegate'
            CHECK (exchange_mode IN ('delegate', 'impersonate'));
        ALTER TABLE client ADD COLUMN exchange_bound_tokens BOOLEAN NOT NULL DEFAULT false
        """

    private static let registrationTables = """
        CREATE TABLE trust_set (
            name TEXT COLLATE "C" PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$'),
            authorities TEXT NOT NULL,
            sources TEXT NOT NULL,
            revocation TEXT NOT NULL CHECK (revocation IN ('off', 'soft', 'hard')),
            created BIGINT NOT NULL,
            server_auth_until BIGINT CHECK (server_auth_until IS NULL
                OR server_auth_until > 0 AND server_auth_until % 86400 = 0),
            labels TEXT,
            version BIGINT NOT NULL DEFAULT 1
        );
        CREATE TABLE client (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            client_id TEXT COLLATE "C" NOT NULL UNIQUE
                CHECK (length(client_id) BETWEEN 1 AND 255),
            name TEXT COLLATE "C" NOT NULL,
            secret_hash TEXT,
            authentication_method TEXT COLLATE "C" NOT NULL,
            grant_types TEXT NOT NULL,
            scopes TEXT NOT NULL,
            redirect_uris TEXT NOT NULL,
            subject_kind TEXT CHECK (subject_kind IN (
                'tls_client_auth_subject_dn', 'tls_client_auth_san_dns',
                'tls_client_auth_san_uri', 'tls_client_auth_san_ip', 'tls_client_auth_san_email'
            )),
            subject_value TEXT COLLATE "C",
            bound_access_tokens BOOLEAN NOT NULL,
            audiences TEXT NOT NULL,
            token_format TEXT NOT NULL CHECK (token_format IN ('jwt', 'sealed')),
            token_lifetime BIGINT CHECK (token_lifetime > 0),
            reuse_window BIGINT NOT NULL CHECK (reuse_window >= 0),
            may_introspect BOOLEAN NOT NULL,
            enabled BOOLEAN NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            jwks TEXT,
            shared_secret TEXT,
            assertion_algorithm TEXT,
            trust_set TEXT COLLATE "C" REFERENCES trust_set (name),
            jwks_uri TEXT CHECK (jwks_uri IS NULL OR jwks IS NULL),
            fetched_jwks TEXT CHECK (fetched_jwks IS NULL OR jwks_uri IS NOT NULL),
            version BIGINT NOT NULL DEFAULT 1,
            refresh_rotation BOOLEAN,
            refresh_lifetime BIGINT CHECK (refresh_lifetime > 0),
            refresh_idle BIGINT CHECK (refresh_idle > 0),
            require_par BOOLEAN NOT NULL DEFAULT false,
            token_signing_alg TEXT NOT NULL DEFAULT 'ES256',
            claims TEXT,
            tokens_valid_from BIGINT NOT NULL DEFAULT 0,
            labels TEXT,
            CHECK ((subject_kind IS NULL) = (subject_value IS NULL))
        );
        CREATE INDEX client_name ON client (name);
        CREATE INDEX client_trust_set ON client (trust_set, client_id)
            WHERE trust_set IS NOT NULL;
        CREATE TABLE certificate (
            thumbprint BYTEA PRIMARY KEY CHECK (length(thumbprint) = 32),
            der BYTEA NOT NULL CHECK (length(der) > 0),
            subject TEXT COLLATE "C" NOT NULL,
            not_before BIGINT NOT NULL,
            not_after BIGINT NOT NULL
        );
        CREATE INDEX certificate_end ON certificate (not_after);
        CREATE TABLE client_certificate (
            client BIGINT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
            thumbprint BYTEA NOT NULL REFERENCES certificate (thumbprint),
            not_before BIGINT NOT NULL,
            not_after BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (client, thumbprint)
        );
        CREATE INDEX client_certificate_thumbprint ON client_certificate (thumbprint, client);
        CREATE TABLE client_authority (
            client BIGINT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
            thumbprint BYTEA NOT NULL REFERENCES certificate (thumbprint),
            created_at BIGINT NOT NULL,
            PRIMARY KEY (client, thumbprint)
        );
        CREATE INDEX client_authority_thumbprint ON client_authority (thumbprint, client);
        CREATE TABLE "user" (
            name TEXT COLLATE "C" PRIMARY KEY,
            subject TEXT COLLATE "C" NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            enabled BOOLEAN NOT NULL,
            created_at BIGINT NOT NULL,
            version BIGINT NOT NULL DEFAULT 1,
            tokens_valid_from BIGINT NOT NULL DEFAULT 0,
            labels TEXT
        );
        CREATE TABLE server_key (
            key_id TEXT COLLATE "C" PRIMARY KEY,
            kind TEXT NOT NULL
                CHECK (kind IN ('ES256', 'ES384', 'EdDSA', 'PS256', 'RS256', 'A256GCM')),
            material BYTEA NOT NULL CHECK (length(material) > 0),
            created_at BIGINT NOT NULL,
            active_from BIGINT NOT NULL,
            retired_at BIGINT
        );
        CREATE TABLE admin_token (
            name TEXT COLLATE "C" PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$'),
            role TEXT NOT NULL CHECK (role IN ('read', 'operate', 'administer')),
            digest BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
            created_at BIGINT NOT NULL
        );
        CREATE TABLE audit (
            sequence BIGINT PRIMARY KEY CHECK (sequence > 0),
            time BIGINT NOT NULL,
            author TEXT NOT NULL,
            kind TEXT NOT NULL,
            id TEXT COLLATE "C" NOT NULL,
            action TEXT NOT NULL,
            before TEXT,
            after TEXT,
            mac BYTEA NOT NULL CHECK (length(mac) = 32)
        );
        CREATE INDEX audit_thing ON audit (kind, id, sequence);
        CREATE INDEX audit_kind ON audit (kind, sequence);
        CREATE TABLE audit_head (
            one BIGINT PRIMARY KEY CHECK (one = 1),
            first BIGINT NOT NULL,
            sequence BIGINT NOT NULL,
            row_mac BYTEA NOT NULL CHECK (length(row_mac) = 32),
            mac BYTEA NOT NULL CHECK (length(mac) = 32)
        );
        CREATE TABLE wrapped_secret (
            name TEXT COLLATE "C" PRIMARY KEY,
            material BYTEA NOT NULL
        );
        """

    /// Labels, and what clients are searched by: a narrow row of each, which triggers keep.
    private static let searchTables = """
        CREATE TABLE client_label (
            client BIGINT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
            name TEXT COLLATE "C" NOT NULL,
            value TEXT COLLATE "C" NOT NULL,
            client_id TEXT COLLATE "C" NOT NULL,
            PRIMARY KEY (client, name)
        );
        CREATE INDEX client_label_value ON client_label (name, value, client_id);
        CREATE INDEX client_label_name ON client_label (name, client_id);
        CREATE TABLE client_search (
            client BIGINT PRIMARY KEY REFERENCES client (id) ON DELETE CASCADE,
            client_id TEXT COLLATE "C" NOT NULL UNIQUE,
            method TEXT COLLATE "C" NOT NULL,
            enabled BOOLEAN NOT NULL,
            certificates BIGINT NOT NULL,
            first_end BIGINT,
            text TEXT COLLATE "C" NOT NULL
        );
        CREATE FUNCTION handfast_search(which BIGINT) RETURNS void LANGUAGE sql AS $$
            INSERT INTO client_search
                (client, client_id, method, enabled, certificates, first_end, text)
            SELECT c.id, c.client_id, c.authentication_method, c.enabled, coalesce(l.number, 0),
                l.first_end, lower(c.client_id || chr(10) || c.name
                    || coalesce(chr(10) || c.subject_value, '')
                    || coalesce(chr(10) || l.subjects, ''))
            FROM client AS c LEFT JOIN LATERAL (
                SELECT count(*) AS number, min(k.not_after) AS first_end,
                    string_agg(subject, chr(10) ORDER BY thumbprint) AS subjects
                FROM client_certificate AS k JOIN certificate USING (thumbprint)
                WHERE k.client = c.id
            ) AS l ON true WHERE c.id = which
            ON CONFLICT (client) DO UPDATE SET client_id = excluded.client_id,
                method = excluded.method, enabled = excluded.enabled,
                certificates = excluded.certificates, first_end = excluded.first_end,
                text = excluded.text
        $$;
        CREATE FUNCTION handfast_client_search() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM handfast_search(NEW.id);
            IF TG_OP = 'INSERT' OR OLD.labels IS DISTINCT FROM NEW.labels
                OR OLD.client_id <> NEW.client_id THEN
                DELETE FROM client_label WHERE client = NEW.id;
                INSERT INTO client_label (client, name, value, client_id)
                    SELECT NEW.id, key, value, NEW.client_id
                    FROM jsonb_each_text(coalesce(NEW.labels, '{}')::jsonb);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER client_search AFTER INSERT OR UPDATE ON client
            FOR EACH ROW EXECUTE FUNCTION handfast_client_search();
        CREATE FUNCTION handfast_link_search() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM handfast_search(CASE TG_OP WHEN 'DELETE' THEN OLD.client ELSE NEW.client END);
            RETURN NULL;
        END $$;
        CREATE TRIGGER client_certificate_search AFTER INSERT OR UPDATE OR DELETE
            ON client_certificate FOR EACH ROW EXECUTE FUNCTION handfast_link_search();
        """

    /// The change log, fed by triggers, so that no writer can forget it.
    ///
    /// Entries get their numbers at the end of the transaction, from one row that stays locked
    /// until the commit: numbers of a sequence would commit in another order, and a reader behind
    /// the higher one would never see the lower one. Entries without a number are those of the
    /// transaction itself, since no other sees them. `change_transaction` has one row for it, so
    /// that its deferred trigger runs once.
    private static let changeLog = """
        CREATE TABLE change_position (
            one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
            value BIGINT NOT NULL
        );
        INSERT INTO change_position (value) VALUES (0);
        CREATE TABLE change (
            entry BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sequence BIGINT UNIQUE,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            author TEXT,
            time BIGINT
        );
        CREATE INDEX change_unnumbered ON change (entry) WHERE sequence IS NULL;
        CREATE TABLE change_transaction (id TEXT PRIMARY KEY);
        CREATE FUNCTION handfast_log(kind TEXT, id TEXT) RETURNS void LANGUAGE sql AS $$
            INSERT INTO change (kind, id, author, time) VALUES (
                $1, $2, nullif(current_setting('handfast.author', true), ''),
                nullif(current_setting('handfast.time', true), '')::bigint
            );
            INSERT INTO change_transaction (id) VALUES (pg_current_xact_id()::text)
                ON CONFLICT DO NOTHING
        $$;
        CREATE FUNCTION handfast_number_changes() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            added BIGINT;
            last BIGINT;
        BEGIN
            DELETE FROM change_transaction WHERE id = NEW.id;
            SELECT count(*) INTO added FROM change WHERE sequence IS NULL;
            UPDATE change_position SET value = value + added RETURNING value INTO last;
            IF added > \(changesMax) THEN
                DELETE FROM change WHERE sequence IS NULL AND entry < (
                    SELECT entry FROM change WHERE sequence IS NULL
                    ORDER BY entry DESC OFFSET \(changesMax - 1) LIMIT 1
                );
                added := \(changesMax);
            END IF;
            UPDATE change SET sequence = last - added + n.place FROM (
                SELECT entry, row_number() OVER (ORDER BY entry) AS place
                FROM change WHERE sequence IS NULL
            ) AS n WHERE change.entry = n.entry;
            DELETE FROM change WHERE sequence <= last - \(changesMax);
            NOTIFY handfast_change;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER change_numbered AFTER INSERT ON change_transaction
            DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION handfast_number_changes();
        CREATE FUNCTION handfast_link_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM handfast_log('client', client_id) FROM client
                WHERE client.id = CASE TG_OP WHEN 'DELETE' THEN OLD.client ELSE NEW.client END;
            RETURN NULL;
        END $$;
        CREATE TRIGGER client_certificate_logged AFTER INSERT OR DELETE ON client_certificate
            FOR EACH ROW EXECUTE FUNCTION handfast_link_changed();
        CREATE TRIGGER client_authority_logged AFTER INSERT OR DELETE ON client_authority
            FOR EACH ROW EXECUTE FUNCTION handfast_link_changed();
        CREATE FUNCTION handfast_unlinked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM certificate WHERE thumbprint = OLD.thumbprint
                AND NOT EXISTS (SELECT 1 FROM client_certificate WHERE thumbprint = OLD.thumbprint)
                AND NOT EXISTS (SELECT 1 FROM client_authority WHERE thumbprint = OLD.thumbprint);
            RETURN NULL;
        END $$;
        CREATE TRIGGER client_certificate_unlinked AFTER DELETE ON client_certificate
            FOR EACH ROW EXECUTE FUNCTION handfast_unlinked();
        CREATE TRIGGER client_authority_unlinked AFTER DELETE ON client_authority
            FOR EACH ROW EXECUTE FUNCTION handfast_unlinked();
        \(logTriggers(table: "client", kind: "client", column: "client_id"))
        \(logTriggers(table: "\"user\"", kind: "user", column: "name"))
        \(logTriggers(table: "trust_set", kind: "trust_set", column: "name"))
        \(logTriggers(table: "server_key", kind: "key", column: "key_id"))
        \(logTriggers(table: "admin_token", kind: "admin_token", column: "name"))
        """

    /// Logs the row's identity, and its old one where an update changed it.
    private static func logTriggers(table: String, kind: String, column: String) -> String {
        """
        CREATE FUNCTION handfast_\(kind)_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.\(column) <> NEW.\(column) THEN
                PERFORM handfast_log('\(kind)', OLD.\(column));
            END IF;
            IF TG_OP <> 'DELETE' THEN PERFORM handfast_log('\(kind)', NEW.\(column)); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER \(kind)_logged AFTER INSERT OR UPDATE OR DELETE ON \(table)
            FOR EACH ROW EXECUTE FUNCTION handfast_\(kind)_changed();
        """
    }
}

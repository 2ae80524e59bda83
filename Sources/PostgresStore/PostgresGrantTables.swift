// SPDX-License-Identifier: Apache-2.0
/// The tables that servers write many times a second: no change log hears of them.
extension PostgresSchema {
    /// When certificates were used, and the uses of assertions: written often, without a trigger.
    static let useTables = """
        CREATE TABLE certificate_sighting (
            client BIGINT NOT NULL,
            thumbprint BYTEA NOT NULL,
            first_seen BIGINT NOT NULL,
            last_seen BIGINT NOT NULL,
            PRIMARY KEY (client, thumbprint),
            FOREIGN KEY (client, thumbprint)
                REFERENCES client_certificate (client, thumbprint) ON DELETE CASCADE
        );
        CREATE TABLE trusted_certificate_use (
            client BIGINT PRIMARY KEY REFERENCES client (id) ON DELETE CASCADE,
            thumbprint BYTEA NOT NULL CHECK (length(thumbprint) = 32),
            authority BYTEA NOT NULL CHECK (length(authority) = 32),
            not_after BIGINT NOT NULL,
            for_servers_only BOOLEAN NOT NULL,
            last_seen BIGINT NOT NULL
        );
        CREATE TABLE used_assertion (
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            until BIGINT NOT NULL,
            steady_until BIGINT NOT NULL
        );
        """

    /// The columns that codes and families of refresh tokens share.
    private static let grantColumns = """
        grant_id BYTEA NOT NULL CHECK (length(grant_id) = 16),
            client_id TEXT COLLATE "C" NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
            subject TEXT COLLATE "C" NOT NULL CHECK (length(subject) > 0),
            scopes TEXT NOT NULL,
            audiences TEXT NOT NULL,
            granted_at BIGINT NOT NULL,
            token_lifetime BIGINT NOT NULL
        """

    /// Grants that last; written by servers only.
    ///
    /// Revocations are numbered at the end of their transactions, as changes are: other nodes read
    /// those behind the last one that they know.
    static let grantTables = """
        CREATE TABLE authorization_code (
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            \(grantColumns),
            redirect_uri TEXT NOT NULL,
            named_redirect_uri BOOLEAN NOT NULL,
            challenge BYTEA NOT NULL CHECK (length(challenge) = 32),
            expires_at BIGINT NOT NULL,
            used_at BIGINT,
            kept_until BIGINT NOT NULL
        );
        CREATE INDEX authorization_code_end ON authorization_code (kept_until);
        CREATE TABLE refresh_family (
            \(grantColumns),
            thumbprint BYTEA CHECK (length(thumbprint) = 32),
            current_digest BYTEA NOT NULL CHECK (length(current_digest) = 32),
            previous_digest BYTEA CHECK (length(previous_digest) = 32),
            rotated_at BIGINT NOT NULL,
            ends_at BIGINT NOT NULL,
            PRIMARY KEY (grant_id)
        );
        CREATE INDEX refresh_family_end ON refresh_family (ends_at);
        CREATE INDEX refresh_family_owner ON refresh_family (client_id, subject);
        CREATE TABLE pushed_request (
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            client_id TEXT COLLATE "C" NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
            parameters BYTEA NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX pushed_request_end ON pushed_request (expires_at);
        CREATE INDEX pushed_request_client ON pushed_request (client_id);
        CREATE TABLE revoked_token (
            id BYTEA PRIMARY KEY CHECK (length(id) IN (16, 32)),
            until BIGINT NOT NULL,
            sequence BIGINT
        );
        CREATE INDEX revoked_token_end ON revoked_token (until);
        CREATE INDEX revoked_token_sequence ON revoked_token (sequence);
        CREATE TABLE revocation_position (
            one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
            value BIGINT NOT NULL
        );
        INSERT INTO revocation_position (value) VALUES (0);
        CREATE FUNCTION handfast_number_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            last BIGINT;
        BEGIN
            UPDATE revocation_position SET value = value + 1 RETURNING value INTO last;
            UPDATE revoked_token SET sequence = last WHERE id = NEW.id;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER revoked_token_numbered AFTER INSERT OR UPDATE OF until
            ON revoked_token DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION handfast_number_revocation();
        """
}

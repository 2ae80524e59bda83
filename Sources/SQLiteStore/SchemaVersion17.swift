// SPDX-License-Identifier: Apache-2.0
/// Trust domains with their SPIFFE bundles, clients that are registered for SPIFFE IDs, and when
/// these were used.
///
/// A SPIFFE ID is among the texts by which a client is found, so that the triggers of those are
/// made anew. Uses are written often and change nothing that is decided: they have no trigger.
let schemaVersion17 = """
    ALTER TABLE client ADD COLUMN spiffe_id TEXT;
    CREATE INDEX client_spiffe_id ON client (spiffe_id) WHERE spiffe_id IS NOT NULL;
    ALTER TABLE trust_set ADD COLUMN trust_domain TEXT;
    ALTER TABLE trust_set ADD COLUMN bundle_source TEXT;
    ALTER TABLE trust_set ADD COLUMN bundle_max_staleness INTEGER;
    ALTER TABLE trust_set ADD COLUMN bundle_sequence INTEGER;
    ALTER TABLE trust_set ADD COLUMN bundle_refresh INTEGER;
    ALTER TABLE trust_set ADD COLUMN bundle_checked_at INTEGER;

    CREATE TABLE spiffe_id_use (
        client INTEGER NOT NULL REFERENCES client (id) ON DELETE CASCADE,
        spiffe_id TEXT NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        PRIMARY KEY (client, spiffe_id)
    ) STRICT, WITHOUT ROWID;

    DROP TRIGGER client_searched;
    CREATE TRIGGER client_searched AFTER INSERT ON client BEGIN
        INSERT INTO client_search VALUES (NEW.client_id, NEW.id, NEW.authentication_method,
            NEW.enabled, 0, NULL, \(searchText("NEW")));
    END;
    DROP TRIGGER client_search_changed;
    CREATE TRIGGER client_search_changed
    AFTER UPDATE OF client_id, name, subject_value, spiffe_id, authentication_method, enabled
    ON client
    WHEN OLD.client_id <> NEW.client_id OR OLD.name <> NEW.name
        OR OLD.subject_value IS NOT NEW.subject_value OR OLD.spiffe_id IS NOT NEW.spiffe_id
        OR OLD.enabled <> NEW.enabled OR OLD.authentication_method <> NEW.authentication_method
    BEGIN
        UPDATE client_search SET client_id = NEW.client_id, method = NEW.authentication_method,
            enabled = NEW.enabled, text = \(searchText("NEW")) WHERE client_id = OLD.client_id;
        UPDATE client_label SET client_id = NEW.client_id WHERE client = NEW.id;
    END;
    """

/// The texts by which a client of this row of `client` is found, in lower case, a line for each.
private func searchText(_ row: String) -> String {
    """
    lower(\(row).client_id || char(10) || \(row).name
            || coalesce(char(10) || \(row).subject_value, '')
            || coalesce(char(10) || \(row).spiffe_id, '')
            || coalesce(char(10) || (SELECT group_concat(subject, char(10))
                FROM client_certificate JOIN certificate USING (thumbprint)
                WHERE client = \(row).id), ''))
    """
}

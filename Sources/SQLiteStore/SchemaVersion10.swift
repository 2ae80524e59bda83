// SPDX-License-Identifier: Apache-2.0
/// Labels, and what clients are searched by.
///
/// `client_search` has a narrow row of each client, in the order of pages: a search reads these
/// alone, and stops when its page is full. `client_label` has the labels of `client.labels` again,
/// each in two indexes. Triggers, not callers, keep both.
let schemaVersion10 = """
    ALTER TABLE client ADD COLUMN labels TEXT;
    ALTER TABLE user ADD COLUMN labels TEXT;
    ALTER TABLE trust_set ADD COLUMN labels TEXT;

    CREATE TABLE client_label (
        client INTEGER NOT NULL REFERENCES client (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        client_id TEXT NOT NULL,
        PRIMARY KEY (client, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX client_label_value ON client_label (name, value, client_id);
    CREATE INDEX client_label_name ON client_label (name, client_id);

    CREATE TABLE client_search (
        client_id TEXT NOT NULL PRIMARY KEY,
        client INTEGER NOT NULL,
        method TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        certificates INTEGER NOT NULL,
        first_end INTEGER,
        text TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO client_search SELECT client_id, id, authentication_method, enabled,
        \(ofCertificates("client.id")), \(searchText("client")) FROM client;

    CREATE TRIGGER client_searched AFTER INSERT ON client BEGIN
        INSERT INTO client_search VALUES (NEW.client_id, NEW.id, NEW.authentication_method,
            NEW.enabled, 0, NULL, \(searchText("NEW")));
    END;
    CREATE TRIGGER client_search_removed AFTER DELETE ON client BEGIN
        DELETE FROM client_search WHERE client_id = OLD.client_id;
    END;
    CREATE TRIGGER client_search_changed
    AFTER UPDATE OF client_id, name, subject_value, authentication_method, enabled ON client
    WHEN OLD.client_id <> NEW.client_id OR OLD.name <> NEW.name
        OR OLD.subject_value IS NOT NEW.subject_value OR OLD.enabled <> NEW.enabled
        OR OLD.authentication_method <> NEW.authentication_method
    BEGIN
        UPDATE client_search SET client_id = NEW.client_id, method = NEW.authentication_method,
            enabled = NEW.enabled, text = \(searchText("NEW")) WHERE client_id = OLD.client_id;
        UPDATE client_label SET client_id = NEW.client_id WHERE client = NEW.id;
    END;
    \(searchTrigger("inserted", after: "INSERT", row: "NEW"))
    \(searchTrigger("updated", after: "UPDATE", row: "NEW"))
    \(searchTrigger("deleted", after: "DELETE", row: "OLD"))

    CREATE TRIGGER client_labelled AFTER INSERT ON client WHEN NEW.labels IS NOT NULL BEGIN
        \(insertLabels)
    END;
    CREATE TRIGGER client_labels_changed AFTER UPDATE OF labels ON client
    WHEN OLD.labels IS NOT NEW.labels BEGIN
        DELETE FROM client_label WHERE client = NEW.id;
        \(insertLabels)
    END;
    """

private let insertLabels = """
    INSERT INTO client_label (client, name, value, client_id)
        SELECT NEW.id, key, value, NEW.client_id FROM json_each(NEW.labels);
    """

/// The number of a client's certificates, and the end of the first one that ends.
private func ofCertificates(_ client: String) -> String {
    """
    (SELECT count(*) FROM client_certificate WHERE client = \(client)),
            (SELECT min(not_after) FROM client_certificate WHERE client = \(client))
    """
}

/// The texts by which a client of this row of `client` is found, in lower case, a line for each.
private func searchText(_ row: String) -> String {
    """
    lower(\(row).client_id || char(10) || \(row).name
            || coalesce(char(10) || \(row).subject_value, '')
            || coalesce(char(10) || (SELECT group_concat(subject, char(10))
                FROM client_certificate JOIN certificate USING (thumbprint)
                WHERE client = \(row).id), ''))
    """
}

/// Keeps a client's row of `client_search` as its certificates are.
private func searchTrigger(_ name: String, after event: String, row: String) -> String {
    """
    CREATE TRIGGER client_certificate_search_\(name) AFTER \(event) ON client_certificate BEGIN
        UPDATE client_search SET (certificates, first_end) = (\(ofCertificates("\(row).client"))),
            text = (SELECT \(searchText("client")) FROM client WHERE id = \(row).client)
        WHERE client_id = (SELECT client_id FROM client WHERE id = \(row).client);
    END;
    """
}

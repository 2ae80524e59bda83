// SPDX-License-Identifier: Apache-2.0
/// Trust domains and SPIFFE IDs in PostgreSQL.
extension PostgresSchema {
    /// Trust domains with their SPIFFE bundles, clients that are registered for SPIFFE IDs, and
    /// when these were used; a SPIFFE ID is among the texts by which a client is found.
    static let version5 = """
        ALTER TABLE client ADD COLUMN spiffe_id TEXT COLLATE "C";
        CREATE INDEX client_spiffe_id ON client (spiffe_id) WHERE spiffe_id IS NOT NULL;
        ALTER TABLE trust_set ADD COLUMN trust_domain TEXT;
        ALTER TABLE trust_set ADD COLUMN bundle_source TEXT;
        ALTER TABLE trust_set ADD COLUMN bundle_max_staleness BIGINT;
        ALTER TABLE trust_set ADD COLUMN bundle_sequence BIGINT;
        ALTER TABLE trust_set ADD COLUMN bundle_refresh BIGINT;
        ALTER TABLE trust_set ADD COLUMN bundle_checked_at BIGINT;
        CREATE TABLE spiffe_id_use (
            client BIGINT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
            spiffe_id TEXT COLLATE "C" NOT NULL,
            first_seen BIGINT NOT NULL,
            last_seen BIGINT NOT NULL,
            PRIMARY KEY (client, spiffe_id)
        );
        CREATE OR REPLACE FUNCTION handfast_search(which BIGINT) RETURNS void LANGUAGE sql AS $$
            INSERT INTO client_search
                (client, client_id, method, enabled, certificates, first_end, text)
            SELECT c.id, c.client_id, c.authentication_method, c.enabled, coalesce(l.number, 0),
                l.first_end, lower(c.client_id || chr(10) || c.name
                    || coalesce(chr(10) || c.subject_value, '')
                    || coalesce(chr(10) || c.spiffe_id, '')
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
        """
}

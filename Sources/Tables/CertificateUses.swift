// SPDX-License-Identifier: Apache-2.0
package import Storage

extension TableStore {
    package func recordRegisteredUses(_ uses: [RegisteredCertificateUse]) throws(StoreError) {
        guard !uses.isEmpty else { return }
        try withWriter { database in
            for use in uses {
                try database.execute(
                    """
                    INSERT INTO certificate_sighting (client, thumbprint, first_seen, last_seen)
                    SELECT l.client, l.thumbprint, ?3, \(database.dialect.larger)(?3, ?4)
                    FROM client AS c JOIN client_certificate AS l ON l.client = c.id
                    WHERE c.client_id = ?1 AND l.thumbprint = ?2
                    ON CONFLICT (client, thumbprint) DO UPDATE SET last_seen = excluded.last_seen
                    WHERE excluded.last_seen > certificate_sighting.last_seen
                    """,
                    [
                        use.client, use.thumbprint, use.firstSeen, use.lastSeen,
                    ]
                )
            }
        }
    }

    package func recordTrustedUses(_ uses: [TrustedCertificateUse]) throws(StoreError) {
        guard !uses.isEmpty else { return }
        try withWriter { database in
            for use in uses {
                try database.execute(
                    """
                    INSERT INTO trusted_certificate_use
                    (client, thumbprint, authority, not_after, for_servers_only, last_seen)
                    SELECT id, ?2, ?3, ?4, ?5, ?6 FROM client WHERE client_id = ?1
                    ON CONFLICT (client) DO UPDATE SET
                    (thumbprint, authority, not_after, for_servers_only, last_seen) =
                    (excluded.thumbprint, excluded.authority, excluded.not_after,
                    excluded.for_servers_only, excluded.last_seen)
                    WHERE excluded.last_seen >= trusted_certificate_use.last_seen
                    """,
                    [
                        use.client, use.thumbprint, use.anchor, use.notAfter,
                        use.isForServersOnly, use.lastSeen,
                    ]
                )
            }
        }
    }
}

extension TableStore {
    package func recordSPIFFEIDUses(_ uses: [SPIFFEIDUse]) throws(StoreError) {
        guard !uses.isEmpty else { return }
        try withWriter { database in
            for use in uses {
                try database.execute(
                    """
                    INSERT INTO spiffe_id_use (client, spiffe_id, first_seen, last_seen)
                    SELECT id, ?2, ?3, \(database.dialect.larger)(?3, ?4)
                    FROM client WHERE client_id = ?1
                    ON CONFLICT (client, spiffe_id) DO UPDATE SET last_seen = excluded.last_seen
                    WHERE excluded.last_seen > spiffe_id_use.last_seen
                    """,
                    [use.client, use.spiffeID, use.firstSeen, use.lastSeen]
                )
            }
            for client in Set(uses.map(\.client)) {
                // Counts at most one client's rows by their key; the sort is for those beyond.
                try database.execute(
                    """
                    DELETE FROM spiffe_id_use
                    WHERE client = (SELECT id FROM client WHERE client_id = ?1)
                    AND (SELECT count(*) FROM spiffe_id_use AS u JOIN client AS c
                        ON c.id = u.client WHERE c.client_id = ?1) > ?2
                    AND spiffe_id IN (SELECT u.spiffe_id FROM spiffe_id_use AS u JOIN client AS c
                        ON c.id = u.client WHERE c.client_id = ?1
                        ORDER BY u.last_seen DESC, u.spiffe_id LIMIT 1000000 OFFSET ?2)
                    """,
                    [client, SPIFFEIDUse.countMax]
                )
            }
        }
    }
}

extension StoreTransaction {
    package func spiffeIDUses(
        of clientID: String,
        limit: Int
    ) throws(StoreError) -> [SPIFFEIDUse] {
        try attempt { database in
            try database.all(
                """
                SELECT spiffe_id_use.spiffe_id, first_seen, last_seen
                FROM spiffe_id_use JOIN client ON client.id = client
                WHERE client_id = ? ORDER BY last_seen DESC, spiffe_id_use.spiffe_id LIMIT ?
                """,
                [clientID, limit]
            ) { row in
                try SPIFFEIDUse(
                    client: clientID,
                    spiffeID: row[0],
                    firstSeen: row[1],
                    lastSeen: row[2]
                )
            }
        }
    }

    package func certificateUses(of clientID: String) throws(StoreError)
        -> [RegisteredCertificateUse]
    {
        try attempt { database in
            try database.all(
                """
                SELECT thumbprint, first_seen, last_seen
                FROM certificate_sighting JOIN client ON client.id = client
                WHERE client_id = ? ORDER BY first_seen, thumbprint
                """,
                [clientID]
            ) { row in
                try RegisteredCertificateUse(
                    client: clientID,
                    thumbprint: row[0],
                    firstSeen: row[1],
                    lastSeen: row[2]
                )
            }
        }
    }

    package func lastUse(of clientID: String) throws(StoreError) -> TrustedCertificateUse? {
        try attempt { database in
            try database.first(
                """
                SELECT thumbprint, authority, not_after, for_servers_only, last_seen
                FROM trusted_certificate_use JOIN client ON client.id = client
                WHERE client_id = ?
                """,
                [clientID]
            ) { row in
                try TrustedCertificateUse(
                    client: clientID,
                    thumbprint: row[0],
                    anchor: row[1],
                    notAfter: row[2],
                    isForServersOnly: row[3],
                    lastSeen: row[4]
                )
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// Remembers what clients were accepted with, in one transaction; the latest of each stays.
    ///
    /// What is of no client is left out. Not in the change log: no decision depends on it.
    public func recordUses(_ uses: [TrustedCertificateUse]) throws(StoreError) {
        guard !uses.isEmpty else { return }
        try write { database in
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
                    WHERE excluded.last_seen >= last_seen
                    """,
                    [
                        use.client, use.thumbprint, use.authority, use.notAfter,
                        use.isForServersOnly, use.lastSeen,
                    ]
                )
            }
        }
    }

    /// What the client was last accepted with; nil where nothing is known.
    public func lastUse(of clientID: String) throws(StoreError) -> TrustedCertificateUse? {
        try read { database in
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
                    authority: row[1],
                    notAfter: row[2],
                    isForServersOnly: row[3],
                    lastSeen: row[4]
                )
            }
        }
    }
}

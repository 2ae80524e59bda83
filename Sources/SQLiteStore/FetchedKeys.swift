// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// Keeps the set that was fetched from a client's `jwks_uri`; returns whether anything changed.
    ///
    /// For `self_signed_tls_client_auth` the `certificates` of the set replace the client's, in the
    /// same transaction; for other methods there are none, and nil says so. Nothing happens if the
    /// client has gone, has another URI or method by now, or has the same set already.
    public func setFetchedKeys(
        client clientID: String,
        uri: String,
        jwks: String,
        certificates: [CertificateRecord]?
    ) throws(StoreError) -> Bool {
        try write { database in
            guard let (row, old) = try Self.find(database, clientID), old.jwksURI == uri,
                (old.authenticationMethod == Self.methodOfCertificates) == (certificates != nil)
            else { return false }
            var new = old
            new.fetchedJWKS = jwks
            if let certificates {
                new.certificates = Self.merged(certificates, with: old.certificates)
            }
            // Bytes: as Swift compares strings, different ones may be equal.
            let isSame = old.fetchedJWKS.map { $0.utf8.elementsEqual(jwks.utf8) } ?? false
            let known = Set(old.certificates.map(\.thumbprint))
            guard !isSame || known != Set(new.certificates.map(\.thumbprint)) else { return false }
            try Self.replace(database, old, by: new, row: row)
            return true
        }
    }

    /// Remembers when certificates authenticated their clients, in one transaction.
    ///
    /// The first time stays, the last one moves forward only. What is no longer registered is left
    /// out. Not in the change log: no decision depends on it.
    public func recordSightings(_ sightings: [CertificateSighting]) throws(StoreError) {
        guard !sightings.isEmpty else { return }
        try write { database in
            for sighting in sightings {
                try database.execute(
                    """
                    INSERT INTO certificate_sighting (client, thumbprint, first_seen, last_seen)
                    SELECT l.client, l.thumbprint, ?3, max(?3, ?4)
                    FROM client AS c JOIN client_certificate AS l ON l.client = c.id
                    WHERE c.client_id = ?1 AND l.thumbprint = ?2
                    ON CONFLICT (client, thumbprint) DO UPDATE SET last_seen = excluded.last_seen
                    WHERE excluded.last_seen > last_seen
                    """,
                    [
                        sighting.client, sighting.thumbprint, sighting.firstSeen,
                        sighting.lastSeen,
                    ]
                )
            }
        }
    }

    /// What is known about the use of the client's registered certificates.
    ///
    /// A certificate that was never used has no entry.
    public func sightings(of clientID: String) throws(StoreError) -> [CertificateSighting] {
        try read { database in
            try database.all(
                """
                SELECT thumbprint, first_seen, last_seen
                FROM certificate_sighting JOIN client ON client.id = client
                WHERE client_id = ? ORDER BY first_seen, thumbprint
                """,
                [clientID]
            ) { row in
                try CertificateSighting(
                    client: clientID,
                    thumbprint: row[0],
                    firstSeen: row[1],
                    lastSeen: row[2]
                )
            }
        }
    }

    private static let methodOfCertificates = "self_signed_tls_client_auth"

    /// `certificates`, each once; those that are registered keep the time of their registration.
    private static func merged(
        _ certificates: [CertificateRecord],
        with registered: [CertificateRecord]
    ) -> [CertificateRecord] {
        var seen: Set<[UInt8]> = []
        return certificates.filter { seen.insert($0.thumbprint).inserted }.map { certificate in
            registered.first { $0.thumbprint == certificate.thumbprint } ?? certificate
        }
    }
}

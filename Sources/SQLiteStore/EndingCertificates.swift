// SPDX-License-Identifier: Apache-2.0
internal import Storage

extension SQLiteTransaction {
    /// Reads no more certificates than are found (`schemaVersion12`), and the links of each.
    func endingCertificates(_ query: EndQuery) throws(StoreError) -> [EndingCertificate] {
        let limit = min(max(query.limit, 1), EndQuery.limitMax)
        let arguments: [any SQLiteBindable] = [query.after ?? .min, query.before ?? .max, limit]
        return try attempt { database in
            try database.all(Self.sql(query.use), arguments) { row in
                try EndingCertificate(
                    use: EndingCertificate.Use(rawValue: row[0]) ?? .authority,
                    thumbprint: row[1],
                    subject: row[2],
                    notAfter: row[3],
                    clientID: row[4],
                    clientName: row[5],
                    enabled: row[6],
                    isFetched: row[7],
                    clients: row[8],
                    lastEnd: row[9]
                )
            }
        }
    }

    /// Certificates of one use, or of both.
    ///
    /// One that is registered and a CA too comes twice, so that there can be twice as many rows as
    /// certificates; the limit is that of certificates, and then that of rows.
    private static func sql(_ use: EndingCertificate.Use?) -> String {
        let links = [
            (EndingCertificate.Use.registered, CertificateLink.certificate, lastEnd),
            (.authority, .caCertificate, "NULL"),
        ].filter { use == nil || $0.0 == use }
        let ofOne =
            links.count == 1
            ? "AND thumbprint IN (SELECT thumbprint FROM \(links[0].1.rawValue))" : ""
        return """
            WITH ending AS (
                SELECT thumbprint, subject, not_after FROM certificate
                WHERE not_after >= ?1 AND not_after < ?2 \(ofOne) ORDER BY not_after LIMIT ?3
            )
            \(links.map(select).joined(separator: " UNION ALL "))
            ORDER BY 4, 1, 5 LIMIT ?3
            """
    }

    private static let lastEnd =
        "(SELECT max(not_after) FROM client_certificate WHERE client = c.id)"

    private static func select(
        _ use: EndingCertificate.Use,
        _ link: CertificateLink,
        _ lastEnd: String
    ) -> String {
        let table = link.rawValue
        return """
            SELECT \(use.rawValue), e.thumbprint, e.subject, e.not_after, c.client_id, c.name,
                c.enabled, c.jwks_uri IS NOT NULL,
                (SELECT count(*) FROM \(table) WHERE thumbprint = e.thumbprint), \(lastEnd)
            FROM ending AS e CROSS JOIN client AS c
            ON c.id = (SELECT min(client) FROM \(table) WHERE thumbprint = e.thumbprint)
            """
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    /// Reads no more certificates than are found (`schemaVersion12`), and the links of each.
    package func endingCertificates(_ query: EndQuery) throws(StoreError) -> [EndingCertificate] {
        let limit = min(max(query.limit, 1), EndQuery.limitMax)
        let arguments: [any SQLBindable] = [query.after ?? .min, query.before ?? .max, limit]
        return try attempt { database in
            try database.all(Self.sql(query, database.dialect), arguments) { row in
                try EndingCertificate(
                    use: EndingCertificate.Use(rawValue: row[0]) ?? .caCertificate,
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
    private static func sql(_ query: EndQuery, _ dialect: SQLDialect) -> String {
        let (use, order) = (query.use, query.isDescending ? "DESC" : "ASC")
        let links = [
            (EndingCertificate.Use.registered, CertificateLink.certificate),
            (.caCertificate, .caCertificate),
        ].filter { use == nil || $0.0 == use }
        let ofOne =
            switch use {
            case nil: ""
            // By the index of ends: most certificates are registered ones, and few are passed over.
            case .registered:
                "AND EXISTS (SELECT 1 FROM \(links[0].1.rawValue) AS l"
                    + " WHERE l.thumbprint = certificate.thumbprint)"
            // By the links, whose certificates are sorted then: CAs of clients' own are few.
            case .caCertificate: "AND thumbprint IN (SELECT thumbprint FROM \(links[0].1.rawValue))"
            }
        return """
            WITH ending AS (
                SELECT thumbprint, subject, not_after FROM certificate
                WHERE not_after >= ?1 AND not_after < ?2 \(ofOne)
                ORDER BY not_after \(order) LIMIT ?3
            )
            \(links.map { select($0.0, $0.1, dialect) }.joined(separator: " UNION ALL "))
            ORDER BY 4 \(order), 1, 5 LIMIT ?3
            """
    }

    /// When the last certificate ends that `client` registered.
    private static func lastEnd(of client: String) -> String {
        "(SELECT max(not_after) FROM client_certificate WHERE client = \(client))"
    }

    /// The clients that have `e`, in their order; the link's index ends with the client, so that
    /// the first one is found without the others.
    private static func first(
        _ table: String,
        where condition: String,
        _ dialect: SQLDialect
    ) -> String {
        """
        (SELECT l.client FROM \(table) AS l \(dialect.orderedJoin) client AS k ON k.id = l.client
        WHERE l.thumbprint = e.thumbprint AND \(condition) ORDER BY l.client LIMIT 1)
        """
    }

    /// Of several clients, the one for which most is to be done.
    ///
    /// An enabled one without a successor, then an enabled one, then the first. Linear in the
    /// links, as their count is.
    private static func select(
        _ use: EndingCertificate.Use,
        _ link: CertificateLink,
        _ dialect: SQLDialect
    ) -> String {
        let table = link.rawValue
        let (lastEnd, withoutSuccessor) =
            switch use {
            case .registered:
                (lastEnd(of: "c.id"), "k.enabled AND \(lastEnd(of: "k.id")) <= e.not_after")
            case .caCertificate: ("NULL", "k.enabled")
            }
        return """
            SELECT \(use.rawValue), e.thumbprint, e.subject, e.not_after, c.client_id, c.name,
                c.enabled, c.jwks_uri IS NOT NULL,
                (SELECT count(*) FROM \(table) WHERE thumbprint = e.thumbprint), \(lastEnd)
            FROM ending AS e \(dialect.orderedJoin) client AS c
            ON c.id = coalesce(
                \(first(table, where: withoutSuccessor, dialect)),
                \(first(table, where: "k.enabled", dialect)),
                (SELECT min(client) FROM \(table) WHERE thumbprint = e.thumbprint)
            )
            """
    }
}

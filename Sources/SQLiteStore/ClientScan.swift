// SPDX-License-Identifier: Apache-2.0
internal import Storage

extension SQLiteTransaction {
    func forEachClient(_ body: (ClientRecord) throws -> Void) throws {
        var refusal: (any Error)?
        do {
            var links = try LinkScan(database)
            var lists = ListTexts()
            let rows = try database.rows(
                "SELECT id, \(ClientRow.columns) FROM client ORDER BY id"
            )
            while try rows.next() {
                var client = try ClientRow.client(rows, lists: &lists)
                let number: Int64 = try rows[0]
                client.certificates = try links.certificates.take(client: number)
                client.certificateAuthorities = try links.authorities.take(client: number)
                do {
                    try body(client)
                } catch {
                    refusal = error
                    throw error
                }
            }
        } catch {
            if let refusal { throw refusal }
            note(error)
            throw StoreError(error, at: path)
        }
    }
}

/// Both link tables, read alongside the clients in the same order: a merge, not a million lookups.
private struct LinkScan {
    var certificates: LinkCursor
    var authorities: LinkCursor

    init(_ database: SQLiteConnection) throws {
        let certificates = try LinkCursor(
            database.rows(
                """
                SELECT client, thumbprint, not_before, not_after, created_at
                FROM client_certificate ORDER BY client, thumbprint
                """
            )
        ) { (row) throws(SQLiteError) in
            try CertificateRecord(
                thumbprint: row[1],
                der: [],
                subject: "",
                notBefore: row[2],
                notAfter: row[3],
                createdAt: row[4]
            )
        }
        let known = try Self.authorities(database)
        let authorities = try LinkCursor(
            database.rows(
                """
                SELECT client, thumbprint, created_at
                FROM client_authority ORDER BY client, thumbprint
                """
            )
        ) { (row) throws(SQLiteError) in
            let thumbprint: [UInt8] = try row[1]
            var authority = known[thumbprint]
            authority?.createdAt = try row[2]
            return authority
        }
        self.certificates = certificates
        self.authorities = authorities
    }

    /// Every authority once, by thumbprint.
    private static func authorities(
        _ database: SQLiteConnection
    ) throws(SQLiteError) -> [[UInt8]: CertificateRecord] {
        var known: [[UInt8]: CertificateRecord] = [:]
        let rows = try database.rows(
            """
            SELECT thumbprint, der, subject, not_before, not_after FROM certificate
            WHERE thumbprint IN (SELECT thumbprint FROM client_authority)
            """
        )
        while try rows.next() {
            let authority = try CertificateRecord(
                thumbprint: rows[0],
                der: rows[1],
                subject: rows[2],
                notBefore: rows[3],
                notAfter: rows[4],
                createdAt: 0
            )
            known[authority.thumbprint] = authority
        }
        return known
    }
}

/// One link table in client order, with the next row held back.
private struct LinkCursor {
    typealias Decoder = (SQLiteRows) throws(SQLiteError) -> CertificateRecord?

    private let rows: SQLiteRows
    private let decode: Decoder
    private var nextClient: Int64?
    private var next: CertificateRecord?

    init(_ rows: SQLiteRows, decode: @escaping Decoder) throws(SQLiteError) {
        self.rows = rows
        self.decode = decode
        try advance()
    }

    /// The links of `client`; clients must be asked for in rising order.
    mutating func take(client: Int64) throws(SQLiteError) -> [CertificateRecord] {
        var taken: [CertificateRecord] = []
        while let number = nextClient, number <= client {
            if number == client, let next { taken.append(next) }
            try advance()
        }
        return taken
    }

    private mutating func advance() throws(SQLiteError) {
        guard try rows.next() else {
            nextClient = nil
            next = nil
            return
        }
        let client: Int64 = try rows[0]
        nextClient = client
        next = try decode(rows)
    }
}

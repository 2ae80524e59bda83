internal import Foundation
internal import GRDB

extension Store {
    /// Hands every client to `body`, oldest first, from one snapshot of the database.
    ///
    /// Made for a million clients: registered certificates come with thumbprint and dates only
    /// (`der` and `subject` are empty); authorities are complete, and their bytes are shared
    /// between the clients that have them. Returns the sequence to which the snapshot belongs, for
    /// `changes(after:)`. Throws what `body` throws, and stops then.
    @discardableResult
    public func forEachClient(_ body: (ClientRecord) throws -> Void) throws -> Int64 {
        var refusal: (any Error)?
        var sequence: Int64 = 0
        do {
            try scan { database in
                sequence = try Self.lastSequence(database)
                var links = try LinkScan(database)
                var lists = ListTexts()
                let rows = try Row.fetchCursor(
                    database,
                    sql: "SELECT id, \(ClientRow.columns) FROM client ORDER BY id"
                )
                while let row = try rows.next() {
                    var client = ClientRow.client(row, lists: &lists)
                    let number: Int64 = row[0]
                    client.certificates = try links.certificates.take(client: number)
                    client.certificateAuthorities = try links.authorities.take(client: number)
                    do {
                        try body(client)
                    } catch {
                        refusal = error
                        throw error
                    }
                }
            }
        } catch {
            throw refusal ?? StoreError(error, at: path)
        }
        return sequence
    }
}

/// Both link tables, read alongside the clients in the same order: a merge, not a million lookups.
private struct LinkScan {
    var certificates: LinkCursor
    var authorities: LinkCursor

    init(_ database: Database) throws {
        certificates = try LinkCursor(
            Row.fetchCursor(
                database,
                sql: """
                    SELECT client, thumbprint, not_before, not_after, created_at
                    FROM client_certificate ORDER BY client, thumbprint
                    """
            )
        ) { row in
            CertificateRecord(
                thumbprint: bytes(row, 1),
                der: [],
                subject: "",
                notBefore: row[2],
                notAfter: row[3],
                createdAt: row[4]
            )
        }
        let known = try Self.authorities(database)
        authorities = try LinkCursor(
            Row.fetchCursor(
                database,
                sql: """
                    SELECT client, thumbprint, created_at
                    FROM client_authority ORDER BY client, thumbprint
                    """
            )
        ) { row in
            var authority = known[bytes(row, 1)]
            authority?.createdAt = row[2]
            return authority
        }
    }

    /// Every authority once, by thumbprint.
    private static func authorities(
        _ database: Database
    ) throws -> [[UInt8]: CertificateRecord] {
        var known: [[UInt8]: CertificateRecord] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT thumbprint, der, subject, not_before, not_after FROM certificate
                WHERE thumbprint IN (SELECT thumbprint FROM client_authority)
                """
        )
        while let row = try rows.next() {
            let authority = CertificateRecord(
                thumbprint: bytes(row, 0),
                der: bytes(row, 1),
                subject: row[2],
                notBefore: row[3],
                notAfter: row[4],
                createdAt: 0
            )
            known[authority.thumbprint] = authority
        }
        return known
    }
}

/// One link table in client order, with the next row held back.
private struct LinkCursor {
    private let rows: RowCursor
    private let decode: (Row) -> CertificateRecord?
    private var nextClient: Int64?
    private var next: CertificateRecord?

    init(_ rows: RowCursor, decode: @escaping (Row) -> CertificateRecord?) throws {
        self.rows = rows
        self.decode = decode
        try advance()
    }

    /// The links of `client`; clients must be asked for in rising order.
    mutating func take(client: Int64) throws -> [CertificateRecord] {
        var taken: [CertificateRecord] = []
        while let number = nextClient, number <= client {
            if number == client, let next { taken.append(next) }
            try advance()
        }
        return taken
    }

    private mutating func advance() throws {
        guard let row = try rows.next() else {
            nextClient = nil
            next = nil
            return
        }
        nextClient = row[0]
        next = decode(row)
    }
}

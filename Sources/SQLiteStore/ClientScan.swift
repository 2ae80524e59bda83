// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

/// The parts of a transaction that are SQLite's.
struct SQLiteParts: StoreParts {
    let database: SQLiteConnection
    /// The database's path, for errors.
    let path: String
    /// Told of each error of SQLite before it becomes a `StoreError`.
    let note: (any Error) -> Void

    var auditKey: any AuditKey { AuditKeyFile(besideDatabase: path) }
    var wrapping: any KeyWrapping { PlainKeys() }
    var ticketSecret: (any TicketSecret)? { nil }

    func storeError(_ error: any Error) -> StoreError {
        note(error)
        return StoreError(error, at: path)
    }

    func corrupt(_ finding: String) -> StoreError { .corrupt(path, finding) }

    func lastChange() throws -> Int64 { try ChangeLog.last(database) }

    func forEachClient(_ body: (ClientRecord) throws -> Void) throws {
        var bodyError: (any Error)?
        do {
            var links = try LinkScan(database)
            var lists = ListTexts()
            let wrapping = PlainKeys()
            let rows = try database.rows(
                "SELECT id, \(ClientRow.columns) FROM client ORDER BY id"
            )
            while try rows.next() {
                var client = try ClientRow.client(rows, lists: &lists, wrapping)
                let number: Int64 = try rows[0]
                client.certificates = try links.certificates.take(client: number)
                client.caCertificates = try links.caCertificates.take(client: number)
                do {
                    try body(client)
                } catch {
                    bodyError = error
                    throw error
                }
            }
            // Up to two megabytes of what was read would stay in the connection's cache.
            try database.execute("PRAGMA shrink_memory")
        } catch {
            if let bodyError { throw bodyError }
            throw storeError(error)
        }
    }
}

/// Both link tables, read alongside the clients in the same order: a merge, not a million lookups.
private struct LinkScan {
    var certificates: LinkCursor
    var caCertificates: LinkCursor

    init(_ database: SQLiteConnection) throws {
        let certificates = try LinkCursor(
            database.rows(
                """
                SELECT client, thumbprint, not_before, not_after, created_at
                FROM client_certificate ORDER BY client, thumbprint
                """
            )
        ) { try CertificateLink.narrow($0) }
        let known = try CertificateLink.caCertificates(database)
        let caCertificates = try LinkCursor(
            database.rows(
                """
                SELECT client, thumbprint, created_at
                FROM client_authority ORDER BY client, thumbprint
                """
            )
        ) { row in
            let thumbprint: [UInt8] = try row[1]
            var caCertificate = known[thumbprint]
            caCertificate?.createdAt = try row[2]
            return caCertificate
        }
        self.certificates = certificates
        self.caCertificates = caCertificates
    }
}

/// One link table in client order, with the next row held back.
private struct LinkCursor {
    typealias Decoder = (SQLiteRows) throws -> CertificateRecord?

    private let rows: SQLiteRows
    private let decode: Decoder
    private var nextClient: Int64?
    private var next: CertificateRecord?

    init(_ rows: SQLiteRows, decode: @escaping Decoder) throws {
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

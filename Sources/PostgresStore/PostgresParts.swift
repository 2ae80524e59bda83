// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

/// The parts of a transaction that are PostgreSQL's.
struct PostgresParts: StoreParts {
    let connection: PostgresConnection
    /// The store's address without a password, for errors.
    let store: String
    let keyFile: StoreKeyFile
    let wrapping: any KeyWrapping
    /// That of the key file when the transaction began.
    let generation: Int

    /// The parts of a transaction that reads, or of one that writes under `present`.
    init(
        _ connection: PostgresConnection,
        _ store: String,
        _ keyFile: StoreKeyFile,
        present: PresentKey? = nil
    ) {
        (self.connection, self.store, self.keyFile) = (connection, store, keyFile)
        wrapping = present ?? keyFile
        generation = keyFile.generation
    }

    var auditKey: any AuditKey {
        PostgresAuditKey(database: connection, keyFile: keyFile, storeError: storeError)
    }
    var ticketSecret: (any TicketSecret)? {
        PostgresTicketSecret(database: connection, keyFile: keyFile)
    }

    func storeError(_ error: any Error) -> StoreError { StoreError(error, of: store) }
    func corrupt(_ finding: String) -> StoreError { .corrupt(store, finding) }
    func lastChange() throws -> Int64 { try ChangeLog.last(connection) }

    /// By cursors, a block of rows at a time: a result of a million clients would stand in memory
    /// whole.
    func forEachClient(_ body: (ClientRecord) throws -> Void) throws {
        var bodyError: (any Error)?
        do {
            let known = try CertificateLink.caCertificates(connection)
            var certificates = try Cursor(self, "handfast_certificates", Self.certificates)
            var caLinks = try Cursor(self, "handfast_cas", Self.caLinks)
            var clients = try Cursor(
                self,
                "handfast_clients",
                "SELECT id, \(ClientRow.columns) FROM client ORDER BY id"
            )
            var lists = ListTexts()
            while let row = try clients.next() {
                var client = try ClientRow.client(row, lists: &lists, keyFile)
                let number: Int64 = try row[0]
                while let link = try certificates.next(of: number) {
                    client.certificates.append(try CertificateLink.narrow(link))
                }
                while let link = try caLinks.next(of: number) {
                    guard var certificate = known[try link[1] as [UInt8]] else { continue }
                    certificate.createdAt = try link[2]
                    client.caCertificates.append(certificate)
                }
                do {
                    try body(client)
                } catch {
                    bodyError = error
                    throw error
                }
            }
            for cursor in [certificates, caLinks, clients] { try cursor.close() }
            keyFile.settle(generation)
        } catch {
            throw bodyError ?? storeError(error)
        }
    }

    private static let certificates = """
        SELECT client, thumbprint, not_before, not_after, created_at
        FROM client_certificate ORDER BY client, thumbprint
        """
    private static let caLinks = """
        SELECT client, thumbprint, created_at FROM client_authority ORDER BY client, thumbprint
        """

}

/// The rows of a query, fetched in blocks within the transaction.
private struct Cursor {
    /// Some megabytes of clients.
    private static let rowsMax = 2_000

    private let connection: PostgresConnection
    private let name: String
    private var rows: PostgresRows
    /// The row that was read and not taken yet.
    private var hasRow: Bool

    init(_ parts: PostgresParts, _ name: String, _ sql: String) throws {
        (connection, self.name) = (parts.connection, name)
        try connection.script("DECLARE \(name) NO SCROLL CURSOR FOR \(sql)")
        rows = try connection.query("FETCH \(Self.rowsMax) FROM \(name)")
        hasRow = try rows.next()
    }

    /// The next row; the one before is gone then.
    mutating func next() throws -> PostgresRows? {
        defer { isTaken = true }
        return try peek()
    }

    /// The next row of `client`, whose number stands in the first column; clients must be asked for
    /// in rising order.
    mutating func next(of client: Int64) throws -> PostgresRows? {
        while let row = try peek() {
            let number: Int64 = try row[0]
            guard number <= client else { return nil }
            isTaken = true
            if number == client { return row }
        }
        return nil
    }

    func close() throws {
        try connection.script("CLOSE \(name)")
    }

    /// Whether the current row was handed out.
    private var isTaken = false

    private mutating func peek() throws -> PostgresRows? {
        if isTaken {
            isTaken = false
            hasRow = try rows.next()
            if !hasRow { try fetch() }
        }
        return hasRow ? rows : nil
    }

    private mutating func fetch() throws {
        rows = try connection.query("FETCH \(Self.rowsMax) FROM \(name)")
        hasRow = try rows.next()
    }
}

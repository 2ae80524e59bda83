// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// Registers `client` with its certificates and authorities; `.alreadyExists` if it is there.
    ///
    /// With `uniqueName`, also if another client has its name, by which commands address it.
    public func insert(_ client: ClientRecord, uniqueName: Bool = false) throws(StoreError) {
        try write { database in
            try Self.insert(database, client)
            if uniqueName { try Self.requireUniqueName(database, client) }
        }
    }

    /// Registers all of `clients` in one transaction, or none of them.
    public func insert(_ clients: some Sequence<ClientRecord>) throws(StoreError) {
        try write { database in
            for client in clients { try Self.insert(database, client) }
        }
    }

    /// The client with this identity, with the DER of its certificates, or nil.
    public func client(_ clientID: String) throws(StoreError) -> ClientRecord? {
        try read { try Self.find($0, clientID)?.client }
    }

    /// The `client_id` of the client that people call `nameOrID`.
    ///
    /// `.notFound` if there is none, `.invalid` if several clients answer to it.
    public func clientID(for nameOrID: String) throws(StoreError) -> String {
        let found = try read { database in
            try database.all(
                "SELECT client_id FROM client WHERE client_id = ?1 OR name = ?1 LIMIT 10",
                [nameOrID]
            ) { try $0[0] as String }
        }
        guard let clientID = found.first else { throw Self.noClient(nameOrID) }
        guard found.count == 1 else {
            throw StoreError(
                .invalid,
                "several clients are called \(nameOrID)",
                remedy: "give the client_id of one of them: " + found.joined(separator: ", ")
            )
        }
        return clientID
    }

    /// Reads, changes and writes back one client in one transaction; returns what was written.
    ///
    /// `updatedAt` becomes `time`. Throws `.notFound`, what `change` throws, or why the result
    /// cannot be written; the client is unchanged then. Its `client_id` cannot change; with
    /// `uniqueName`, its name cannot become another client's. What was fetched from its `jwks_uri`
    /// ends with that URI.
    @discardableResult
    public func updateClient(
        _ clientID: String,
        at time: Int64,
        uniqueName: Bool = false,
        _ change: (inout ClientRecord) throws -> Void
    ) throws -> ClientRecord {
        var refusal: (any Error)?
        do {
            return try write { database in
                let (row, old) = try Self.require(database, clientID)
                var new = old
                do {
                    try change(&new)
                } catch {
                    refusal = error
                    throw error
                }
                new.clientID = clientID
                new.updatedAt = time
                if new.jwksURI != old.jwksURI { new.fetchedJWKS = nil }
                try Self.replace(database, old, by: new, row: row)
                if uniqueName, new.name != old.name { try Self.requireUniqueName(database, new) }
                return new
            }
        } catch {
            throw refusal ?? error
        }
    }

    /// Lets the client authenticate, or not, from the next request on.
    public func setEnabled(
        _ enabled: Bool,
        client clientID: String,
        at time: Int64
    ) throws(StoreError) {
        try write { database in
            try database.execute(
                "UPDATE client SET enabled = ?, updated_at = ? WHERE client_id = ?",
                [enabled, time, clientID]
            )
            guard database.changes > 0 else { throw Self.noClient(clientID) }
        }
    }

    /// Disables the client unless its record is another one than was `updatedAt` then; whether it
    /// did.
    public func disable(
        _ clientID: String,
        ifUpdatedAt updatedAt: Int64,
        at time: Int64
    ) throws(StoreError) -> Bool {
        try write { database in
            try database.execute(
                """
                UPDATE client SET enabled = 0, updated_at = ?
                WHERE client_id = ? AND updated_at = ?
                """,
                [time, clientID, updatedAt]
            )
            return database.changes > 0
        }
    }

    /// Forgets the client and everything that hangs on it.
    public func removeClient(_ clientID: String) throws(StoreError) {
        try write { database in
            try database.execute("DELETE FROM client WHERE client_id = ?", [clientID])
            guard database.changes > 0 else { throw Self.noClient(clientID) }
        }
    }

    /// How many clients are registered.
    public func clientCount() throws(StoreError) -> Int {
        try read { try $0.value("SELECT count(*) FROM client") ?? 0 }
    }
}

extension Store {
    private static func insert(_ database: SQLiteConnection, _ client: ClientRecord) throws {
        try ClientRow.validate(client)
        if let name = client.trustSet { try requireTrustSet(database, name) }
        do throws(SQLiteError) {
            try database.execute(
                "INSERT INTO client (\(ClientRow.columns)) VALUES (\(ClientRow.placeholders))",
                ClientRow.arguments(client)
            )
        } catch {
            guard error.isTaken else { throw error }
            throw StoreError(
                .alreadyExists,
                "there is already a client with the client_id \(client.clientID)",
                remedy: "choose another, or change that client with `handfast client update`"
            )
        }
        let row = database.lastInsertedRow
        for certificate in client.certificates {
            try CertificateLink.certificate.insert(database, certificate, client: row)
        }
        for authority in client.certificateAuthorities {
            try CertificateLink.authority.insert(database, authority, client: row)
        }
    }

    static func replace(
        _ database: SQLiteConnection,
        _ old: ClientRecord,
        by new: ClientRecord,
        row: Int64
    ) throws {
        try ClientRow.validate(new)
        if let name = new.trustSet { try requireTrustSet(database, name) }
        var arguments = ClientRow.arguments(new)
        arguments.append(row)
        try database.execute(
            "UPDATE client SET (\(ClientRow.columns)) = (\(ClientRow.placeholders)) WHERE id = ?",
            arguments
        )
        for (link, before, after) in [
            (CertificateLink.certificate, old.certificates, new.certificates),
            (CertificateLink.authority, old.certificateAuthorities, new.certificateAuthorities),
        ] {
            let wanted = Set(after.map(\.thumbprint))
            for gone in before where !wanted.contains(gone.thumbprint) {
                try link.delete(database, thumbprint: gone.thumbprint, client: row)
            }
            let present = Set(before.map(\.thumbprint))
            for added in after where !present.contains(added.thumbprint) {
                try link.insert(database, added, client: row)
            }
        }
    }

    static func find(
        _ database: SQLiteConnection,
        _ clientID: String
    ) throws -> (row: Int64, client: ClientRecord)? {
        var lists = ListTexts()
        let found = try database.first(
            "SELECT id, \(ClientRow.columns) FROM client WHERE client_id = ?",
            [clientID]
        ) { row in
            (number: try row[0] as Int64, client: try ClientRow.client(row, lists: &lists))
        }
        guard let (number, row) = found else { return nil }
        var client = row
        client.certificates = try CertificateLink.certificate.fetch(database, client: number)
        client.certificateAuthorities = try CertificateLink.authority.fetch(
            database,
            client: number
        )
        return (number, client)
    }

    private static func require(
        _ database: SQLiteConnection,
        _ clientID: String
    ) throws -> (row: Int64, client: ClientRecord) {
        guard let found = try find(database, clientID) else { throw noClient(clientID) }
        return found
    }

    private static func requireUniqueName(_ database: SQLiteConnection, _ client: ClientRecord)
        throws
    {
        let found = try database.first(
            """
            SELECT client_id, name FROM client
            WHERE (name = ?1 OR client_id = ?1 OR name = ?2) AND client_id <> ?2
            """,
            [client.name, client.clientID]
        ) { (id: try $0[0] as String, name: try $0[1] as String) }
        guard let (otherID, otherName) = found else { return }
        // The client_id of `client` may be a random one that nobody has seen, and that ends here.
        let taken = [client.name, client.clientID].first { $0 == otherName || $0 == otherID }
        throw StoreError(
            .alreadyExists,
            "there is already a client that answers to \(taken ?? otherName): its client_id is"
                + " \(otherID), its name \(otherName)",
            remedy: "choose another, or change that client with `handfast client update`"
        )
    }

    private static func noClient(_ clientID: String) -> StoreError {
        StoreError(
            .notFound,
            "there is no client \(clientID)",
            remedy: "see `handfast client list`"
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    package func insert(_ client: ClientRecord) throws(StoreError) {
        var client = client
        client.version = 1
        try attempt { _ in
            client.tokensValidFrom = try validFrom(client.tokensValidFrom, .client, client.clientID)
            try add(client)
            try record(from: nil, to: AuditFacts(client, .ofCertificates))
            try requireNoIssuer(beginning: client.clientID, .client)
        }
    }

    package func client(_ clientID: String) throws(StoreError) -> ClientRecord? {
        try attempt { _ in try find(clientID)?.client }
    }

    package func clients(called name: String, limit: Int) throws(StoreError) -> [ClientSummary] {
        try attempt { database in
            try database.all(
                Self.selectSummaries + " WHERE client_id = ?1 OR name = ?1 LIMIT ?2",
                [name, limit],
                Self.summary
            )
        }
    }

    package func clients(
        spiffeID: String,
        limit: Int
    ) throws(StoreError) -> [ClientSummary] {
        try attempt { database in
            try database.all(
                Self.selectSummaries + " WHERE spiffe_id = ? LIMIT ?",
                [spiffeID, limit],
                Self.summary
            )
        }
    }

    /// A look-up in the index, however many clients there are.
    package func clients(after last: String?, limit: Int) throws(StoreError) -> [ClientSummary] {
        try attempt { database in
            try database.all(
                Self.selectSummaries + " WHERE client_id > ? ORDER BY client_id LIMIT ?",
                // No client_id is empty, so all come after an empty one.
                [last ?? "", limit],
                Self.summary
            )
        }
    }

    package func update(_ client: ClientRecord) throws(StoreError) -> ClientRecord {
        try attempt { _ in
            guard let (row, old) = try find(client.clientID) else {
                throw StoreError.noClient(client.clientID)
            }
            guard old.version == client.version else {
                throw StoreError.conflict(.client, client.clientID)
            }
            var new = client
            new.version += 1
            if new.jwksURI != old.jwksURI { new.fetchedJWKS = nil }
            try replace(old, by: new, row: row)
            try record(
                from: AuditFacts(old, .ofCertificates),
                to: AuditFacts(new, .ofCertificates)
            )
            return new
        }
    }

    /// Touches nothing but what it changes, so that no rule is applied to the rest of the row.
    package func setEnabled(_ enabled: Bool, client clientID: String) throws(StoreError) {
        try attempt { database in
            let old = try switchState(clientID)
            try database.execute(
                """
                UPDATE client SET enabled = ?, updated_at = ?, version = version + 1
                WHERE client_id = ?
                """,
                [enabled, time, clientID]
            )
            guard database.changes > 0 else { throw StoreError.noClient(clientID) }
            try record(
                from: old,
                to: try switchState(clientID),
                asked: enabled ? .enable : .disable
            )
        }
    }

    /// Touches nothing but what it changes, as `setEnabled`.
    package func endTokens(before time: Int64, client clientID: String) throws(StoreError) {
        try attempt { database in
            let old = try switchState(clientID)
            try database.execute(
                """
                UPDATE client SET
                tokens_valid_from = \(TokenValidity.startExpression(next: 1)),
                updated_at = ?2, version = version + 1 WHERE client_id = ?3
                """,
                [time, self.time, clientID]
            )
            guard database.changes > 0 else { throw StoreError.noClient(clientID) }
            try record(from: old, to: try switchState(clientID), asked: .endTokens)
        }
    }

    package func removeClient(_ clientID: String) throws(StoreError) {
        try attempt { database in
            let old = try readable(.client, clientID) {
                try find(clientID).map { AuditFacts($0.client, .ofCertificates) }
            }
            try database.execute("DELETE FROM client WHERE client_id = ?", [clientID])
            guard database.changes > 0 else { throw StoreError.noClient(clientID) }
            try record(from: old, to: nil)
        }
    }

    package func certificate(_ thumbprint: [UInt8]) throws(StoreError) -> CertificateRecord? {
        try attempt { database in
            try database.first(
                """
                SELECT thumbprint, der, subject, not_before, not_after FROM certificate
                WHERE thumbprint = ?
                """,
                [thumbprint]
            ) { try CertificateLink.record($0, createdAt: 0) }
        }
    }

    package func clientCount() throws(StoreError) -> Int {
        try attempt { try $0.value("SELECT count(*) FROM client") ?? 0 }
    }

    /// The state that a switch or an end of tokens changes, without the rest of the row.
    private func switchState(_ clientID: String) throws -> AuditFacts? {
        try database.first(
            "SELECT enabled, tokens_valid_from FROM client WHERE client_id = ?",
            [clientID]
        ) { row in
            AuditFacts(.client, clientID, enabled: try row[0], tokensValidFrom: try row[1])
        }
    }

    private static let selectSummaries =
        "SELECT client_id, name, authentication_method, enabled FROM client"

    private static func summary(_ row: any SQLRows) throws -> ClientSummary {
        try ClientSummary(
            clientID: row[0],
            name: row[1],
            authenticationMethod: row[2],
            enabled: row[3]
        )
    }
}

extension StoreTransaction {
    private func add(_ client: ClientRecord) throws {
        try ClientRow.validate(client)
        if let name = client.trustSet { try requireTrustSet(name) }
        let row: Int64?
        do {
            row = try database.value(
                """
                INSERT INTO client (\(ClientRow.columns)) VALUES (\(ClientRow.placeholders))
                RETURNING id
                """,
                ClientRow.arguments(client, parts.wrapping)
            )
        } catch let error as any SQLError where error.isTaken {
            throw StoreError(
                .alreadyExists,
                "there is already a client with the client_id \(client.clientID)",
                of: .client
            )
        }
        guard let row else { throw parts.corrupt("an inserted client has no number") }
        for certificate in client.certificates {
            try CertificateLink.certificate.insert(database, certificate, client: row)
        }
        for caCertificate in client.caCertificates {
            try CertificateLink.caCertificate.insert(database, caCertificate, client: row)
        }
    }

    private func replace(
        _ old: ClientRecord,
        by new: ClientRecord,
        row: Int64
    ) throws {
        try ClientRow.validate(new)
        if let name = new.trustSet { try requireTrustSet(name) }
        try requireSecret(of: old, keptIn: new, row: row)
        var arguments = try ClientRow.arguments(new, parts.wrapping)
        arguments.append(row)
        try database.execute(
            "UPDATE client SET (\(ClientRow.columns)) = (\(ClientRow.placeholders)) WHERE id = ?",
            arguments
        )
        for (link, before, after) in [
            (CertificateLink.certificate, old.certificates, new.certificates),
            (CertificateLink.caCertificate, old.caCertificates, new.caCertificates),
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

    /// Throws where an update would drop a secret that was read as none, since it cannot be opened.
    private func requireSecret(
        of old: ClientRecord,
        keptIn new: ClientRecord,
        row: Int64
    ) throws {
        guard old.sharedSecret == nil, new.sharedSecret == nil,
            old.authenticationMethod == new.authenticationMethod
        else { return }
        let stored: String? = try database.value(
            "SELECT shared_secret FROM client WHERE id = ?",
            [row]
        )
        if let stored { _ = try parts.wrapping.unwrap(secret: stored, of: old.clientID) }
    }

    private func find(
        _ clientID: String
    ) throws -> (row: Int64, client: ClientRecord)? {
        var lists = ListTexts()
        let found = try database.first(
            "SELECT id, \(ClientRow.columns) FROM client WHERE client_id = ?",
            [clientID]
        ) { row in
            (
                number: try row[0] as Int64,
                client: try ClientRow.client(row, lists: &lists, parts.wrapping)
            )
        }
        guard let (number, row) = found else { return nil }
        var client = row
        client.certificates = try CertificateLink.certificate.fetch(database, client: number)
        client.caCertificates = try CertificateLink.caCertificate.fetch(
            database,
            client: number
        )
        return (number, client)
    }
}

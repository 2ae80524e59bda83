// SPDX-License-Identifier: Apache-2.0
package import Storage
internal import Text

extension StoreTransaction {
    package func issuers() throws(StoreError) -> [IssuerRecord] {
        try attempt { database in
            try database.all(Self.selectIssuers + " ORDER BY name", [], listedIssuer)
                .compactMap { $0 }
        }
    }

    package func issuer(_ name: String) throws(StoreError) -> IssuerRecord? {
        try attempt { _ in try stored(name) }
    }

    package func insert(_ issuer: IssuerRecord) throws(StoreError) {
        var issuer = issuer
        try attempt { database in
            try Self.validate(issuer)
            issuer.created = try validFrom(issuer.created, .issuer, issuer.name)
            do {
                try database.execute(
                    """
                    INSERT INTO trusted_issuer
                    (name, issuer, jwks, jwks_uri, fetched_jwks, fetched_at, algorithms, clients,
                    audience, subjects, token_audiences, scopes, max_lifetime, allows_replay,
                    labels, created)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    [issuer.name] + Self.arguments(issuer) + [issuer.created]
                )
            } catch let error as any SQLError where error.isTaken {
                throw StoreError(
                    .alreadyExists,
                    "there is already an issuer \(issuer.name), or one with the iss"
                        + " \(issuer.issuer)",
                    of: .issuer
                )
            }
            var new = issuer
            new.version = 1
            try record(from: nil, to: AuditFacts(new, .ofCertificates))
            try requireNobody(beginsWith: issuer.name)
            try requireNoClient(issuer.issuer)
        }
    }

    package func update(_ issuer: IssuerRecord) throws(StoreError) -> IssuerRecord {
        try attempt { database in
            guard let stored = try self.stored(issuer.name) else {
                throw StoreError.noIssuer(issuer.name)
            }
            var new = issuer
            new.created = stored.created
            // Fetched keys are the server's, and may be newer than what the caller has read.
            let isSameURI = new.jwksURI == stored.jwksURI
            new.fetchedJWKS = isSameURI ? stored.fetchedJWKS : nil
            new.fetchedAt = isSameURI ? stored.fetchedAt : nil
            try Self.validate(new)
            do {
                try database.execute(
                    """
                    UPDATE trusted_issuer
                    SET (issuer, jwks, jwks_uri, fetched_jwks, fetched_at, algorithms, clients,
                    audience, subjects, token_audiences, scopes, max_lifetime, allows_replay,
                    labels, version)
                    = (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?2 + 1)
                    WHERE name = ?1 AND version = ?2
                    """,
                    [new.name, new.version] + Self.arguments(new)
                )
            } catch let error as any SQLError where error.isTaken {
                throw StoreError(
                    .alreadyExists,
                    "there is already an issuer with the iss \(new.issuer)",
                    of: .issuer
                )
            }
            try requireChange(
                "trusted_issuer",
                key: "name",
                new.name,
                absent: .noIssuer(new.name),
                conflict: .issuer
            )
            new.version += 1
            try record(
                from: AuditFacts(stored, .ofCertificates),
                to: AuditFacts(new, .ofCertificates)
            )
            try requireNoClient(new.issuer)
            return new
        }
    }

    package func keep(
        _ jwks: String,
        from uri: String,
        issuer name: String
    ) throws(StoreError) -> Bool? {
        try attempt { database in
            // Bytes: as Swift compares strings, different ones may be equal.
            guard let old = try stored(name), let known = old.jwksURI,
                known.isSameBytes(as: uri)
            else { return nil }
            let isSame = old.fetchedJWKS?.isSameBytes(as: jwks) ?? false
            // Nodes fetch each for itself: one time a minute is enough.
            if isSame, let fetchedAt = old.fetchedAt, (0..<60).contains(time - fetchedAt) {
                return false
            }
            try database.execute(
                """
                UPDATE trusted_issuer SET fetched_jwks = ?2, fetched_at = ?3, version = version + ?4
                WHERE name = ?1
                """,
                [name, jwks, time, isSame ? 0 : 1]
            )
            guard !isSame else { return false }
            var new = old
            (new.fetchedJWKS, new.fetchedAt) = (jwks, time)
            try record(
                from: AuditFacts(old, .ofCertificates),
                to: AuditFacts(new, .ofCertificates)
            )
            return true
        }
    }

    package func removeIssuer(_ name: String) throws(StoreError) {
        try attempt { database in
            let old = try readable(.issuer, name) {
                try stored(name).map { AuditFacts($0, .ofCertificates) }
            }
            try database.execute("DELETE FROM trusted_issuer WHERE name = ?", [name])
            guard database.changes > 0 else { throw StoreError.noIssuer(name) }
            try record(from: old, to: nil)
        }
    }
}

extension StoreTransaction {
    /// Throws if `text`, a client_id or a user's name or subject, begins as the subjects of an
    /// issuer do.
    ///
    /// Behind the row in the audit, whose head is locked until the commit: an issuer that another
    /// transaction registers meanwhile is seen either here or by its own check.
    func requireNoIssuer(beginning text: String, _ subject: StoreError.Subject) throws {
        if subject == .client { try requireNoIssuer(text) }
        guard let name = IssuerRecord.name(beginning: text) else { return }
        let found: Int? = try database.value("SELECT 1 FROM trusted_issuer WHERE name = ?", [name])
        guard found != nil else { return }
        throw StoreError(
            .alreadyExists,
            "\(text) begins with \(name):, as the subjects of the issuer \(name) do",
            of: subject
        )
    }

    /// Throws if a client_id is the `iss` of an issuer: with one key for both, a JWT would be an
    /// assertion of the client and one about a subject.
    private func requireNoIssuer(_ clientID: String) throws {
        let found: String? = try database.value(
            "SELECT name FROM trusted_issuer WHERE issuer = ?",
            [clientID]
        )
        guard let found else { return }
        throw StoreError(
            .alreadyExists,
            "\(clientID) is the iss of the issuer \(found)",
            of: .client
        )
    }

    /// Throws if the `iss` of an issuer is a client_id.
    private func requireNoClient(_ issuer: String) throws {
        let found: Int? = try database.value("SELECT 1 FROM client WHERE client_id = ?", [issuer])
        guard found != nil else { return }
        throw StoreError(.alreadyExists, "\(issuer) is the client_id of a client", of: .issuer)
    }

    /// Throws if a client or a user begins as the subjects of an issuer of this name would.
    private func requireNobody(beginsWith name: String) throws {
        // `;` is the character behind `:`, and texts are compared by their bytes.
        let (first, end) = (name + ":", name + ";")
        for (table, column) in [
            ("client", "client_id"), ("\"user\"", "name"), ("\"user\"", "subject"),
        ] {
            let found: String? = try database.value(
                "SELECT min(\(column)) FROM \(table) WHERE \(column) >= ? AND \(column) < ?",
                [first, end]
            )
            guard let found else { continue }
            let kind = table == "client" ? "client" : "user"
            throw StoreError(
                .alreadyExists,
                "the \(kind) \(found) begins with \(first), as the issuer's subjects would",
                of: .issuer
            )
        }
    }

    private func stored(_ name: String) throws -> IssuerRecord? {
        try database.first(Self.selectIssuers + " WHERE name = ?", [name], issuer)
    }

    private static func validate(_ issuer: IssuerRecord) throws(StoreError) {
        let reason: String? =
            if !IssuerRecord.isName(issuer.name) {
                "its name is not [a-z][a-z0-9-]{0,31}, or begins other subjects"
            } else if issuer.issuer.isEmpty || issuer.algorithms.isEmpty || issuer.clients.isEmpty {
                "it needs an iss, an algorithm and a client"
            } else if (issuer.jwks == nil) == (issuer.jwksURI == nil) {
                "it has either keys or a URI of keys"
            } else if issuer.fetchedJWKS != nil && issuer.jwksURI == nil {
                "keys that were fetched belong to their URI"
            } else if issuer.allowsReplay && issuer.maxLifetime > IssuerRecord.replayLifetimeMax {
                "a JWT that may be used again lives \(IssuerRecord.replayLifetimeMax) seconds at"
                    + " most"
            } else if issuer.maxLifetime < 1 {
                "the lifetime of its JWTs is a second at least"
            } else {
                nil
            }
        guard let reason else { return }
        throw StoreError(.invalid, "the issuer cannot be stored: \(reason)", of: .issuer)
    }

    private static func arguments(_ issuer: IssuerRecord) -> [any SQLBindable] {
        [
            issuer.issuer, issuer.jwks, issuer.jwksURI, issuer.fetchedJWKS, issuer.fetchedAt,
            StoredList.text(issuer.algorithms), StoredList.text(issuer.clients), issuer.audience,
            issuer.subjects, StoredList.text(issuer.tokenAudiences),
            StoredList.text(issuer.scopes), issuer.maxLifetime, issuer.allowsReplay,
            StoredLabels.text(issuer.labels),
        ]
    }

    private static let selectIssuers = """
        SELECT name, issuer, jwks, jwks_uri, fetched_jwks, fetched_at, algorithms, clients,
        audience, subjects, token_audiences, scopes, max_lifetime, allows_replay, labels, created,
        version FROM trusted_issuer
        """

    /// An issuer in a list; fails closed: one whose lists cannot be read is left out, so that its
    /// JWTs are refused, and those of all others count.
    private func listedIssuer(_ row: any SQLRows) throws -> IssuerRecord? {
        do {
            return try issuer(row)
        } catch let error as StoreError {
            guard error.kind == .corrupt else { throw error }
            return nil
        }
    }

    private func issuer(_ row: any SQLRows) throws -> IssuerRecord {
        guard let algorithms = StoredList.texts(try row[6]),
            let clients = StoredList.texts(try row[7]),
            let tokenAudiences = StoredList.texts(try row[10]),
            let scopes = StoredList.texts(try row[11])
        else { throw parts.corrupt("an issuer with a list that is none") }
        return try IssuerRecord(
            name: row[0],
            issuer: row[1],
            jwks: row[2],
            jwksURI: row[3],
            fetchedJWKS: row[4],
            fetchedAt: row[5],
            algorithms: algorithms,
            clients: clients,
            audience: row[8],
            subjects: row[9],
            tokenAudiences: tokenAudiences,
            scopes: scopes,
            maxLifetime: row[12],
            allowsReplay: row[13],
            labels: StoredLabels.labels(row[14]),
            created: row[15],
            version: row[16]
        )
    }
}

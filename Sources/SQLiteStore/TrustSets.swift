// SPDX-License-Identifier: Apache-2.0
public import Storage

extension Store {
    /// Every trust set, by name.
    public func trustSets() throws(StoreError) -> [TrustSetRecord] {
        try read { database in
            try database.all(Self.selectTrustSets + " ORDER BY name", [], trustSet)
        }
    }

    /// The trust set of this name, or nil.
    public func trustSet(_ name: String) throws(StoreError) -> TrustSetRecord? {
        try read { try findTrustSet($0, name) }
    }

    /// Makes a trust set; `.alreadyExists` if the name is taken.
    public func insert(_ set: TrustSetRecord) throws(StoreError) {
        try write { database in
            try Self.validate(set)
            guard try findTrustSet(database, set.name) == nil else {
                throw StoreError(
                    .alreadyExists,
                    "there is already a trust set \(set.name)",
                    remedy: "choose another name, or change that one with"
                        + " `handfast trust-set update`"
                )
            }
            try database.execute(
                """
                INSERT INTO trust_set
                (name, authorities, sources, revocation, created, server_auth_until)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    set.name, StoredList.text(set.authorities),
                    StoredList.text(set.sources), set.revocation, set.created,
                    set.serverAuthUntil,
                ]
            )
        }
    }

    /// Reads, changes and writes back one trust set in one transaction; returns what was written.
    ///
    /// Throws `.notFound`, what `change` throws, or why the result cannot be written; the set is
    /// unchanged then. Its name and the time of its making cannot change.
    @discardableResult
    public func updateTrustSet(
        _ name: String,
        _ change: (inout TrustSetRecord) throws -> Void
    ) throws -> TrustSetRecord {
        var refusal: (any Error)?
        do {
            return try write { database in
                guard let old = try findTrustSet(database, name) else {
                    throw Self.noTrustSet(name)
                }
                var new = old
                do {
                    try change(&new)
                } catch {
                    refusal = error
                    throw error
                }
                (new.name, new.created) = (old.name, old.created)
                try Self.validate(new)
                try database.execute(
                    """
                    UPDATE trust_set
                    SET (authorities, sources, revocation, server_auth_until) = (?, ?, ?, ?)
                    WHERE name = ?
                    """,
                    [
                        StoredList.text(new.authorities),
                        StoredList.text(new.sources), new.revocation, new.serverAuthUntil, name,
                    ]
                )
                return new
            }
        } catch {
            throw refusal ?? error
        }
    }

    /// Forgets the trust set; `.invalid` while clients are registered with it.
    public func removeTrustSet(_ name: String) throws(StoreError) {
        try write { database in
            let clients = try Self.clients(database, trustSet: name)
            guard clients.names.isEmpty else {
                let others = clients.count - clients.names.count
                throw StoreError(
                    .invalid,
                    "the trust set \(name) is used by " + clients.names.joined(separator: ", ")
                        + (others > 0 ? " and \(others) more" : ""),
                    remedy: "give these clients another one, with"
                        + " `handfast client update CLIENT --trust-set NAME`, or remove them"
                )
            }
            try database.execute("DELETE FROM trust_set WHERE name = ?", [name])
            guard database.changes > 0 else { throw Self.noTrustSet(name) }
        }
    }

    /// How many clients are registered with the trust set.
    public func clientCount(trustSet name: String) throws(StoreError) -> Int {
        try read { try Self.clients($0, trustSet: name).count }
    }
}

extension Store {
    /// Throws unless there is a trust set of this name.
    static func requireTrustSet(_ database: SQLiteConnection, _ name: String) throws {
        let found: Int? = try database.value("SELECT 1 FROM trust_set WHERE name = ?", [name])
        guard found != nil else { throw noTrustSet(name) }
    }

    /// How many clients use the set, and the names of the first five.
    private static func clients(
        _ database: SQLiteConnection,
        trustSet name: String
    ) throws -> (names: [String], count: Int) {
        let names = try database.all(
            "SELECT name FROM client WHERE trust_set = ? ORDER BY name LIMIT 5",
            [name]
        ) { try $0[0] as String }
        let count: Int? = try database.value(
            "SELECT count(*) FROM client WHERE trust_set = ?",
            [name]
        )
        return (names, count ?? 0)
    }

    private static func validate(_ set: TrustSetRecord) throws(StoreError) {
        let (authorities, sources) = (set.authorities, set.sources)
        let end = set.serverAuthUntil ?? 86_400
        let problem: String? =
            if !TrustSetRecord.isName(set.name) {
                "its name has other characters than letters, digits, `.`, `_` and `-`, or too many"
            } else if !(1...TrustSetRecord.authoritiesMax).contains(authorities.count)
                || authorities.contains([]) || Set(authorities).count != authorities.count
            {
                "it has from 1 to \(TrustSetRecord.authoritiesMax) CA certificates, each once"
            } else if sources.count > TrustSetRecord.sourcesMax
                || Set(sources).count != sources.count
                || !sources.allSatisfy(TrustSetRecord.isSource)
            {
                "it has at most \(TrustSetRecord.sourcesMax) sources of revocation lists, each"
                    + " once: absolute paths and http or https URLs"
            } else if sources.isEmpty && set.revocation != "off" {
                "without a source of revocation lists, nothing can be checked for revocation"
            } else if end <= 0 || !end.isMultiple(of: 86_400) {
                "what is allowed for a time ends with a day"
            } else {
                nil
            }
        guard let problem else { return }
        throw StoreError(
            .invalid,
            "the trust set cannot be stored: \(problem)",
            remedy: "correct the value"
        )
    }

    private static func noTrustSet(_ name: String) -> StoreError {
        StoreError(
            .notFound,
            "there is no trust set \(name)",
            remedy: "see `handfast trust-set list`"
        )
    }

    private static let selectTrustSets =
        "SELECT name, authorities, sources, revocation, created, server_auth_until FROM trust_set"

    private func findTrustSet(
        _ database: SQLiteConnection,
        _ name: String
    ) throws -> TrustSetRecord? {
        try database.first(Self.selectTrustSets + " WHERE name = ?", [name], trustSet)
    }

    private func trustSet(_ row: SQLiteRows) throws -> TrustSetRecord {
        guard let authorities = StoredList.bytes(try row[1]),
            let sources = StoredList.texts(try row[2])
        else { throw StoreError.corrupt(path, "a trust set that is no list") }
        return try TrustSetRecord(
            name: row[0],
            authorities: authorities,
            sources: sources,
            revocation: row[3],
            serverAuthUntil: row[5],
            created: row[4]
        )
    }
}

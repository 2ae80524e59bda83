internal import Foundation
internal import GRDB

extension Store {
    /// Every trust set, by name.
    public func trustSets() throws(StoreError) -> [TrustSetRecord] {
        try read { database in
            let rows = try Row.fetchAll(database, sql: Self.selectTrustSets + " ORDER BY name")
            return try rows.map { try trustSet($0) }
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
                sql: """
                    INSERT INTO trust_set
                    (name, authorities, sources, revocation, created, server_auth_until)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    set.name, try JSONText.text(set.authorities.map { Data($0) }),
                    try JSONText.text(set.sources), set.revocation, set.created,
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
                    sql: """
                        UPDATE trust_set
                        SET (authorities, sources, revocation, server_auth_until) = (?, ?, ?, ?)
                        WHERE name = ?
                        """,
                    arguments: [
                        try JSONText.text(new.authorities.map { Data($0) }),
                        try JSONText.text(new.sources), new.revocation, new.serverAuthUntil, name,
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
            try database.execute(sql: "DELETE FROM trust_set WHERE name = ?", arguments: [name])
            guard database.changesCount > 0 else { throw Self.noTrustSet(name) }
        }
    }

    /// How many clients are registered with the trust set.
    public func clientCount(trustSet name: String) throws(StoreError) -> Int {
        try read { try Self.clients($0, trustSet: name).count }
    }
}

extension Store {
    /// Throws unless there is a trust set of this name.
    static func requireTrustSet(_ database: Database, _ name: String) throws {
        let statement = try database.cachedStatement(sql: "SELECT 1 FROM trust_set WHERE name = ?")
        guard try Int.fetchOne(statement, arguments: [name]) != nil else { throw noTrustSet(name) }
    }

    /// How many clients use the set, and the names of the first five.
    private static func clients(
        _ database: Database,
        trustSet name: String
    ) throws -> (names: [String], count: Int) {
        let names = try String.fetchAll(
            database,
            sql: "SELECT name FROM client WHERE trust_set = ? ORDER BY name LIMIT 5",
            arguments: [name]
        )
        let count = try Int.fetchOne(
            database,
            sql: "SELECT count(*) FROM client WHERE trust_set = ?",
            arguments: [name]
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

    private func findTrustSet(_ database: Database, _ name: String) throws -> TrustSetRecord? {
        let row = try Row.fetchOne(
            database,
            sql: Self.selectTrustSets + " WHERE name = ?",
            arguments: [name]
        )
        return try row.map { try trustSet($0) }
    }

    private func trustSet(_ row: Row) throws -> TrustSetRecord {
        guard let authorities: [Data] = JSONText.value(row[1]),
            let sources: [String] = JSONText.value(row[2])
        else { throw StoreError.corrupt(path, "a trust set that is no list") }
        return TrustSetRecord(
            name: row[0],
            authorities: authorities.map { [UInt8]($0) },
            sources: sources,
            revocation: row[3],
            serverAuthUntil: row[5],
            created: row[4]
        )
    }
}

/// Lists whose entries may have any character, as JSON arrays; bytes stand in Base64.
private enum JSONText {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ text: String) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}

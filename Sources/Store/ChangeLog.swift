// SPDX-License-Identifier: Apache-2.0
/// One thing that was inserted, updated or removed; read it again to learn which.
public struct Change: Sendable, Hashable {
    /// What changed.
    public enum Kind: String, Sendable {
        /// A client, its certificates or its authorities; `id` is the `client_id`.
        case client
        /// A user; `id` is the name.
        case user
        /// A key of the server; `id` is the `kid`.
        case key
        /// A trust set; `id` is its name.
        ///
        /// Concerns the clients that are registered with it, which are not reported themselves.
        case trustSet = "trust_set"
    }

    /// What changed.
    public let kind: Kind
    /// Its identity.
    public let id: String

    /// A change from its parts.
    public init(kind: Kind, id: String) {
        self.kind = kind
        self.id = id
    }
}

/// What happened since a reader last looked.
public enum Changes: Sendable, Equatable {
    /// Each changed thing once; remember `sequence` for the next call.
    case some(sequence: Int64, [Change])
    /// The log no longer reaches back that far: read everything again, then go on from `sequence`.
    case reload(sequence: Int64)
}

extension Store {
    /// The changes after `sequence`, whoever made them, up to a bound of 10,000 log entries.
    ///
    /// The log is fed by triggers in the database itself, in the transaction of the change. What is
    /// read after this call is at least as new as what the call reported.
    public func changes(after sequence: Int64) throws(StoreError) -> Changes {
        try read { database in
            let last = try Self.lastSequence(database)
            let first: Int64? = try database.value("SELECT min(sequence) FROM change")
            if last == sequence { return .some(sequence: last, []) }
            // A reader ahead of the log saw a database that was since replaced by an older one.
            guard let first, first - 1 <= sequence, sequence <= last else {
                return .reload(sequence: last)
            }
            var seen: Set<Change> = []
            var list: [Change] = []
            let rows = try database.rows(
                "SELECT kind, id FROM change WHERE sequence > ? ORDER BY sequence",
                [sequence]
            )
            while try rows.next() {
                // An entry of a kind that this version does not know concerns nothing it holds.
                guard let kind = Change.Kind(rawValue: try rows[0]) else { continue }
                let change = Change(kind: kind, id: try rows[1])
                if seen.insert(change).inserted { list.append(change) }
            }
            return .some(sequence: last, list)
        }
    }

    /// The sequence of the newest change; 0 before the first.
    static func lastSequence(_ database: SQLiteConnection) throws(SQLiteError) -> Int64 {
        try database.value("SELECT seq FROM sqlite_sequence WHERE name = 'change'") ?? 0
    }
}

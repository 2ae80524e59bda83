// SPDX-License-Identifier: Apache-2.0
public import Storage

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

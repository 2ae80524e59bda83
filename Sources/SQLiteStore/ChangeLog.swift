// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The table `change`: triggers of the database feed it, in the transaction of the change.
enum ChangeLog {
    /// The sequence of the newest change; 0 before the first.
    static func last(_ database: SQLiteConnection) throws(SQLiteError) -> Int64 {
        try database.value("SELECT seq FROM sqlite_sequence WHERE name = 'change'") ?? 0
    }

    /// Writes down who made the changes after `sequence`, and when.
    ///
    /// At the end of a transaction, and not by the triggers: they know no author.
    static func sign(
        _ database: SQLiteConnection,
        after sequence: Int64,
        _ author: Author,
        at time: Int64
    ) throws(SQLiteError) {
        guard try last(database) != sequence else { return }
        try database.execute(
            "UPDATE change SET author = ?, time = ? WHERE sequence > ?",
            [author.text, time, sequence]
        )
    }

    /// The changes after `sequence`; the log has at most `changesMax` entries.
    static func changes(
        _ database: SQLiteConnection,
        after sequence: Int64
    ) throws(SQLiteError) -> Changes {
        let last = try last(database)
        let position = ChangePosition(last)
        if last == sequence { return .some(position: position, []) }
        let first: Int64? = try database.value("SELECT min(sequence) FROM change")
        // A reader ahead of the log saw a database that was since replaced by an older one.
        guard let first, first - 1 <= sequence, sequence <= last else {
            return .reload(position: position)
        }
        var places: [Change: Int] = [:]
        var list: [Change] = []
        let rows = try database.rows(
            "SELECT kind, id, author, time FROM change WHERE sequence > ? ORDER BY sequence",
            [sequence]
        )
        while try rows.next() {
            // An entry of a kind that this version does not know concerns nothing it holds.
            guard let kind = Change.Kind(rawValue: try rows[0]) else { continue }
            let thing = Change(kind: kind, id: try rows[1])
            var change = thing
            change.author = (try rows[2] as String?).flatMap(Author.init(text:))
            change.time = try rows[3]
            if let place = places[thing] {
                list[place] = change
            } else {
                places[thing] = list.count
                list.append(change)
            }
        }
        return .some(position: position, list)
    }
}

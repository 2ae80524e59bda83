// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

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
    static func changes(_ database: SQLiteConnection, after sequence: Int64) throws -> Changes {
        try ChangeTable.changes(database, after: sequence, last: try last(database))
    }
}

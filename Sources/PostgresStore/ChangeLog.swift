// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

/// The tables `change` and `change_position`, which triggers fill.
enum ChangeLog {
    /// The number of the newest change; 0 before the first.
    static func last(_ database: PostgresConnection) throws -> Int64 {
        try database.value("SELECT value FROM change_position") ?? 0
    }

    /// The changes after `sequence`; the log has at most `changesMax` entries.
    static func changes(_ database: PostgresConnection, after sequence: Int64) throws -> Changes {
        try ChangeTable.changes(database, after: sequence, last: try last(database))
    }
}

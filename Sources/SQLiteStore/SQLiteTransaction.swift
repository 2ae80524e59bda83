// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The registrations of one transaction, for reading or for writing too.
///
/// Ends with the call that made it, and is confined to its thread. The extensions have the
/// operations on each kind of record.
struct SQLiteTransaction {
    let database: SQLiteConnection
    /// The database's path, for errors.
    let path: String
    /// The time that the caller of `write` gave; 0 in a transaction that only reads.
    let time: Int64
    /// Takes each change down; nil in a transaction that only reads.
    let audit: AuditWriter?
    /// Told of each error of SQLite before it becomes a `StoreError`.
    let note: (any Error) -> Void

    /// Runs `body`, and translates SQLite's errors to the store's.
    func attempt<Value>(
        _ body: (SQLiteConnection) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try body(database)
        } catch {
            note(error)
            throw StoreError(error, at: path)
        }
    }

    /// `.conflict` where a row with this key is there, since the update of its version met none.
    func requireChange(
        _ table: String,
        key column: String,
        _ id: String,
        absent: StoreError,
        conflict subject: StoreError.Subject
    ) throws {
        guard database.changes == 0 else { return }
        let found: Int? = try database.value("SELECT 1 FROM \(table) WHERE \(column) = ?", [id])
        throw found == nil ? absent : StoreError.conflict(subject, id)
    }
}

extension SQLiteTransaction: RegistrationWriter {
    func position() throws(StoreError) -> ChangePosition {
        try attempt { ChangePosition(try ChangeLog.last($0)) }
    }
}

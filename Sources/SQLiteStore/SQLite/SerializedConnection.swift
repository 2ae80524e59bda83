// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Glibc
internal import Reactor
internal import Synchronization

/// A connection that threads use one after another.
final class SerializedConnection: Sendable {
    private let connection: Lock<SQLiteConnection?>
    /// The thread that has the lock, 0 for none.
    private let holder = Atomic<UInt>(0)

    /// Opens a connection as `SQLiteConnection.open` does, runs `setup`, and looks at the schema.
    init(
        _ path: String,
        _ access: SQLiteConnection.Access,
        busyMilliseconds: Int32,
        setup: String = ""
    ) throws(SQLiteError) {
        let opened = try SQLiteConnection.open(path, access, busyMilliseconds: busyMilliseconds)
        try opened.executeScript(setup)
        try opened.requireDatabase()
        connection = Lock(opened)
    }

    /// Runs `body` outside a transaction, when no other thread uses the connection.
    ///
    /// `body` must not use this connection by another way than its argument.
    func withConnection<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        let thread = UInt(pthread_self())
        precondition(holder.load(ordering: .relaxed) != thread, "calls do not nest")
        return try connection.withLock { connection in
            guard let connection else {
                throw SQLiteError(code: SQLITE_MISUSE, message: "the database is closed")
            }
            holder.store(thread, ordering: .relaxed)
            defer { holder.store(0, ordering: .relaxed) }
            return try body(connection)
        }
    }

    /// Runs `body` in one immediate transaction.
    func write<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try withConnection { try $0.write(body) }
    }

    /// Runs `body` in one deferred transaction.
    func read<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try withConnection { try $0.read(body) }
    }

    /// Closes the connection, after the last call that uses it.
    func close() {
        connection.withLock { $0 = nil }
    }
}

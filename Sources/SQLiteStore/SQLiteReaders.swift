// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// A pool of connections for reading, one for each read under way: no read waits for a long one.
///
/// As many as there are threads that read; a few idle ones stay open.
final class SQLiteReaders: Sendable {
    private static let idleMax = 2

    private let open: @Sendable () throws(SQLiteError) -> SerializedConnection
    private let idle: Lock<[SerializedConnection]>

    /// Opens the first one at once.
    init(
        _ open: @escaping @Sendable () throws(SQLiteError) -> SerializedConnection
    ) throws(SQLiteError) {
        self.open = open
        idle = Lock([try open()])
    }

    /// Runs `body` in one deferred transaction.
    func read<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        let connection = try idle.withLock { $0.popLast() } ?? open()
        defer {
            idle.withLock { idle in
                if idle.count < Self.idleMax { idle.append(connection) }
            }
        }
        return try connection.read(body)
    }

    /// Closes what is idle; a read that goes on closes its own.
    func close() {
        for connection in idle.takeAll() { connection.close() }
    }
}

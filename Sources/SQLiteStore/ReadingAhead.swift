// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Storage

/// Reading a database while another thread checks the whole of it, which takes about as long.
extension Inspection {
    /// As a thorough `schemaVersion`, and has `body` read the database meanwhile; whether what it
    /// has read is what the database holds.
    ///
    /// For a caller that holds the directory's lock for opening. Only a database that no program
    /// has open is read: without locks, as by the check, so that one which is refused is left as it
    /// was. `body` is not called for an older schema or beside a log, and what it has read does not
    /// count where it throws or the file was written meanwhile.
    static func schemaVersion(
        at path: String,
        supported: Int,
        readingAhead body: (SQLiteConnection) throws -> Void
    ) throws(StoreError) -> (version: Int, isRead: Bool) {
        let version = try schemaVersion(at: path, supported: supported, thorough: false)
        guard version == supported, !isLive(path), let stamp = try? DataFile.stamp(path),
            let check = try? ConcurrentCheck(of: path, supported: supported)
        else {
            return (
                try schemaVersion(at: path, supported: supported, thorough: true),
                false
            )
        }
        let isRead = (try? read(path, body)) != nil
        let checked = try check.result()
        return (checked, isRead && !isLive(path) && (try? DataFile.stamp(path)) == stamp)
    }

    private static func read(
        _ path: String,
        _ body: (SQLiteConnection) throws -> Void
    ) throws {
        let connection = try SQLiteConnection.open(
            path,
            .immutable,
            busyMilliseconds: SQLiteDatabase.busyMilliseconds
        )
        try connection.read(body)
    }
}

/// A thorough inspection on a thread of its own.
private final class ConcurrentCheck: Sendable {
    private let found: Lock<Result<Int, StoreError>?>
    private let thread: Thread

    init(of path: String, supported: Int) throws(SystemError) {
        let found = Lock<Result<Int, StoreError>?>(nil)
        self.found = found
        thread = try Thread.start("check") {
            let result: Result<Int, StoreError>
            do throws(StoreError) {
                result = .success(
                    try Inspection.schemaVersion(at: path, supported: supported, thorough: true)
                )
            } catch {
                result = .failure(error)
            }
            found.withLock { $0 = result }
        }
    }

    /// The schema's version, when the check has ended; throws what it has found.
    ///
    /// Once only.
    func result() throws(StoreError) -> Int {
        thread.join()
        guard let result = found.withLock({ $0 }) else {
            preconditionFailure("a check that has ended has a result")
        }
        return try result.get()
    }
}

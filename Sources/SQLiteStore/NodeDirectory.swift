// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage

/// A node's own folder where the shared state is elsewhere: its lock, and what it makes for itself.
package final class NodeDirectory: Sendable {
    /// The folder, absolute.
    package let path: String
    /// Warnings about its mode, for the operator.
    package let warnings: [String]
    /// Held by the one server of the folder.
    private let serverLock: FileLock?

    /// Opens the folder at `path`, and makes it where it is missing.
    ///
    /// `.locked` where another server has it, and `.notEmpty` where it has a database of its own
    /// that was not moved: its registrations would not be served, without a word.
    package static func open(
        _ path: String,
        as role: SQLiteDatabase.Role
    ) throws(StoreError) -> NodeDirectory {
        try NodeDirectory(DataDirectory(path), role)
    }

    private init(
        _ directory: DataDirectory,
        _ role: SQLiteDatabase.Role
    ) throws(StoreError) {
        warnings = try directory.prepare()
        path = directory.path
        guard role == .server else {
            serverLock = nil
            return
        }
        if FileSystem.isRoot { try directory.requireOwn() }
        guard !DataDirectory.exists(directory.databasePath) || directory.isOfSharedStore else {
            throw StoreError(
                .notEmpty,
                "\(directory.databasePath) is a store of its own, which is not served beside one"
                    + " in PostgreSQL",
                of: .file(directory.databasePath)
            )
        }
        _ = try directory.makePrivate(directory.serverLockPath)
        _ = try directory.makePrivate(directory.sharedStorePath)
        let lock = try SQLiteDatabase.lockForServer(directory)
        lock.writeProcessID()
        serverLock = lock
    }

    /// Restricts the file at `path`, as `SQLiteDatabase.makePrivate` does.
    package func makePrivate(_ path: String) throws(StoreError) -> String? {
        try DataDirectory(self.path).makePrivate(path)
    }
}

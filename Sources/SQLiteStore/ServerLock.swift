// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// The lock of a directory's one server, which commands take for what no server may see.
extension SQLiteDatabase {
    static func lockForServer(_ directory: DataDirectory) throws(StoreError) -> FileLock {
        try lock(
            directory,
            .locked,
            "the data directory \(directory.path) is held by another server"
        )
    }

    static func lockForMigration(
        _ directory: DataDirectory
    ) throws(StoreError) -> FileLock {
        try lock(
            directory,
            .olderVersion,
            "the database in \(directory.path) is from an older version, and a server of that"
                + " version is using it"
        )
    }

    static func lockForCreation(
        _ directory: DataDirectory
    ) throws(StoreError) -> FileLock {
        try lock(
            directory,
            .replaced,
            "\(directory.databasePath) is gone, and a server is running that has it open"
        )
    }

    /// Takes the server's lock; where a server holds it, throws `reason` with its process.
    private static func lock(
        _ directory: DataDirectory,
        _ kind: StoreError.Kind,
        _ reason: String
    ) throws(StoreError) -> FileLock {
        let path = directory.serverLockPath
        if let lock = try FileLock.soon(path: path) { return lock }
        let holder = FileLock.processID(path: path).map { " (process \($0))" } ?? ""
        throw StoreError(kind, reason + holder)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Storage

/// Makes the database of a data directory that has none.
///
/// Atomic: filled under another name, and then renamed, so that an empty file in its place has lost
/// its content, and is never one that is still to be filled.
enum Creation {
    /// The caller holds the directory's lock for opening.
    static func makeDatabase(
        in directory: DataDirectory,
        _ migrations: [Migration],
        pageCountMax: Int?
    ) throws(StoreError) {
        let path = directory.databasePath
        // SQLite would play a log into whichever database has its name.
        for log in directory.logPaths where DataDirectory.exists(log) {
            throw StoreError(
                .corrupt,
                "\(path) is missing, and its log \(log) is there; nothing was changed",
                of: .file(log)
            )
        }
        let folder = directory.creationPath
        FileSystem.remove(folder)
        defer { FileSystem.remove(folder) }
        do {
            try FileSystem.makeDirectory(folder)
            let unfinished = folder + "/handfast.db"
            _ = try DataFile.create(unfinished)
            try fill(unfinished, migrations, pageCountMax, AuditKeyFile(besideDatabase: path))
            try chooseLog(at: unfinished)
            try DataFile.publish(unfinished, as: path)
        } catch let error as SystemError {
            throw StoreError(
                error.storeKind,
                "\(path) cannot be made (\(error.cause))",
                of: .file(directory.path)
            )
        } catch {
            // By the name that it would have had: the other one is gone.
            throw StoreError(error, at: path)
        }
    }

    /// In one transaction with a rollback journal: all that was written stands in the file then.
    private static func fill(
        _ path: String,
        _ migrations: [Migration],
        _ pageCountMax: Int?,
        _ key: AuditKeyFile
    ) throws {
        let connection = try SQLiteConnection.open(
            path,
            .readWrite,
            busyMilliseconds: SQLiteDatabase.busyMilliseconds
        )
        let bound = pageCountMax.map { "PRAGMA max_page_count = \($0);" } ?? ""
        try connection.executeScript("PRAGMA synchronous = FULL; \(bound)")
        try connection.write { try Migration.migrate($0, through: migrations, key) }
    }

    /// Has the database at `path` keep a write-ahead log from now on.
    ///
    /// Before it is published: a program that is killed in this switch leaves a journal, which a
    /// reader cannot roll back.
    static func chooseLog(at path: String) throws(SQLiteError) {
        let connection = try SQLiteConnection.open(
            path,
            .readWrite,
            busyMilliseconds: SQLiteDatabase.busyMilliseconds
        )
        try connection.executeScript("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;")
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage
package import Tables

/// The move of everything in a data directory to a store that nodes share.
extension SQLiteDatabase {
    /// Runs `body` with the database, to which no program writes meanwhile.
    ///
    /// `.moved` where it was moved before, and `.newerVersion` where there is more in it than this
    /// program knows. A directory that `body` has marked is served no more
    /// without a shared store, and takes no writes.
    package func moving<Value>(_ body: (CopySource) throws -> Value) throws(StoreError) -> Value {
        let folder = DataDirectory(directory)
        return try withWriter { database in
            let version: Int = try database.value("PRAGMA user_version") ?? 0
            guard version <= Migration.all.last?.version ?? 0 else {
                throw StoreError(
                    .newerVersion,
                    "\(folder.databasePath) is from a newer version of handfast, and may hold what"
                        + " this program would leave behind",
                    of: .file(folder.databasePath)
                )
            }
            return try body(
                CopySource(
                    database,
                    at: directory,
                    mark: { try folder.markShared() },
                    unmark: { DataFile.remove(folder.sharedStorePath) }
                )
            )
        }
    }

    /// The database of a transaction that writes; throws where it was moved.
    func unmoved(_ database: SQLiteConnection) throws(StoreError) -> SQLiteConnection {
        try DataDirectory(directory).requireUnmoved()
        return database
    }
}

extension DataDirectory {
    /// Says durably, to programs and people, that the folder's registrations are elsewhere.
    func markShared() throws(StoreError) {
        do {
            let text = Array(Self.sharedStoreText.utf8)
            try DataFile.write(text, to: sharedStorePath, isPrivate: true)
        } catch {
            throw StoreError(
                error.storeKind,
                "\(sharedStorePath) cannot be made (\(error.cause))",
                of: .file(path)
            )
        }
    }

    /// Throws where the database was moved: a refresh token that is good there would be good here
    /// too.
    func requireUnmoved() throws(StoreError) {
        guard isOfSharedStore else { return }
        throw StoreError(
            .moved,
            "\(databasePath) was moved to a store that nodes share, as \(sharedStorePath) says",
            of: .file(databasePath)
        )
    }

    /// Throws where the folder, which has no database, is of a node with another store.
    func requireNoSharedStore() throws(StoreError) {
        guard isOfSharedStore else { return }
        throw StoreError(
            .moved,
            "\(path) is of a node whose store is shared, as \(sharedStorePath) says, and no"
                + " database is made there",
            of: .file(sharedStorePath)
        )
    }
}

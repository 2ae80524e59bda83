// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Glibc
internal import Reactor
public import Storage
internal import Tables

/// A data directory that is being filled from a backup; no other program can open it meanwhile.
///
/// Files are first put into a directory of their own inside it, and appear at `finish`, the
/// database last: without it there is no data directory. `abandon` takes everything away again.
public final class Restoration {
    /// The directory in which files are staged before they are moved into place.
    public let staging: String
    /// Warnings about the directory, for the operator.
    public let warnings: [String]

    private let directory: DataDirectory
    private let isMade: Bool
    private var locks: [FileLock] = []

    private static let stagingName = "restore.partial"
    private static let database = "handfast.db"

    /// Begins in `path`, which must be absent or empty.
    ///
    /// The leftover of an interrupted restoration counts as nothing.
    public init(in path: String) throws(StoreError) {
        let directory = DataDirectory(path)
        self.directory = directory
        staging = "\(directory.path)/\(Self.stagingName)"
        isMade = !DataDirectory.exists(directory.path)
        if !isMade {
            // Files of another user than the directory's could not be served from it.
            try directory.requireOwn()
            try Self.requireEmpty(directory)
        }
        warnings = try directory.prepare()
        do throws(StoreError) {
            try lock()
            // Again, because a server may have started meanwhile.
            try Self.requireEmpty(directory)
            try makeStaging()
        } catch {
            abandon()
            throw error
        }
    }

    /// Moves the content of `backup` into place; refuses a backup whose digest is not the
    /// `expected` one.
    ///
    /// Removes everything again on failure.
    package func fill(
        from backup: borrowing BackupReader,
        expecting expected: Digest256?
    ) throws {
        do {
            let found = try backup.extract(to: staging, of: directory.path)
            if let expected, found.digest != expected {
                throw BackupError.another(backup.source, digest: found.digest.hexadecimal)
            }
            try inspect(backup.source)
            try prepareDatabase()
            try finish(found.names)
        } catch {
            abandon()
            throw error
        }
    }

    /// Errors call the database by its place and not by that of the staged one, which goes away.
    private func prepareDatabase() throws(StoreError) {
        let path = "\(staging)/\(Self.database)"
        do {
            try Self.forgetCodes(in: path)
            try Creation.chooseLog(at: path)
        } catch {
            throw StoreError(error, at: directory.databasePath)
        }
    }

    /// Removes codes and pushed requests: each may have been used since the backup, and lives for
    /// minutes only.
    private static func forgetCodes(in path: String) throws {
        let database = try SQLiteConnection.open(
            path,
            .readWrite,
            busyMilliseconds: SQLiteDatabase.busyMilliseconds
        )
        try database.executeScript("PRAGMA synchronous = FULL")
        try database.write { database in
            for table in [GrantTable.code, .pushedRequest].map(\.rawValue) {
                // A backup of an older version has no such table.
                let found: Int? = try database.value(
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
                    [table]
                )
                if found != nil { try database.execute("DELETE FROM \(table)") }
            }
        }
    }

    /// Refuses a database that is damaged, another program's or a newer version's, and calls it by
    /// the backup that it comes from: it goes away with the error.
    private func inspect(_ source: String) throws {
        do throws(StoreError) {
            _ = try Inspection.schemaVersion(
                at: "\(staging)/\(Self.database)",
                called: source,
                supported: Migration.all.map(\.version).max() ?? 0,
                thorough: true
            )
        } catch {
            switch error.kind {
            case .corrupt, .newerVersion: throw BackupError.unusable(error)
            default: throw error
            }
        }
    }

    /// Moves the files of these names from `staging` into place; they are synced already.
    private func finish(_ names: [String]) throws(StoreError) {
        let order = names.filter { $0 != Self.database } + [Self.database]
        do throws(SystemError) {
            for name in order {
                // Durable when it returns; it refuses a name that is taken.
                try DataFile.publish("\(staging)/\(name)", as: "\(directory.path)/\(name)")
            }
        } catch {
            // A file that is not in `staging` any more is the one that has the name.
            for name in order where !DataFile.exists("\(staging)/\(name)") { remove(name) }
            throw StoreError(
                error.isDiskFull ? .full : .inputOutput,
                "\(directory.path) cannot be filled (\(error.cause))",
                of: .file(directory.path)
            )
        }
        remove(Self.stagingName)
        locks = []
    }

    /// Removes the files, and the directory if it was made here.
    public func abandon() {
        // Without a lock on both, another program has the directory, and the files are its own.
        if locks.count == 2 {
            remove(Self.stagingName)
            for path in [directory.serverLockPath, directory.openLockPath] {
                FileSystem.remove(path)
            }
            let left = try? Folder.names(in: directory.path)
            if isMade, left?.isEmpty == true { FileSystem.remove(directory.path) }
        }
        locks = []
    }

    private func lock() throws(StoreError) {
        for path in [directory.serverLockPath, directory.openLockPath] {
            _ = try directory.makePrivate(path)
            guard let lock = try FileLock.soon(path: path) else {
                throw StoreError(
                    .locked,
                    "another program is using \(directory.path)",
                    of: .file(directory.path)
                )
            }
            locks.append(lock)
        }
    }

    private func makeStaging() throws(StoreError) {
        remove(Self.stagingName)
        FileSystem.remove(directory.creationPath)
        do {
            try FileSystem.makeDirectory(staging)
        } catch {
            throw StoreError(
                error.storeKind,
                "nothing can be made in \(directory.path) (\(error.cause))",
                of: .file(directory.path)
            )
        }
    }

    private static func requireEmpty(_ directory: DataDirectory) throws(StoreError) {
        let names: [String]
        do {
            names = try Folder.names(in: directory.path)
        } catch {
            throw StoreError(
                .directory,
                "\(directory.path) cannot be looked into (\(error.cause))",
                of: .file(directory.path)
            )
        }
        let ours = [
            directory.serverLockPath, directory.openLockPath, directory.creationPath,
            "/" + stagingName,
        ]
        let found = names.sorted().first { name in !ours.contains { $0.hasSuffix("/" + name) } }
        guard let found else { return }
        throw StoreError(
            .notEmpty,
            "\(directory.path) is not empty (there is \(found)), and nothing there is overwritten",
            of: .file(directory.path)
        )
    }

    private func remove(_ name: String) {
        FileSystem.remove("\(directory.path)/\(name)")
    }
}

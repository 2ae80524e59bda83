// SPDX-License-Identifier: Apache-2.0
public import Storage
internal import Synchronization

/// The durable state of one data directory: clients, users, keys.
///
/// Every writing call is one transaction and durable when it returns: WAL with `synchronous=FULL`.
/// All calls block, so none belongs on a reactor thread. Any number of programs may have the same
/// directory open; each learns of the others' writes by `dataVersion()` and `changes(after:)`.
public final class Store: Sendable {
    /// Who opens the directory.
    public enum Role: Sendable {
        /// The one server of the directory: takes its lock and checks the whole database first.
        case server
        /// A command; works beside a running server.
        case tool
    }

    /// The data directory, absolute.
    public let directory: String
    /// What the operator should know about the directory and the modes of its files.
    public let warnings: [String]

    private let reader: SerializedConnection
    private let writer: SerializedConnection
    private let serverLock: FileLock?
    private let databasePath: String
    /// Set once a sync has failed: what the kernel dropped then is lost, whatever it says later.
    private let syncFailed = Atomic<Bool>(false)

    /// How long a call waits for another process's write before it throws `.busy`.
    static let busyMilliseconds: Int32 = 2_000

    /// Commands check the whole of a database up to this size, in well under a tenth of a second;
    /// a larger one is checked by the server only.
    private static let checkedByToolsBytesMax = 16 << 20

    /// Opens the store in `directory`, making both where they are missing.
    public static func open(directory: String, as role: Role) throws(StoreError) -> Store {
        try Store(directory: DataDirectory(directory), role: role, migrations: Migration.all)
    }

    /// `pageCountMax` bounds the file, in pages of 4096 bytes.
    init(
        directory: DataDirectory,
        role: Role,
        migrations: [Migration],
        pageCountMax: Int? = nil
    ) throws(StoreError) {
        var warnings = try directory.prepare()
        for file in [directory.openLockPath, directory.serverLockPath] {
            _ = try directory.makePrivate(file)
        }
        let serverLock = role == .server ? try Self.lockForServer(directory) : nil
        let openLock = try FileLock.wait(path: directory.openLockPath)
        defer { withExtendedLifetime(openLock) {} }

        let path = directory.databasePath
        let supported = migrations.map(\.version).max() ?? 0
        let version = try Inspection.schemaVersion(
            at: path,
            supported: supported,
            thorough: role == .server
                || FileSystem.size(path) <= Self.checkedByToolsBytesMax
        )
        // A server of the older version would not understand what we made of its tables.
        let migrationLock =
            role == .tool && 0 < version && version < supported
            ? try Self.lockForMigration(directory) : nil
        defer { withExtendedLifetime(migrationLock) {} }

        for file in [path, path + "-wal", path + "-shm"]
        where file == path || DataDirectory.exists(file) {
            if let warning = try directory.makePrivate(file) { warnings.append(warning) }
        }
        do {
            writer = try Self.connectForWriting(path, pageCountMax: pageCountMax)
            // A command that only reads must not wait for another program's write.
            if version < supported {
                try writer.write { try Migration.migrate($0, through: migrations) }
            }
            reader = try Self.connectForReading(path)
        } catch {
            throw StoreError(error, at: path)
        }
        // Only now: what is refused is left as it was, this file included.
        serverLock?.writeProcessID()
        self.directory = directory.path
        self.warnings = warnings
        self.serverLock = serverLock
        self.databasePath = path
    }

    deinit {
        // In this order: the last connection to close folds the log back, and must be able to.
        reader.close()
        writer.close()
    }

    /// A number that changes when another connection has committed, this store's writer included.
    ///
    /// Costs a few microseconds; meant to be polled.
    public func dataVersion() throws(StoreError) -> Int64 {
        do {
            return try reader.withConnection { try $0.value("PRAGMA data_version") ?? 0 }
        } catch {
            throw StoreError(error, at: databasePath)
        }
    }

    // MARK: Access for the rest of the module

    func read<Value>(_ body: (SQLiteConnection) throws -> Value) throws(StoreError) -> Value {
        do {
            return try reader.read(body)
        } catch {
            throw StoreError(error, at: databasePath)
        }
    }

    /// Runs `body` in one immediate transaction, which is durable when this returns.
    func write<Value>(_ body: (SQLiteConnection) throws -> Value) throws(StoreError) -> Value {
        guard !syncFailed.load(ordering: .acquiring) else {
            throw StoreError(
                .inputOutput,
                "nothing was written: an earlier sync of \(databasePath) failed",
                remedy: "check the disk, then restart"
            )
        }
        do {
            return try writer.write(body)
        } catch {
            noteSyncFailure(error)
            throw StoreError(error, at: databasePath)
        }
    }

    /// A reader of its own for long scans, so that they do not hold up the short reads.
    func scan<Value>(_ body: (SQLiteConnection) throws -> Value) throws {
        _ = try Self.connectForReading(databasePath).read(body)
    }

    /// Writes the state of this moment to a new database at `path`; others may write meanwhile.
    func copyDatabase(to path: String) throws(StoreError) {
        do {
            try writer.withConnection { try $0.execute("VACUUM INTO ?", [path]) }
        } catch {
            throw StoreError(error, at: path)
        }
    }

    var path: String { databasePath }

    // MARK: Opening

    private static func lockForServer(_ directory: DataDirectory) throws(StoreError) -> FileLock {
        guard let lock = FileLock.soon(path: directory.serverLockPath) else {
            throw StoreError(
                .locked,
                "the data directory \(directory.path) is held by another server"
                    + holder(directory),
                remedy: "stop that server, or give this one a directory of its own"
            )
        }
        return lock
    }

    private static func lockForMigration(
        _ directory: DataDirectory
    ) throws(StoreError) -> FileLock {
        guard let lock = FileLock.soon(path: directory.serverLockPath) else {
            throw StoreError(
                .locked,
                "the database in \(directory.path) is from an older version, and a server of that"
                    + " version is using it" + holder(directory),
                remedy: "restart the server with this version first"
            )
        }
        return lock
    }

    private static func holder(_ directory: DataDirectory) -> String {
        FileLock.processID(path: directory.serverLockPath).map { " (process \($0))" } ?? ""
    }

    private static func connectForWriting(
        _ path: String,
        pageCountMax: Int?
    ) throws(SQLiteError) -> SerializedConnection {
        let bound = pageCountMax.map { "PRAGMA max_page_count = \($0);" } ?? ""
        return try SerializedConnection(
            path,
            .readWrite,
            busyMilliseconds: busyMilliseconds,
            setup: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \(bound)"
        )
    }

    private static func connectForReading(
        _ path: String
    ) throws(SQLiteError) -> SerializedConnection {
        try SerializedConnection(path, .readOnly, busyMilliseconds: busyMilliseconds)
    }

    private func noteSyncFailure(_ error: any Error) {
        guard let error = error as? SQLiteError, error.isFailedSync else { return }
        syncFailed.store(true, ordering: .releasing)
    }
}

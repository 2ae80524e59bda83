// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage
internal import Synchronization
package import Tables

/// Registrations and what the server notes beside them, in a file of SQLite in the data directory.
///
/// Every writing call is one transaction and durable when it returns: WAL with `synchronous=FULL`.
/// All calls block, so none belongs on a reactor thread. Any number of programs may have the same
/// directory open.
package final class SQLiteDatabase: Sendable {
    /// The program that opens the directory.
    package enum Role: Sendable {
        /// The one server of the directory: takes its lock and checks the whole database first.
        case server
        /// A command; works beside a running server.
        case tool
    }

    /// The data directory, absolute.
    package let directory: String
    /// Warnings about the directory and the modes of its files, for the operator.
    package let warnings: [String]
    /// Whether what was read ahead, while the database was opened, is what it held then.
    package let isReadAhead: Bool

    /// The database file.
    let path: String
    package let grantCounts = GrantRowCounts()
    private let readers: SQLiteReaders
    private let writer: SerializedConnection
    private let watch: ChangeWatch
    private let serverLock: FileLock?
    /// The file that was opened.
    private let identity: FileIdentity?
    /// Set once a sync has failed: the pages that the kernel dropped then are lost, even if a later
    /// sync succeeds.
    private let syncFailed = Atomic<Bool>(false)

    /// The time that a call waits for another process's write before it throws `.busy`.
    static let busyMilliseconds: Int32 = 2_000

    /// Commands check the whole of a database up to this size, in well under a tenth of a second;
    /// a larger one is checked by the server only.
    private static let checkedByToolsBytesMax = 16 << 20

    /// The pages that a transaction of a command keeps in memory, while it runs.
    private static let toolCacheKiB = 65_536

    /// Whether there is a database in `directory`; throws where that cannot be found out.
    package static func isMade(in directory: String) throws(StoreError) -> Bool {
        do throws(SystemError) {
            let directory = DataDirectory(directory)
            // A mark of a shared store is refused with its reason, by those who open it.
            return try DataFile.kind(directory.databasePath, followsLinks: false) != nil
                || directory.isOfSharedStore
        } catch {
            throw StoreError(
                .unavailable,
                "the data directory \(directory) cannot be looked into (\(error.reason))",
                of: .file(directory)
            )
        }
    }

    /// Opens the store in `directory`, making both where they are missing.
    ///
    /// `readingAhead` may read the registrations of a server's database while that is checked; what
    /// it has read counts where `isReadAhead` says so.
    package static func open(
        directory: String,
        as role: Role,
        readingAhead: ((any RegistrationReader) throws -> Void)? = nil
    ) throws(StoreError) -> SQLiteDatabase {
        try SQLiteDatabase(
            directory: DataDirectory(directory),
            role: role,
            migrations: Migration.all,
            readingAhead: readingAhead
        )
    }

    /// `pageCountMax` bounds the file, in pages of 4096 bytes.
    init(
        directory: DataDirectory,
        role: Role,
        migrations: [Migration],
        pageCountMax: Int? = nil,
        readingAhead: ((any RegistrationReader) throws -> Void)? = nil
    ) throws(StoreError) {
        var warnings = try directory.prepare()
        if role == .server, FileSystem.isRoot { try directory.requireOwn() }
        for file in [directory.openLockPath, directory.serverLockPath] {
            _ = try directory.makePrivate(file)
        }
        let serverLock = role == .server ? try Self.lockForServer(directory) : nil
        let openLock = try FileLock.wait(path: directory.openLockPath)
        defer { withExtendedLifetime(openLock) {} }

        let path = directory.databasePath
        for file in [path] + directory.sidePaths {
            try DataDirectory.requireFile(file)
            try directory.requireOwn(file)
        }
        if !DataDirectory.exists(path) {
            try directory.requireNoSharedStore()
            // A server without its file would not see what is written to another one.
            let creationLock = role == .tool ? try Self.lockForCreation(directory) : nil
            defer { withExtendedLifetime(creationLock) {} }
            try Creation.makeDatabase(in: directory, migrations, pageCountMax: pageCountMax)
        }
        if role == .server { try directory.requireUnmoved() }
        let supported = migrations.map(\.version).max() ?? 0
        let version: Int
        if role == .server, let readingAhead {
            (version, isReadAhead) = try Inspection.schemaVersion(
                at: path,
                supported: supported
            ) { database in
                let parts = SQLiteParts(database: database, path: path) { _ in }
                try readingAhead(StoreTransaction(database, parts, at: 0, nil))
            }
        } else {
            version = try Inspection.schemaVersion(
                at: path,
                supported: supported,
                thorough: role == .server
                    || FileSystem.size(path) <= Self.checkedByToolsBytesMax
            )
            isReadAhead = false
        }
        // A server of the older version could not use the migrated tables.
        let migrationLock =
            role == .tool && version < supported
            ? try Self.lockForMigration(directory) : nil
        defer { withExtendedLifetime(migrationLock) {} }

        // Left by a program that was killed after the database had appeared.
        FileSystem.remove(directory.creationPath)
        let files = [path] + directory.sidePaths + directory.auditKeyPaths
        for file in files where file == path || DataDirectory.exists(file) {
            if let warning = try directory.makePrivate(file) { warnings.append(warning) }
        }
        do {
            writer = try Self.connectForWriting(path, role, pageCountMax: pageCountMax)
            // A command that only reads must not wait for another program's write.
            if version < supported {
                let key = AuditKeyFile(besideDatabase: path)
                try writer.write { try Migration.migrate($0, through: migrations, key) }
            }
            let connect: @Sendable () throws(SQLiteError) -> SerializedConnection = {
                () throws(SQLiteError) in try Self.connectForReading(path)
            }
            readers = try SQLiteReaders(connect)
            watch = ChangeWatch(connect)
        } catch {
            throw StoreError(error, at: path)
        }
        // Only now: what is refused is left as it was, this file included.
        serverLock?.writeProcessID()
        self.directory = directory.path
        self.warnings = warnings
        self.serverLock = serverLock
        self.path = path
        identity = FileSystem.identity(path)
    }

    deinit {
        // In this order: the last connection to close folds the log back, and must be able to.
        readers.close()
        watch.close()
        writer.close()
    }

    // MARK: Access for the rest of the module

    package func withReader<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try readers.read(body)
        } catch {
            throw StoreError(error, at: path)
        }
    }

    package func corrupt(_ finding: String) -> StoreError { .corrupt(path, finding) }

    /// Runs `body` in one immediate transaction, which is durable when this returns.
    package func withWriter<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value {
        try requireSameFile()
        try requireSynced()
        do {
            return try writer.write { try body(unmoved($0)) }
        } catch {
            noteSyncFailure(error)
            throw StoreError(error, at: path)
        }
    }

    /// Writes the state of this moment to a new database at `copy`; others may write meanwhile.
    func copyDatabase(to copy: String) throws(StoreError) {
        do {
            try writer.withConnection { try $0.execute("VACUUM INTO ?", [copy]) }
        } catch {
            let failure = StoreError(error, at: path)
            switch failure.kind {
            // Errors about the copy, which is removed: the directory is named in its place.
            case .full, .inputOutput, .readOnly, .unavailable:
                let cause = (error as? SQLiteError)?.message ?? "\(error)"
                throw StoreError(
                    failure.kind,
                    "no copy of \(path) can be made beside it (\(cause))",
                    of: .file(directory)
                )
            default: throw failure
            }
        }
    }

    // MARK: Opening

    private static func connectForWriting(
        _ path: String,
        _ role: Role,
        pageCountMax: Int?
    ) throws(SQLiteError) -> SerializedConnection {
        var bound = pageCountMax.map { "PRAGMA max_page_count = \($0);" } ?? ""
        // A command's transaction may be as large as all registrations; pages that do not fit are
        // written out and read again, many times.
        if role == .tool { bound += "PRAGMA cache_size = -\(toolCacheKiB);" }
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

    /// SQLite goes on with a file that has lost its name, and what is written there is lost.
    private func requireSameFile() throws(StoreError) {
        guard FileSystem.identity(path) != identity else { return }
        throw StoreError(
            .replaced,
            "\(path) is not the file any more that was opened: it was moved, removed or replaced",
            of: .file(path)
        )
    }

    private func requireSynced() throws(StoreError) {
        guard syncFailed.load(ordering: .acquiring) else { return }
        throw StoreError(
            .inputOutput,
            "nothing was written: an earlier sync of \(path) failed",
            of: .file(path)
        )
    }

    private func noteSyncFailure(_ error: any Error) {
        guard let error = error as? SQLiteError, error.isFailedSync else { return }
        syncFailed.store(true, ordering: .releasing)
    }
}

extension SQLiteDatabase: TableStore {
    package func recordUses(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?
    ) throws(StoreError) -> UsesWritten {
        try withWriter { try UsedAssertionTable.record(uses, now: now, sweeping: byte, $0) }
    }

    package func forgetUses(now: StoreMoment, steadyMax: Int64) throws(StoreError) -> Int {
        try withWriter { try UsedAssertionTable.forget(now: now, steadyMax: steadyMax, $0) }
    }
}

extension SQLiteDatabase: RegistrationStore {
    package func read<Result>(
        _ body: (any RegistrationReader) throws -> Result
    ) throws -> Result {
        var bodyError: (any Error)?
        do {
            return try readers.read { database in
                do {
                    return try body(transaction(database))
                } catch {
                    bodyError = error
                    throw error
                }
            }
        } catch {
            throw bodyError ?? StoreError(error, at: path)
        }
    }

    package func write<Result>(
        by author: Author,
        at time: Int64,
        _ body: (any RegistrationWriter) throws -> Result
    ) throws -> Result {
        try requireSameFile()
        try requireSynced()
        var bodyError: (any Error)?
        var isRenewed = false
        defer { if isRenewed { settleAudit() } }
        do {
            return try writer.write { database in
                let before = try ChangeLog.last(unmoved(database))
                let key = AuditKeyFile(besideDatabase: path)
                let audit = AuditWriter(database, key, author, at: time)
                let result: Result
                do {
                    result = try body(transaction(database, at: time, audit))
                } catch {
                    bodyError = error
                    throw error
                }
                try audit.finish()
                try ChangeLog.sign(database, after: before, author, at: time)
                isRenewed = audit.isRenewed
                return result
            }
        } catch {
            if let bodyError { throw bodyError }
            noteSyncFailure(error)
            throw StoreError(error, at: path)
        }
    }

    /// Gives the key of a committed renewal its name, in a transaction of its own.
    ///
    /// Where that fails, the key counts under the name that it has, and the next change does it.
    func settleAudit() {
        try? writer.write { database in
            try AuditKeyFile(besideDatabase: path).settle(AuditTable.head(database))
        }
    }

    package func changes(after position: ChangePosition) throws(StoreError) -> Changes {
        do {
            return try readers.read { try ChangeLog.changes($0, after: position.value) }
        } catch {
            throw StoreError(error, at: path)
        }
    }

    package func waitForChange(
        after position: ChangePosition,
        milliseconds: Int
    ) throws(StoreError) -> Bool {
        try requireSameFile()
        do {
            return try watch.wait(after: position.value, milliseconds: milliseconds)
        } catch {
            throw StoreError(error, at: path)
        }
    }

    package func nudge() { watch.nudge() }

    private func transaction(
        _ database: SQLiteConnection,
        at time: Int64 = 0,
        _ audit: AuditWriter? = nil
    ) -> StoreTransaction {
        let parts = SQLiteParts(database: database, path: path, note: noteSyncFailure)
        return StoreTransaction(database, parts, at: time, audit)
    }
}

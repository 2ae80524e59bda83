// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage
internal import Synchronization
package import Tables

/// Registrations and what servers note beside them, in a database of PostgreSQL that any number of
/// nodes share.
///
/// Every writing call is one transaction, and as durable when it returns as the database is told to
/// make it. All calls block, each for a time of its own and no longer, so none belongs on a reactor
/// thread.
package final class PostgresDatabase: Sendable {
    /// The store's address without a password.
    package let address: String

    /// The time that a call waits for another program's write before it throws `.busy`.
    ///
    /// Longer than the second after which the database looks for a deadlock, which is then told as
    /// one and run again.
    private static let lockMilliseconds = 1_100
    /// The time after which the database ends a transaction of ours in which nothing happens: one
    /// that is stopped in the middle of its work stops no other for longer.
    private static let idleMilliseconds = 10_000
    /// Runs of a transaction that another one was in the way of.
    private static let attemptsMax = 5
    /// Connections of a node beside that of its watcher.
    private static let connectionsMax = 4
    /// The age of counts of rows, which other nodes change too.
    private static let countsMilliseconds: UInt64 = 30_000

    package let grantCounts = GrantRowCounts(for: countsMilliseconds)
    private let keyFile: StoreKeyFile
    private let pool: PostgresPool
    private let watch: PostgresWatch
    private let role: Role
    /// The hosts of a node that only reads, which may be standbys.
    private let standbys: PostgresHosts?
    /// Whether the tables were found to be those of this program.
    private let isSchemaKnown = Atomic<Bool>(false)

    /// Opens the store at `url`, whose secrets are wrapped under `keyFile`.
    ///
    /// `.unavailable` where the database cannot be reached, or its secrets are wrapped under a key
    /// that the file does not have; `.olderVersion` and `.newerVersion` where its tables are not
    /// those of this program, and `.readOnly` where a node's role lacks rights.
    package static func open(
        _ url: PostgresURL,
        keyFile: StoreKeyFile,
        as role: Role
    ) throws(StoreError) -> PostgresDatabase {
        let database = try PostgresDatabase(url, keyFile, role)
        try database.requireSchema()
        if role != .tool { try database.requireRights() }
        return database
    }

    /// The same for a node that can do without for now: whether the tables are those of this
    /// program is found out by the first call that reaches the database, and until then no other
    /// call is made.
    package static func openUnreached(
        _ url: PostgresURL,
        keyFile: StoreKeyFile,
        as role: Role
    ) throws(StoreError) -> PostgresDatabase {
        try PostgresDatabase(url, keyFile, role)
    }

    /// Sentences about settings of the database by which writes may be lost or repeated.
    package func warnings() throws(StoreError) -> [String] {
        do {
            return try reading { try PostgresRequirements.warnings($0) }
        } catch {
            throw StoreError(error, of: address)
        }
    }

    private init(
        _ url: PostgresURL,
        _ keyFile: StoreKeyFile,
        _ role: Role
    ) throws(StoreError) {
        do {
            _ = try PostgresLibrary.installed()
        } catch {
            throw StoreError(error, of: url.description)
        }
        let milliseconds = role.milliseconds
        address = url.description
        self.keyFile = keyFile
        let targets = role == .reader ? url.targetsOfReader : url.targets
        let hosts = PostgresHosts(targets, milliseconds: milliseconds)
        let connect: @Sendable () throws(PostgresError) -> PostgresConnection = {
            () throws(PostgresError) in try hosts.connect()
        }
        let pool = PostgresPool(
            connectionsMax: Self.connectionsMax,
            milliseconds: milliseconds,
            connect
        )
        self.pool = pool
        standbys = role == .reader ? hosts : nil
        watch = PostgresWatch(standbys, connect) { pool.noteReached() }
        self.role = role
    }

    deinit {
        pool.close()
        watch.close()
    }

    // MARK: Access for the rest of the module

    package func withReader<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try reading(body)
        } catch {
            throw StoreError(error, of: address)
        }
    }

    package func withWriter<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try writing { try body($0) }
        } catch {
            throw StoreError(error, of: address)
        }
    }

    package func corrupt(_ finding: String) -> StoreError { .corrupt(address, finding) }

    private func reading<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        try requireSchema()
        guard let standbys else { return try readingAnything(body) }
        return try readingAnything { connection in
            try standbys.note(ChangeLog.last(connection))
            return try body(connection)
        }
    }

    private func readingAnything<Value>(
        _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        try pool.with(
            begin: { (connection) throws(PostgresError) in
                try connection.script(Self.beginReading)
            }
        ) { connection in
            do {
                return try connection.finishing { try body(connection) }
            } catch let unknown as UnknownCommitError {
                // Nothing was to be committed.
                throw unknown.cause
            }
        }
    }

    /// Runs `body` in a transaction, and again where another one was in its way.
    private func writing<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        try requireWriter()
        try requireSchema()
        var attempts = 0
        while true {
            attempts += 1
            do {
                return try pool.with(
                    begin: { (connection) throws(PostgresError) in
                        try connection.script(beginWriting)
                    }
                ) { connection in
                    try connection.finishing(commitMilliseconds: role.commitMilliseconds) {
                        try body(connection)
                    }
                }
            } catch let error as PostgresError {
                guard error.isRetriable, attempts < Self.attemptsMax else { throw error }
            }
        }
    }

    /// The transaction of a reader: all of one moment.
    private static let beginReading = """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL statement_timeout = \(readMilliseconds)
        """
    /// The time after which the database ends a read, such as one whose reader has gone.
    private static let readMilliseconds = 60_000

    private var beginWriting: String {
        """
        BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = \(Self.lockMilliseconds);
        SET LOCAL statement_timeout = \(role.statementMilliseconds);
        SET LOCAL idle_in_transaction_session_timeout = \(Self.idleMilliseconds)
        """
    }

    private func requireWriter() throws(StoreError) {
        guard role == .reader else { return }
        throw StoreError(
            .reader,
            "this node only reads its store (store.mode: read)",
            of: .sharedStore
        )
    }

    private func requireRights() throws(StoreError) {
        do {
            try reading { connection in
                try PostgresRequirements.requireRights(
                    connection,
                    isReader: role == .reader,
                    of: address
                )
            }
        } catch {
            throw StoreError(error, of: address)
        }
    }

    /// Throws where the tables are not those of this program, or the key file not theirs.
    private func requireSchema() throws(StoreError) {
        guard !isSchemaKnown.load(ordering: .relaxed) else { return }
        do {
            try readingAnything { connection in
                try PostgresMigration.require(PostgresMigration.version(connection), of: address)
                _ = try PresentKey(connection, keyFile)
            }
        } catch {
            throw StoreError(error, of: address)
        }
        isSchemaKnown.store(true, ordering: .relaxed)
    }
}

extension PostgresDatabase: TableStore {
    /// The wall clock alone: the monotonic clocks of two nodes have nothing to do with each other.
    package func recordUses(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?
    ) throws(StoreError) -> UsesWritten {
        let uses = uses.map { UsedAssertion(digest: $0.digest, until: $0.until, steadyUntil: 0) }
        return try withWriter { database in
            let wall = StoreMoment(
                wall: min(now.wall, try storeTime(database) ?? now.wall),
                steady: 0
            )
            return try UsedAssertionTable.record(uses, now: wall, sweeping: byte, database)
        }
    }

    package func forgetUses(now: StoreMoment, steadyMax: Int64) throws(StoreError) -> Int {
        try withWriter { database in
            let wall = StoreMoment(
                wall: min(now.wall, try storeTime(database) ?? now.wall),
                steady: 0
            )
            return try UsedAssertionTable.forget(now: wall, steadyMax: 0, database)
        }
    }
}

extension PostgresDatabase: RegistrationStore {
    package func read<Result>(
        _ body: (any RegistrationReader) throws -> Result
    ) throws -> Result {
        var bodyError: (any Error)?
        do {
            return try reading { connection in
                do {
                    return try body(
                        StoreTransaction(connection, PostgresParts(connection, address, keyFile))
                    )
                } catch {
                    bodyError = error
                    throw error
                }
            }
        } catch {
            throw bodyError ?? StoreError(error, of: address)
        }
    }

    /// The head of the audit is locked from the beginning on: registrations are written by one
    /// transaction after another, as with SQLite.
    package func write<Result>(
        by author: Author,
        at time: Int64,
        _ body: (any RegistrationWriter) throws -> Result
    ) throws -> Result {
        var bodyError: (any Error)?
        do {
            return try writing { connection in
                bodyError = nil
                try Self.begin(connection, by: author, at: time)
                let present = try PresentKey(connection, keyFile)
                let parts = PostgresParts(connection, address, keyFile, present: present)
                let audit = AuditWriter(connection, parts.auditKey, author, at: time)
                let result: Result
                do {
                    result = try body(StoreTransaction(connection, parts, at: time, audit))
                } catch {
                    bodyError = error
                    throw error
                }
                try audit.finish()
                return result
            }
        } catch {
            throw bodyError ?? StoreError(error, of: address)
        }
    }

    package func changes(after position: ChangePosition) throws(StoreError) -> Changes {
        do {
            return try reading { connection in
                let changes = try ChangeLog.changes(connection, after: position.value)
                guard keyFile.hasNews() else { return changes }
                return .reload(position: ChangePosition(try ChangeLog.last(connection)))
            }
        } catch {
            throw StoreError(error, of: address)
        }
    }

    package func waitForChange(
        after position: ChangePosition,
        milliseconds: Int
    ) throws(StoreError) -> Bool {
        try requireSchema()
        do {
            if keyFile.hasNews() { return true }
            return try watch.wait(after: position.value, milliseconds: milliseconds)
        } catch {
            throw StoreError(error, of: address)
        }
    }

    package func nudge() { watch.nudge() }

    package var unopened: String? { keyFile.missing }

    /// The triggers of the change log read author and time from settings of the transaction.
    private static func begin(
        _ connection: PostgresConnection,
        by author: Author,
        at time: Int64
    ) throws {
        _ = try connection.run(
            """
            SELECT set_config('handfast.author', ?, true), set_config('handfast.time', ?, true), one
            FROM audit_head FOR UPDATE
            """,
            [author.text, String(time)]
        )
    }
}

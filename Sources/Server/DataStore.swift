// SPDX-License-Identifier: Apache-2.0
internal import PostgresStore
package import Reactor
internal import SQLiteStore
package import Snapshots
package import Storage

/// The store of a node or a command, opened: no other place knows its type.
package struct DataStore: Sendable {
    /// The program that opens it.
    package enum Role: Sendable {
        /// The one server of the directory.
        case server
        /// A command, which works beside a running server.
        case command
    }

    /// Clients, users, trust sets and keys.
    package let registrations: any RegistrationStore
    /// The durable store of used assertions.
    package let usedAssertions: any UsedAssertionStore
    /// The durable store of codes, refresh tokens and revocations.
    package let grants: any GrantStore
    /// The store of certificate usage.
    package let certificateUse: any CertificateUseStore
    /// The source of backups; nil where the database has its own.
    package let snapshots: (any SnapshotStore)?
    /// The shared store as this node has it on its own disk; nil for commands, and without one.
    package let snapshot: NodeSnapshot?
    /// The reason why the shared store cannot be reached now, where the node starts from its
    /// snapshot.
    package private(set) var away: StoreError?
    /// Whether the node starts from its snapshot.
    var isAway: Bool { away != nil }
    /// The node's own folder, absolute.
    package let directory: String
    /// Warnings about the directory and the modes of its files, for the operator.
    package let warnings: [String]
    /// Whether the registrations that were read while the store was opened are those that it has.
    let isReadAhead: Bool

    private let restrict: @Sendable (String) throws(StoreError) -> String?

    /// Whether something was made in the directory `data`; throws where that cannot be found out.
    package static func isMade(in data: String) throws(StoreError) -> Bool {
        try SQLiteDatabase.isMade(in: data)
    }

    /// Opens the directory `data`, and makes it and the database in it where they are missing.
    package static func open(
        _ data: String,
        as role: Role,
        readingAhead: ((any RegistrationReader) throws -> Void)? = nil
    ) throws(StoreError) -> DataStore {
        let database = try SQLiteDatabase.open(
            directory: data,
            as: role == .server ? .server : .tool,
            readingAhead: readingAhead
        )
        return DataStore(
            database,
            snapshots: database,
            snapshot: nil,
            away: nil,
            directory: database.directory,
            warnings: database.warnings,
            isReadAhead: database.isReadAhead
        ) { (path) throws(StoreError) in try database.makePrivate(path) }
    }

    /// Opens the state at `place` for a command: the shared store where there is one, else the
    /// directory.
    package static func open(_ place: StorePlace) throws(StoreError) -> DataStore {
        guard let shared = place.shared else { return try open(place.directory, as: .command) }
        let node = try openNode(place.directory)
        let keyFile = try StoreKeyFile(path: shared.keyFile)
        let database = try PostgresDatabase.open(shared.url, keyFile: keyFile, as: .tool)
        return DataStore(database, node, warnings: [keyFile.warning].compactMap { $0 })
    }

    /// Opens a node's folder by its owner's rights; what follows is the shared store's, whose key
    /// file and certificates are the invoker's.
    private static func openNode(_ directory: String) throws(StoreError) -> NodeDirectory {
        do {
            return try FileRights.asOwner(of: directory) {
                try NodeDirectory.open(directory, as: .tool)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.directory, "\(error)", of: .file(directory))
        }
    }

    /// Opens the state at `place` for its server, which goes by `clock`.
    ///
    /// Where a shared store is away and the node has a snapshot of it, that is what there is to
    /// start from, and `away` says why; without one, that is thrown. `readingAhead` may read the
    /// registrations of a database of the node's own while that is checked.
    package static func open(
        _ place: StorePlace,
        for clock: WallClock,
        readingAhead: ((any RegistrationReader) throws -> Void)? = nil
    ) throws(StoreError) -> DataStore {
        guard let shared = place.shared else {
            return try open(place.directory, as: .server, readingAhead: readingAhead)
        }
        let node = try NodeDirectory.open(place.directory, as: .server)
        let keyFile = try StoreKeyFile(path: shared.keyFile)
        var noted = [keyFile.warning].compactMap { $0 }
        let snapshot = snapshot(in: node, under: keyFile, clock, &noted)
        let role: PostgresDatabase.Role = shared.mode == .read ? .reader : .server
        let uses: SQLiteDatabase? =
            place.assertionReplay == .shared
            ? nil : try SQLiteDatabase.open(directory: node.path + "/assertions", as: .server)
        do throws(StoreError) {
            let database = try PostgresDatabase.open(shared.url, keyFile: keyFile, as: role)
            return DataStore(
                database,
                node,
                snapshot: snapshot,
                uses: uses,
                warnings: noted + (try database.warnings())
            )
        } catch {
            try require(snapshot, since: error)
            let database = try PostgresDatabase.openUnreached(
                shared.url,
                keyFile: keyFile,
                as: role
            )
            return DataStore(
                database,
                node,
                snapshot: snapshot,
                away: error,
                uses: uses,
                warnings: noted
            )
        }
    }

    /// The same store as one that is away since a read of the start failed with `error`; throws
    /// where that is no sign of it, or there is no snapshot to start from.
    func away(since error: StoreError) throws(StoreError) -> DataStore {
        try Self.require(snapshot, since: error)
        var store = self
        store.away = error
        return store
    }

    /// Throws unless `error` says that a shared store is away, and `snapshot` has its content.
    private static func require(
        _ snapshot: NodeSnapshot?,
        since error: StoreError
    ) throws(StoreError) {
        guard [.unavailable, .commitUnknown, .busy].contains(error.kind),
            error.subject == .sharedStore, let snapshot
        else { throw error }
        do throws(StoreError) {
            _ = try snapshot.age()
        } catch let missing {
            throw unstartable(since: error, missing)
        }
    }

    /// The error of a start while the store is away and reading its snapshot fails with `missing`.
    func unstartable(_ missing: StoreError) -> StoreError {
        guard let away, missing.subject == .sharedStore else { return missing }
        return Self.unstartable(since: away, missing)
    }

    private static func unstartable(since away: StoreError, _ missing: StoreError) -> StoreError {
        StoreError(away.kind, "\(away.reason), and \(missing.reason)", of: away.subject)
    }

    /// The node's snapshot; nil where it can keep none, which `warnings` say then.
    private static func snapshot(
        in node: NodeDirectory,
        under keyFile: StoreKeyFile,
        _ clock: WallClock,
        _ warnings: inout [String]
    ) -> NodeSnapshot? {
        do throws(StoreError) {
            return try NodeSnapshot(in: node.path, clock: clock) {
                (try? keyFile.secrets(for: "snapshot")) ?? []
            }
        } catch {
            warnings.append("this node keeps no snapshot: \(error.reason)")
            return nil
        }
    }

    private init(
        _ database: PostgresDatabase,
        _ node: NodeDirectory,
        snapshot: NodeSnapshot? = nil,
        away: StoreError? = nil,
        uses: SQLiteDatabase? = nil,
        warnings: [String] = []
    ) {
        self.init(
            database,
            usedAssertions: uses,
            snapshots: nil,
            snapshot: snapshot,
            away: away,
            directory: node.path,
            warnings: node.warnings + (uses?.warnings ?? []) + warnings
        ) { (path) throws(StoreError) in try node.makePrivate(path) }
    }

    private init<Store>(
        _ store: Store,
        usedAssertions: (any UsedAssertionStore)? = nil,
        snapshots: (any SnapshotStore)?,
        snapshot: NodeSnapshot?,
        away: StoreError?,
        directory: String,
        warnings: [String],
        isReadAhead: Bool = false,
        restrict: @escaping @Sendable (String) throws(StoreError) -> String?
    ) where Store: RegistrationStore & UsedAssertionStore & GrantStore & CertificateUseStore {
        registrations = store
        self.usedAssertions = usedAssertions ?? store
        grants = store
        certificateUse = store
        self.snapshots = snapshots
        self.snapshot = snapshot
        self.away = away
        self.directory = directory
        self.warnings = warnings
        self.isReadAhead = isReadAhead
        self.restrict = restrict
    }

    /// Restricts the file at `path`, an absolute path, to its owner.
    ///
    /// Makes an empty file where there is none. Returns a sentence for the operator if others could
    /// read it until now.
    func makePrivate(_ path: String) throws(StoreError) -> String? {
        try restrict(path)
    }
}

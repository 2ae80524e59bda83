// SPDX-License-Identifier: Apache-2.0
internal import PostgresStore
internal import SQLiteStore
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
    /// The node's own folder, absolute.
    package let directory: String
    /// Warnings about the directory and the modes of its files, for the operator.
    package let warnings: [String]

    private let restrict: @Sendable (String) throws(StoreError) -> String?

    /// Whether something was made in the directory `data`; throws where that cannot be found out.
    package static func isMade(in data: String) throws(StoreError) -> Bool {
        try SQLiteDatabase.isMade(in: data)
    }

    /// Opens the directory `data`, and makes it and the database in it where they are missing.
    package static func open(
        _ data: String,
        as role: Role
    ) throws(StoreError) -> DataStore {
        let database = try SQLiteDatabase.open(
            directory: data,
            as: role == .server ? .server : .tool
        )
        return DataStore(
            database,
            snapshots: database,
            directory: database.directory,
            warnings: database.warnings
        ) { (path) throws(StoreError) in try database.makePrivate(path) }
    }

    /// Opens the state at `place`: the shared store where there is one, else the directory.
    package static func open(
        _ place: StorePlace,
        as role: Role
    ) throws(StoreError) -> DataStore {
        guard let shared = place.shared else { return try open(place.directory, as: role) }
        let node = try NodeDirectory.open(
            place.directory,
            as: role == .server ? .server : .tool
        )
        let keyFile = try StoreKeyFile(path: shared.keyFile)
        let database = try PostgresDatabase.open(
            shared.url,
            keyFile: keyFile,
            as: role == .server ? .server : .tool
        )
        return DataStore(
            database,
            snapshots: nil,
            directory: node.path,
            warnings: node.warnings + [keyFile.warning].compactMap { $0 }
        ) { (path) throws(StoreError) in try node.makePrivate(path) }
    }

    private init<Store>(
        _ store: Store,
        snapshots: (any SnapshotStore)?,
        directory: String,
        warnings: [String],
        restrict: @escaping @Sendable (String) throws(StoreError) -> String?
    ) where Store: RegistrationStore & UsedAssertionStore & GrantStore & CertificateUseStore {
        registrations = store
        usedAssertions = store
        grants = store
        certificateUse = store
        self.snapshots = snapshots
        self.directory = directory
        self.warnings = warnings
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

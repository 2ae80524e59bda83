// SPDX-License-Identifier: Apache-2.0
internal import SQLiteStore
package import Storage

/// The store that `--data` names, opened: no other place knows its type.
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
    /// The source of backups.
    package let snapshots: any SnapshotStore
    /// The node's own folder, absolute.
    package let directory: String
    /// Warnings about the directory and the modes of its files, for the operator.
    package let warnings: [String]

    private let database: SQLiteDatabase

    /// Whether something was made in the directory `data`; throws where that cannot be found out.
    package static func isMade(in data: String) throws(StoreError) -> Bool {
        try SQLiteDatabase.isMade(in: data)
    }

    /// Opens the directory `data`, and makes it and the database in it where they are missing.
    package static func open(
        _ data: String,
        as role: Role
    ) throws(StoreError) -> DataStore {
        DataStore(
            try SQLiteDatabase.open(directory: data, as: role == .server ? .server : .tool)
        )
    }

    private init(_ database: SQLiteDatabase) {
        registrations = database
        usedAssertions = database
        grants = database
        certificateUse = database
        snapshots = database
        directory = database.directory
        warnings = database.warnings
        self.database = database
    }

    /// Restricts the file at `path`, an absolute path, to its owner.
    ///
    /// Makes an empty file where there is none. Returns a sentence for the operator if others could
    /// read it until now.
    func makePrivate(_ path: String) throws(StoreError) -> String? {
        try database.makePrivate(path)
    }
}

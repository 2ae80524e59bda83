// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// Reads the state of a database file without changing a byte of it, except that SQLite rolls back
/// the journal of a killed program.
enum Inspection {
    /// The schema version of the database at `path`, which is there.
    ///
    /// Throws `.newerVersion` above `supported`, and `.corrupt` for a file that is empty, is no
    /// database or another program's, or (if `thorough`) fails `PRAGMA quick_check`. Linear in the
    /// size of the database if `thorough`. Errors call it `name`, or else by its path.
    static func schemaVersion(
        at path: String,
        called name: String? = nil,
        supported: Int,
        thorough: Bool
    ) throws(StoreError) -> Int {
        // A database appears whole (`Creation`): an empty one has been truncated.
        let name = name ?? path
        guard FileSystem.size(path) > 0 else { throw .corrupt(name, "it is empty") }
        let live = isLive(path)
        do {
            return try inspect(path, name, live: live, supported: supported, thorough: thorough)
        } catch {
            // Another program may have begun to write after we looked for its files.
            guard !live, error.kind == .corrupt, isLive(path) else { throw error }
            return try inspect(path, name, live: true, supported: supported, thorough: thorough)
        }
    }

    /// Whether there are pages outside the database file, which a reader must take into account.
    static func isLive(_ path: String) -> Bool {
        DataDirectory.exists(path + "-wal") || DataDirectory.exists(path + "-journal")
    }

    /// How the database is read without leaving files beside one that may be refused.
    private static func access(_ path: String, live: Bool) -> SQLiteConnection.Access {
        guard live else { return .immutable }
        // A reader cannot roll a journal back.
        return DataDirectory.exists(path + "-journal") ? .readWrite : .readOnly
    }

    private static func inspect(
        _ path: String,
        _ name: String,
        live: Bool,
        supported: Int,
        thorough: Bool
    ) throws(StoreError) -> Int {
        do {
            let connection = try SQLiteConnection.open(
                path,
                access(path, live: live),
                busyMilliseconds: SQLiteDatabase.busyMilliseconds
            )
            try connection.requireDatabase()
            return try connection.read { database in
                try check(database, name, supported: supported, thorough: thorough)
            }
        } catch {
            throw StoreError(error, at: name)
        }
    }

    /// The oldest program's schema that works with the database; nil where it does not say.
    private static func compatibleFrom(_ database: SQLiteConnection) throws -> Int? {
        let says =
            try database.value(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_compatibility'"
            ) ?? 0
        guard says > 0 else { return nil }
        return try database.value("SELECT compatible_from FROM schema_compatibility")
    }

    private static func check(
        _ database: SQLiteConnection,
        _ name: String,
        supported: Int,
        thorough: Bool
    ) throws -> Int {
        let version = try database.value("PRAGMA user_version") ?? 0
        let application = try database.value("PRAGMA application_id") ?? 0
        let tables = try database.value("SELECT count(*) FROM sqlite_schema") ?? 0
        guard tables > 0 else { throw StoreError.corrupt(name, "it has no tables") }
        guard application == applicationID else {
            throw StoreError.corrupt(name, "it belongs to another program")
        }
        if version > supported {
            let from = try compatibleFrom(database)
            guard let from, from <= supported else {
                let needed = from.map { ", programs from \($0) on understand it" } ?? ""
                throw StoreError(
                    .newerVersion,
                    "\(name) is from a newer version of handfast (schema \(version), this program"
                        + " knows \(supported)\(needed)); nothing was changed",
                    of: .file(name)
                )
            }
        }
        guard version > 0 else {
            throw StoreError.corrupt(name, "schema version \(version)")
        }
        if thorough {
            let finding = try database.value("PRAGMA quick_check(1)") ?? "no answer"
            guard finding == "ok" else { throw StoreError.corrupt(name, finding) }
        }
        return version
    }
}

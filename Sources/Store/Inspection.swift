internal import Foundation
internal import GRDB

/// What stands at the database's path, found out without changing a byte of it.
enum Inspection {
    /// The schema version of the database at `path`: 0 for one that is still empty.
    ///
    /// Throws `.newerVersion` above `supported`, and `.corrupt` for a file that is no database, is
    /// another program's, or (if `thorough`) fails `PRAGMA quick_check`. Linear in the size of the
    /// database if `thorough`.
    static func schemaVersion(
        at path: String,
        supported: Int,
        thorough: Bool
    ) throws(StoreError) -> Int {
        guard DataDirectory.size(of: path) > 0 else { return 0 }
        let live = isLive(path)
        do {
            return try inspect(path, live: live, supported: supported, thorough: thorough)
        } catch {
            // Another program may have begun to write after we looked for its files.
            guard !live, error.reason == .corrupt, isLive(path) else { throw error }
            return try inspect(path, live: true, supported: supported, thorough: thorough)
        }
    }

    /// Whether there are pages outside the database file, which a reader must take into account.
    private static func isLive(_ path: String) -> Bool {
        DataDirectory.exists(path + "-wal") || DataDirectory.exists(path + "-journal")
    }

    private static func inspect(
        _ path: String,
        live: Bool,
        supported: Int,
        thorough: Bool
    ) throws(StoreError) -> Int {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(Store.busyTimeout)
            // An immutable reader makes no -wal and -shm files next to a database we may refuse.
            let queue = try DatabaseQueue(
                path: live ? path : immutableURI(path),
                configuration: configuration
            )
            return try queue.read { database in
                try check(database, path: path, supported: supported, thorough: thorough)
            }
        } catch {
            throw StoreError(error, at: path)
        }
    }

    private static func check(
        _ database: Database,
        path: String,
        supported: Int,
        thorough: Bool
    ) throws -> Int {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard application == applicationID || (tables == 0 && version == 0) else {
            throw StoreError.corrupt(path, "it belongs to another program")
        }
        guard version <= supported else {
            throw StoreError(
                .newerVersion,
                "\(path) is from a newer version of handfast (schema \(version), this program"
                    + " knows \(supported)); nothing was changed",
                remedy: "use that version, or restore a backup made with this one"
            )
        }
        guard version >= 0 else {
            throw StoreError.corrupt(path, "schema version \(version)")
        }
        if thorough {
            let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard finding == "ok" else { throw StoreError.corrupt(path, finding) }
        }
        return version
    }

    private static func immutableURI(_ path: String) -> String {
        var unreserved = CharacterSet.urlPathAllowed
        unreserved.remove(charactersIn: "?#%")
        let escaped = path.addingPercentEncoding(withAllowedCharacters: unreserved) ?? path
        return "file:\(escaped)?immutable=1"
    }
}

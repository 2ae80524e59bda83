// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Storage

// Not in Storage, which knows no database: the result codes of SQLite are told apart here alone.
extension StoreError {
    /// Translates what a database operation threw; a `StoreError` stays itself.
    init(_ error: any Error, at path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? SQLiteError else {
            self.init(.inputOutput, "the store at \(path) failed: \(error)", of: .file(path))
            return
        }
        self.init(error, at: path)
    }

    private init(_ error: SQLiteError, at path: String) {
        let message = error.message
        if error.hasNoRoomForIndex {
            // SQLite shares the index (`-shm`) between programs as a file beside the database.
            self.init(
                .full,
                "the disk under \(path) is full: there is no room for the index of its log",
                of: .file(path)
            )
            return
        }
        if error.isFailedSync {
            self.init(
                .commitUnknown,
                "\(path) could not be synced (\(message)): what was written may be lost",
                of: .file(path)
            )
            return
        }
        let (kind, reason): (Kind, String) =
            switch error.primaryCode {
            case SQLITE_FULL:
                (.full, "nothing was written: the disk under \(path) is full")
            case SQLITE_BUSY, SQLITE_LOCKED:
                (.busy, "nothing was written: another process keeps \(path) busy")
            case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT:
                (.corrupt, Self.damage(path, message))
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
                (.readOnly, "\(path) cannot be written (\(message))")
            case SQLITE_CANTOPEN:
                (.unavailable, "\(path) cannot be opened (\(message))")
            case SQLITE_NOMEM:
                (.outOfMemory, "there is not enough memory for \(path)")
            case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG:
                (.invalid, "the record breaks a rule of the database (\(message))")
            default:
                (.inputOutput, "\(path) failed: \(message) (SQLite \(error.code))")
            }
        self.init(kind, reason, of: kind == .invalid ? nil : .file(path))
    }

    static func corrupt(_ path: String, _ finding: String) -> StoreError {
        StoreError(.corrupt, damage(path, finding), of: .file(path))
    }

    private static func damage(_ path: String, _ finding: String) -> String {
        "\(path) is damaged or not a Handfast database (\(finding)); nothing was changed"
    }
}

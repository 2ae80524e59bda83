// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Storage

extension StoreError {
    /// Translates what a database operation threw; a `StoreError` stays itself.
    init(_ error: any Error, at path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? SQLiteError else {
            self.init(
                .inputOutput,
                "the store at \(path) failed: \(error)",
                remedy: "check the directory and its file system"
            )
            return
        }
        self.init(error, at: path)
    }

    private init(_ error: SQLiteError, at path: String) {
        let message = error.message
        guard !error.hasNoRoomForIndex else {
            self = .noRoomForIndex(path)
            return
        }
        switch error.primaryCode {
        case SQLITE_FULL:
            self.init(
                .full,
                "nothing was written: the disk under \(path) is full",
                remedy: "free space and repeat the command"
            )
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(
                .busy,
                "nothing was written: another process keeps \(path) busy",
                remedy:
                    "repeat the command; if it stays busy, find the process with `fuser \(path)`"
            )
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT:
            self = .corrupt(path, message)
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            self.init(
                .directory,
                "\(path) cannot be written (\(message))",
                remedy: "run as the owner of the data directory, or name another directory"
            )
        case SQLITE_NOMEM:
            self.init(
                .inputOutput,
                "there is not enough memory for \(path)",
                remedy: "raise the limit of memory (`ulimit -v`, LimitAS and MemoryMax of systemd)"
            )
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG:
            self.init(
                .invalid,
                "the record breaks a rule of the database (\(message))",
                remedy: "correct the value"
            )
        default:
            self.init(
                .inputOutput,
                "\(path) failed: \(message) (SQLite \(error.code))",
                remedy: "check the disk, then start again"
            )
        }
    }

    /// What several programs with one database share is a file beside it.
    private static func noRoomForIndex(_ path: String) -> StoreError {
        StoreError(
            .full,
            "the disk under \(path) is full: there is no room for the index of its log",
            remedy: "free a megabyte on that disk, then start again"
        )
    }

    static func corrupt(_ path: String, _ finding: String) -> StoreError {
        StoreError(
            .corrupt,
            "\(path) is damaged or not a Handfast database (\(finding)); nothing was changed",
            remedy: "restore it from a backup, or move it away to start empty"
        )
    }
}

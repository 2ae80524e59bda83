// SPDX-License-Identifier: Apache-2.0
internal import CSQLite
internal import Tables

/// A result of SQLite that is neither a row nor the end of a statement.
struct SQLiteError: Error, Sendable, Equatable, SQLError {
    /// The extended result code.
    let code: Int32
    /// SQLite's message, copied before the next call replaced it.
    let message: String

    /// The result code without its extension.
    var primaryCode: Int32 { code & 0xFF }

    /// Whether a row breaks a constraint of its table.
    var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }

    /// Whether a `UNIQUE` column, or a `PRIMARY KEY`, already has the value.
    var isTaken: Bool {
        [HANDFAST_SQLITE_CONSTRAINT_UNIQUE, HANDFAST_SQLITE_CONSTRAINT_PRIMARYKEY]
            .contains(Int(code))
    }

    /// Whether a sync failed: pages that the kernel dropped then are lost.
    var isFailedSync: Bool {
        [HANDFAST_SQLITE_IOERR_FSYNC, HANDFAST_SQLITE_IOERR_DIR_FSYNC]
            .contains(Int(code))
    }

    /// Whether the file system has no room for the `-shm` file, the index of the log.
    var hasNoRoomForIndex: Bool { HANDFAST_SQLITE_IOERR_SHMSIZE == Int(code) }
}

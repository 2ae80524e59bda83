// SPDX-License-Identifier: Apache-2.0
package import Storage

/// Why a backup could not be made or restored.
package enum BackupError: Error, Equatable, CustomStringConvertible {
    /// The name of the file to make is taken.
    case taken(String)
    /// A backup that cannot be opened.
    case absent(String)
    /// The file was not made by `handfast backup`.
    case noBackup(String)
    /// A damaged backup: its name, and the damage.
    case damaged(String, String)
    /// A backup with another digest than the expected one: its own.
    case another(String, digest: String)
    /// A file that cannot be read, and why.
    case unreadable(String, String)
    /// A file that is larger than so many bytes.
    case tooLarge(String, Int)
    /// A file that was written while it was copied.
    case changed(String)
    /// The destination, and the reason why it cannot be written.
    case unwritable(String, String)
    /// The file to make, and the reason why it cannot be: its directory, or the rights there.
    case unmakable(String, String)
    /// A file that cannot be restored to a directory: the directory, the member and the reason.
    case unfillable(String, member: String, String)
    /// A backup with an unusable database, and the reason.
    case unusable(StoreError)

    package var description: String {
        switch self {
        case .taken(let path): "There is something at \(path) already. Name another file."
        case .absent(let path):
            "\(path) cannot be read. Name a file that `handfast backup` made."
        case .noBackup(let source): "\(source) is not a backup that `handfast backup` made."
        case .damaged(let source, let finding):
            "\(source) is damaged: \(finding). Nothing was restored; use another backup."
        case .another(let source, let digest):
            "\(source) is another file: its SHA-256 is \(digest). Nothing was restored."
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)). It must be a regular file, no link, and the one"
                + " who runs this the owner of the data directory."
        case .tooLarge(let path, let limit):
            "\(path) has more than \(limit) bytes, and is not taken."
        case .changed(let path): "\(path) was changed while it was copied. Repeat the command."
        case .unwritable(let target, let reason):
            "\(target) cannot be written (\(reason)). Is there space, and does somebody take what"
                + " is written?"
        case .unmakable(let path, let reason):
            "\(path) cannot be made (\(reason)). Name a file in a directory that is there, and in"
                + " which you may write."
        case .unfillable(let directory, let member, let reason):
            "\(directory) cannot be filled: \(member) cannot be written (\(reason)). Nothing was"
                + " restored; make room on its disk, or name another directory."
        case .unusable(let error):
            error.kind == .newerVersion
                ? "\(error.reason). Use that version, or a backup made with this one."
                : "\(error.reason). Use another backup."
        }
    }
}

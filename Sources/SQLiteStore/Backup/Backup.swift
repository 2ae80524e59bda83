// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Glibc
internal import Reactor
package import Storage

/// Copies a data directory into one file.
package struct Backup {
    /// The destination of a backup.
    package enum Target {
        /// An open descriptor, and the name that errors give it.
        case descriptor(Int32, String)
        /// A new file, readable for its owner alone; it appears when it is whole.
        case file(String)

        /// A file; for `-` the standard output.
        package init(named name: String) {
            self = name == "-" ? .descriptor(1, "the output") : .file(name)
        }
    }

    private let directory: String

    /// A backup of a data directory, whose path is absolute and without links.
    package init(of directory: String) {
        self.directory = directory
    }

    /// Throws where something has the target's name.
    package static func check(_ target: Target) throws {
        guard case .file(let path) = target, try DataFile.kind(path, followsLinks: false) != nil
        else { return }
        throw BackupError.taken(path)
    }

    /// The member's name for a file directly in the directory; nil for files that no backup takes.
    package func member(_ path: String) -> String? {
        let file = FileSystem.absolute(path)
        guard let slash = file.lastIndex(of: "/") else { return nil }
        let name = String(file[file.index(after: slash)...])
        let isThere = file[..<slash] == directory
        return isThere && BackupArchive.isMemberName(name) ? name : nil
    }

    /// Copies the database of `store`, the server's own files beside it, and those of `files` that
    /// are members; returns the digest of the whole.
    package func copy(
        _ store: any SnapshotStore,
        with files: [String],
        to target: Target,
        now: Int64
    ) throws -> Digest256 {
        try store.withSnapshot { database in
            try write(database: database, besides: files.compactMap(member), to: target, now: now)
        }
    }

    /// Writes `database`, the server's own files beside it, and members of these names.
    ///
    /// Returns the digest of the whole. `now` is in seconds since 1970.
    func write(
        database: String,
        besides names: [String],
        to target: Target,
        now: Int64
    ) throws -> Digest256 {
        var files = [(name: BackupArchive.databaseName, path: database)]
        for name in BackupArchive.fileNames + names
        where !files.contains(where: { $0.name == name }) {
            let path = "\(directory)/\(name)"
            // A link that leads nowhere is refused by the writer; it is not a missing file.
            if try DataFile.kind(path, followsLinks: false) != nil { files.append((name, path)) }
        }
        switch target {
        case .descriptor(let number, let name):
            return try BackupWriter(number, name, of: directory, now: now).write(files)
        case .file(let path): return try write(files, to: path, now)
        }
    }

    private func write(
        _ files: [(name: String, path: String)],
        to path: String,
        _ now: Int64
    ) throws -> Digest256 {
        let partial = "\(path).\(try RandomBytes.alphanumeric(8)).partial"
        do {
            // The invoker's, while the members are read by the rights of the directory's owner.
            let target = try FileRights.asInvoker { () throws(SystemError) in
                try DataFile.create(partial)
            }
            let writer = BackupWriter(target.number, path, of: directory, now: now)
            let digest = try writer.write(files)
            try DataFile.sync(target, path)
            try FileRights.asInvoker { () throws(SystemError) in
                try DataFile.publish(partial, as: path)
            }
            return digest
        } catch let error as SystemError {
            FileRights.asInvoker { DataFile.remove(partial) }
            guard error.code != EEXIST else { throw BackupError.taken(path) }
            throw error.isAboutPath
                ? BackupError.unmakable(path, error.cause)
                : .unwritable(path, error.cause)
        } catch {
            FileRights.asInvoker { DataFile.remove(partial) }
            throw error
        }
    }
}

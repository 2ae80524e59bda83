// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage

extension SQLiteDatabase {
    /// Sees to it that only the owner of `path`, an absolute path, can read it.
    ///
    /// Makes an empty file where there is none. A sentence for the operator if others could read it
    /// until now.
    package func makePrivate(_ path: String) throws(StoreError) -> String? {
        try DataDirectory(directory).makePrivate(path)
    }
}

/// The directory that holds everything durable, and what may be read in it by whom.
struct DataDirectory: Sendable {
    /// Absolute, with symbolic links resolved.
    let path: String

    var databasePath: String { path + "/handfast.db" }
    /// SQLite's write-ahead log and rollback journal: changes that are not in the database file
    /// yet, or must be undone in it.
    var logPaths: [String] { [databasePath + "-wal", databasePath + "-journal"] }
    /// All that SQLite keeps beside the database.
    var sidePaths: [String] { logPaths + [databasePath + "-shm"] }
    /// A database under creation; a leftover of a killed program is ignored.
    var creationPath: String { path + "/create.partial" }
    var auditKeyPaths: [String] {
        [AuditKeyFile.name, AuditKeyFile.renewedName].map { path + "/" + $0 }
    }
    var serverLockPath: String { path + "/server.lock" }
    /// Says that the folder is of a node whose store is elsewhere: no database is made there, and
    /// one that is there was moved.
    var isOfSharedStore: Bool { Self.exists(sharedStorePath) }
    var sharedStorePath: String { path + "/shared-store" }
    /// The content of that file, for people.
    static let sharedStoreText =
        "The registrations of this node are in a store that nodes share: give --store.\n"
    /// Held for the moment of opening, so that two programs do not create or migrate at once.
    var openLockPath: String { path + "/open.lock" }

    init(_ path: String) {
        self.path = FileSystem.absolute(path)
    }

    /// Makes the directory, mode 0700, where it is missing; returns what the operator should know.
    ///
    /// A directory that is there is tightened if it is empty, or holds our database or
    /// the mark of a shared store.
    func prepare() throws(StoreError) -> [String] {
        if let mode = Self.mode(of: path) {
            guard FileSystem.isDirectory(path) else {
                throw StoreError(
                    .directory,
                    "\(path) is not a directory",
                    of: .file(path)
                )
            }
            return mode & 0o077 == 0 ? [] : try tighten(mode)
        }
        do {
            try FileSystem.makeDirectories(path)
        } catch {
            throw StoreError(
                error.storeKind,
                "the directory \(path) cannot be made (\(error.cause))",
                of: .file(path)
            )
        }
        try Self.setMode(0o700, of: path)
        return []
    }

    /// A directory with other files, or with the sticky bit, may be anything (a home, `/tmp`): its
    /// mode stays, and ours in it are guarded by their own.
    private func tighten(_ mode: Int) throws(StoreError) -> [String] {
        // The root of a volume often belongs to another user, who alone may change its mode, and
        // those who may write in it could put other files in the place of ours.
        if mode & 0o1000 == 0 { try requireOwn() }
        let isEmpty = (try? Folder.names(in: path))?.isEmpty == true
        let isOurs = Self.exists(databasePath) || isOfSharedStore
        guard mode & 0o1000 == 0, isEmpty || isOurs else {
            return ["others may enter \(path): run `chmod 700 \(path)`"]
        }
        try Self.setMode(0o700, of: path)
        if isEmpty { return [] }
        return [
            "others could enter \(path) until now: its permissions were "
                + String(mode, radix: 8) + " and are 700 now"
        ]
    }

    /// Throws where the directory belongs to another user, whose server could not read what this
    /// one makes in it.
    func requireOwn() throws(StoreError) {
        guard let owner = FileSystem.owner(path), owner != FileSystem.user else { return }
        throw StoreError(
            .foreignDirectory,
            "\(path) belongs to another user (\(owner))",
            of: .file(path)
        )
    }

    /// Throws where something else than a file has the name of one of ours.
    static func requireFile(_ file: String) throws(StoreError) {
        if let other = FileSystem.otherThanFile(file) { throw .notFile(file, other) }
    }

    /// Makes an empty file that only its owner can read, or tightens the one that is there.
    ///
    /// Returns a sentence for the operator if others could read it until now.
    func makePrivate(_ file: String) throws(StoreError) -> String? {
        try Self.requireFile(file)
        if let mode = Self.mode(of: file) {
            try requireOwn(file)
            guard mode & 0o077 != 0 else { return nil }
            try Self.tighten(file)
            return "others could read \(file) until now: its permissions were "
                + String(mode, radix: 8) + " and are 600 now"
        }
        do {
            // Exclusive: another program may be making the same file at this moment.
            _ = try DataFile.create(file)
        } catch {
            guard Self.exists(file) else {
                throw StoreError(
                    error.storeKind,
                    "\(file) cannot be made (\(error.cause))",
                    of: .file(path)
                )
            }
        }
        try Self.tighten(file)
        return nil
    }

    /// Throws where a file is another user's, such as one that root has made by another program.
    func requireOwn(_ file: String) throws(StoreError) {
        guard !FileSystem.isRoot, let owner = FileSystem.owner(file), owner != FileSystem.user
        else { return }
        throw StoreError(
            .foreignFile,
            "\(file) belongs to another user (\(owner)) than \(path)",
            of: .file(file)
        )
    }

    /// Permission bits, or nil where nothing is.
    static func mode(of file: String) -> Int? { FileSystem.mode(file) }

    static func exists(_ file: String) -> Bool { mode(of: file) != nil }

    private static func tighten(_ file: String) throws(StoreError) {
        do {
            try DataFile.makePrivate(file)
        } catch {
            // A second check, because the file may have been replaced by a link meanwhile.
            try requireFile(file)
            throw modeKept(file, 0o600, error)
        }
    }

    private static func setMode(_ mode: Int, of directory: String) throws(StoreError) {
        do {
            try FileSystem.setMode(mode, of: directory)
        } catch {
            throw modeKept(directory, mode, error)
        }
    }

    private static func modeKept(_ path: String, _ mode: Int, _ error: SystemError) -> StoreError {
        StoreError(
            .directory,
            "the mode of \(path) cannot be set to \(String(mode, radix: 8)) (\(error.cause))",
            of: .file(path)
        )
    }
}

extension StoreError {
    /// `other` is what the name of one of our files leads to, in words.
    static func notFile(_ path: String, _ other: String) -> StoreError {
        StoreError(
            .notFile,
            "\(path) is \(other), and must be a file of its own; nothing was changed",
            of: .file(path)
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Storage

/// The store's calls of the file system, apart from the contents of files.
///
/// A path is a C string for the time of a call: `SAFETY` of all calls here.
enum FileSystem {
    /// Permission bits, or nil where nothing is; of a link its own.
    static func mode(_ path: String) -> Int? { status(path).map { Int($0.st_mode & 0o7777) } }

    /// The size of the file in bytes; 0 where nothing is.
    static func size(_ path: String) -> Int { status(path).map { Int($0.st_size) } ?? 0 }

    /// Which file has the name `path`; nil where nothing has.
    static func identity(_ path: String) -> FileIdentity? {
        status(path).map { FileIdentity(device: $0.st_dev, inode: $0.st_ino) }
    }

    static func isDirectory(_ path: String) -> Bool {
        (try? DataFile.kind(path, followsLinks: false)) == .directory
    }

    /// The kind of file at `path` in words, if it is no regular file; nil for a regular file, and
    /// where none exists.
    static func otherThanFile(_ path: String) -> String? {
        switch status(path).map({ $0.st_mode & S_IFMT }) {
        case nil, S_IFREG: nil
        case S_IFLNK: "a symbolic link"
        case S_IFDIR: "a directory"
        default: "a device, a pipe or a socket"
        }
    }

    /// The user by whose rights this program works.
    static var user: UInt32 { geteuid() }
    /// Whether that is root, who may do anything in everybody's directories.
    static var isRoot: Bool { user == 0 }

    /// The user to whom it belongs, or nil where nothing is.
    static func owner(_ path: String) -> UInt32? { status(path)?.st_uid }

    static func setMode(_ mode: Int, of path: String) throws(SystemError) {
        // SAFETY: see above.
        guard unsafe chmod(path, mode_t(mode)) == 0 else {
            throw SystemError("changing \(path)", code: errno)
        }
    }

    /// Makes one directory, for its owner alone.
    static func makeDirectory(_ path: String) throws(SystemError) {
        // SAFETY: see above.
        guard unsafe mkdir(path, 0o700) == 0 else {
            throw SystemError("making \(path)", code: errno)
        }
    }

    /// Makes a directory for its owner alone, and those that are missing above it with the modes
    /// that the umask leaves; one that is there is no mistake.
    static func makeDirectories(_ path: String, mode: mode_t = 0o700) throws(SystemError) {
        // SAFETY: see above.
        if unsafe mkdir(path, mode) == 0 { return }
        var code = errno
        if code == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
            slash > path.startIndex
        {
            try makeDirectories(String(path[..<slash]), mode: 0o777)
            if unsafe mkdir(path, mode) == 0 { return }
            code = errno
        }
        guard code == EEXIST, isDirectory(path) else {
            throw SystemError("making \(path)", code: code == EEXIST ? ENOTDIR : code)
        }
    }

    /// Removes what is there, of a directory its contents first; links are not followed.
    ///
    /// Best effort: entries that cannot be removed stay.
    static func remove(_ path: String) {
        if isDirectory(path) {
            for name in (try? Folder.names(in: path)) ?? [] { remove("\(path)/\(name)") }
            // SAFETY: see above.
            _ = unsafe rmdir(path)
        } else {
            DataFile.remove(path)
        }
    }

    /// `path` from the root on: without `.`, `..` and double slashes, and with links resolved as
    /// far as something is there.
    static func absolute(_ path: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : "\(Folder.current)/\(path)"
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        for count in stride(from: parts.count, through: 1, by: -1) {
            let above = "/" + parts[..<count].joined(separator: "/")
            if let real = resolved(above) {
                let below = parts[count...].map { "/\($0)" }.joined()
                return (real == "/" ? "" : real) + below
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The path of what is at `path`, without links; nil where nothing is.
    private static func resolved(_ path: String) -> String? {
        // SAFETY: with NULL, the C library allocates the text, which is copied and freed here.
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        // SAFETY: the structure is written whole or not at all.
        return unsafe lstat(path, &status) == 0 ? status : nil
    }
}

/// Tells a file from another one that has taken its name.
struct FileIdentity: Sendable, Equatable {
    let device: UInt
    let inode: UInt
}

extension SystemError {
    /// Whether the disk, or the user's share of it, is full.
    var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether another path would do: its directory is missing or closed, and not full or broken.
    var isAboutPath: Bool {
        [ENOENT, ENOTDIR, EACCES, EPERM, EROFS, ENAMETOOLONG, ELOOP, EISDIR].contains(code)
    }

    /// The kind of an error about a file or directory that this keeps from being made.
    var storeKind: StoreError.Kind { isDiskFull ? .full : .directory }

    /// The reason in the words of this module's errors.
    var cause: String {
        switch code {
        case EACCES, EPERM: "permission denied"
        case EROFS: "read-only file system"
        case ENOTDIR: "a part of the path is not a directory"
        case EEXIST: "something has that name already"
        case ENOSPC, EDQUOT: "no space left"
        default: reason
        }
    }
}

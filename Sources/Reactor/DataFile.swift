// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Small files, whole.
///
/// Not for a reactor's thread.
public enum DataFile {
    /// No certificate or key file is larger, in bytes.
    public static let bytesMax = 1 << 20

    /// Whether something is at `path`.
    public static func exists(_ path: String) -> Bool {
        // SAFETY: here and below, a path is a C string for the time of the call.
        unsafe access(path, F_OK) == 0
    }

    /// The kind of file at `path`, links followed unless told otherwise; nil where there is none.
    ///
    /// A link that is not followed is `.other`. Throws where the kind cannot be read, as without
    /// permission to enter a directory.
    public static func kind(
        _ path: String,
        followsLinks: Bool = true
    ) throws(SystemError) -> FileKind? {
        var status = stat()
        let code = unsafe followsLinks ? stat(path, &status) : lstat(path, &status)
        guard code == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("reading \(path)", code: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// The user to whom the file at `path` belongs, or a link there; nil where that is the one by
    /// whose rights this process works, and where it cannot be found out.
    package static func otherOwner(of path: String) -> UInt32? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_uid != geteuid() else { return nil }
        return status.st_uid
    }

    /// Makes a file that was not there, for its owner alone from the first moment on, whatever the
    /// umask is.
    public static func create(_ path: String) throws(SystemError) -> Descriptor {
        let number = unsafe open(
            path,
            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
            0o600
        )
        guard number >= 0 else { throw SystemError("writing \(path)", code: errno) }
        let file = Descriptor(owning: number)
        guard fchmod(file.number, 0o600) == 0 else {
            throw SystemError("writing \(path)", code: errno)
        }
        return file
    }

    /// Opens a file to write at its end, and makes it for its owner alone where there is none; no
    /// link is followed.
    package static func openAtEnd(_ path: String) throws(SystemError) -> Descriptor {
        if try kind(path, followsLinks: false) == nil { return try create(path) }
        let file = Descriptor(owning: try openPlain(path, forWriting: true))
        guard lseek(file.number, 0, SEEK_END) >= 0 else {
            throw SystemError("writing \(path)", code: errno)
        }
        return file
    }

    /// Writes all of `bytes` at the end of `file`, which is at `path`.
    package static func append(
        _ bytes: Span<UInt8>,
        to file: borrowing Descriptor,
        _ path: String
    ) throws(SystemError) {
        guard SystemCall.write(file.number, bytes) else {
            throw SystemError("writing \(path)", code: errno)
        }
    }

    /// Makes durable what was written to `file`, which is at `path`.
    public static func sync(
        _ file: borrowing Descriptor,
        _ path: String
    ) throws(SystemError) {
        guard fsync(file.number) == 0 else { throw SystemError("writing \(path)", code: errno) }
    }

    /// Gives a file its name durably; refuses with EEXIST where something has that name.
    public static func publish(_ partial: String, as path: String) throws(SystemError) {
        // SAFETY: here and below, a path is a C string for the time of the call.
        let status = unsafe handfast_rename_new(partial, path)
        guard status == 0 else { throw SystemError("writing \(path)", code: -status) }
        try syncFolder(of: path)
    }

    /// Gives the file at `partial` the name `path` durably, in place of a file that has it.
    package static func replace(_ path: String, by partial: String) throws(SystemError) {
        guard unsafe rename(partial, path) == 0 else {
            throw SystemError("writing \(path)", code: errno)
        }
        try syncFolder(of: path)
    }

    /// Removes a file; one that is not there is no mistake.
    public static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    /// Removes a file for good; whether it is gone, also after a power cut.
    package static func removeDurably(_ path: String) -> Bool {
        remove(path)
        return !exists(path) && (try? syncFolder(of: path)) != nil
    }

    /// When the file was written last, and which one it is.
    public static func stamp(_ path: String) throws(SystemError) -> FileStamp {
        var status = stat()
        // SAFETY: the structure is written whole or not at all.
        guard unsafe stat(path, &status) == 0 else {
            throw SystemError("reading \(path)", code: errno)
        }
        return FileStamp(
            seconds: Int(status.st_mtim.tv_sec),
            nanoseconds: Int(status.st_mtim.tv_nsec),
            size: Int(status.st_size),
            inode: UInt(status.st_ino),
            device: UInt(status.st_dev),
            changeSeconds: Int(status.st_ctim.tv_sec),
            changeNanoseconds: Int(status.st_ctim.tv_nsec),
            isRegular: status.st_mode & S_IFMT == S_IFREG,
            isOpenToOthers: status.st_mode & 0o077 != 0
        )
    }

    /// Opens a regular file for reading, and no link to one, without waiting.
    ///
    /// The descriptor with this number is the caller's to close.
    public static func openPlain(
        _ path: String,
        forWriting isWritten: Bool = false
    ) throws(SystemError) -> Int32 {
        let number = unsafe handfast_open_regular(path, 0, isWritten ? 1 : 0)
        guard number >= 0 else { throw SystemError("opening \(path)", code: -number) }
        return number
    }

    /// Leaves a regular file to its owner alone; a link is refused, and nothing is done to what it
    /// leads to.
    public static func makePrivate(_ path: String) throws(SystemError) {
        let file = Descriptor(owning: try openPlain(path))
        guard fchmod(file.number, 0o600) == 0 else {
            throw SystemError("changing \(path)", code: errno)
        }
    }

    /// Opens a readable file of any kind, a pipe too: blocks until a FIFO has a writer.
    package static func openStream(_ path: String) throws(SystemError) -> Descriptor {
        // SAFETY: the path is a C string for the time of the call.
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("reading \(path)", code: errno) }
        return Descriptor(owning: number)
    }

    /// The file's bytes; refuses a file of more than `limit`, 1 MiB by default, and a file that is
    /// not regular.
    ///
    /// Reading never blocks on another program: a FIFO has a writer when it likes, and a device
    /// need not end.
    public static func read(
        _ path: String,
        upTo limit: Int = bytesMax,
        followsLinks: Bool = true
    ) throws(SystemError) -> [UInt8] {
        let number = unsafe handfast_open_regular(path, followsLinks ? 1 : 0, 0)
        guard number >= 0 else { throw SystemError("reading \(path)", code: -number) }
        let file = Descriptor(owning: number)
        var bytes: [UInt8] = []
        while true {
            let part = try SystemCall.read(file.number, upTo: 16_384, of: path)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= limit else {
                throw SystemError("reading \(path)", code: EFBIG)
            }
        }
    }

    /// Replaces or makes a file atomically and durably: readers find the old one or the new one.
    ///
    /// A private file is readable for its owner alone. A failed write leaves no partial file
    /// behind.
    public static func write(
        _ bytes: [UInt8],
        to path: String,
        isPrivate: Bool
    ) throws(SystemError) {
        // Two programs may write at once; a leftover of an earlier process with this number is not
        // in use.
        let partial = "\(path).\(getpid()).partial"
        // SAFETY: here and below, a path is a C string for the time of the call.
        _ = unsafe unlink(partial)
        let number = unsafe open(
            partial,
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
            isPrivate ? 0o600 : 0o644
        )
        guard number >= 0 else { throw SystemError("writing \(path)", code: errno) }
        let file = Descriptor(owning: number)
        guard SystemCall.write(file.number, bytes.span), fsync(file.number) == 0,
            unsafe rename(partial, path) == 0
        else {
            let code = errno
            _ = unsafe unlink(partial)
            throw SystemError("writing \(path)", code: code)
        }
        try syncFolder(of: path)
    }

    /// Locks the private file at `path` for the one program, of those that ask for it, that has the
    /// descriptor (flock); nil where another has it for longer than `milliseconds`.
    ///
    /// Makes the file where there is none, and leaves it there: one that is removed would hold off
    /// those alone that had opened it. Refuses a link, and with EPERM a file that others may open,
    /// because whoever can open it can hold the lock.
    package static func lock(
        _ path: String,
        within milliseconds: UInt64
    ) throws(SystemError) -> Descriptor? {
        let file = try openPrivate(path)
        let end = Clock.milliseconds + milliseconds
        while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw SystemError("locking \(path)", code: errno)
            }
            guard Clock.milliseconds < end else { return nil }
            usleep(10_000)
        }
        return file
    }

    private static func openPrivate(_ path: String) throws(SystemError) -> Descriptor {
        do throws(SystemError) {
            return try create(path)
        } catch {
            guard error.code == EEXIST else { throw error }
        }
        let file = Descriptor(owning: try openPlain(path))
        var status = stat()
        // SAFETY: the structure is written whole or not at all.
        guard unsafe fstat(file.number, &status) == 0 else {
            throw SystemError("opening \(path)", code: errno)
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw SystemError("opening \(path)", code: EPERM)
        }
        return file
    }

    private static func openFolder(of path: String) throws(SystemError) -> Descriptor {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
        // SAFETY: the path is a C string for the time of the call.
        let number = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("writing \(path)", code: errno) }
        return Descriptor(owning: number)
    }

    // The new name is durable only when the folder that holds it is.
    private static func syncFolder(of path: String) throws(SystemError) {
        let directory = try openFolder(of: path)
        guard fsync(directory.number) == 0 else {
            throw SystemError("writing \(path)", code: errno)
        }
    }
}

/// The kind of a file, after any links.
public enum FileKind: Sendable {
    /// A regular file.
    case file
    /// A directory.
    case directory
    /// A device, a pipe or a socket.
    case other
}

/// The identity, size and times of a file, by which a change is noticed.
public struct FileStamp: Sendable, Equatable {
    let seconds: Int
    let nanoseconds: Int
    let size: Int
    let inode: UInt
    let device: UInt
    // A file that is written with the times of another one, as by `cp -p`, has its own here.
    let changeSeconds: Int
    let changeNanoseconds: Int
    /// Whether it is a file and no pipe, device or directory: reading it does not wait.
    public let isRegular: Bool
    /// Whether others than its owner may do anything with it.
    public let isOpenToOthers: Bool
}

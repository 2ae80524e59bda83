// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Storage

/// An exclusive advisory lock on a file; the kernel lets go when the process ends, however it ends.
///
/// Uses `flock`, which SQLite does not: closing a descriptor of the database file itself would
/// drop SQLite's own locks (POSIX drops all of a process's), so locks stand on files of their own.
final class FileLock: Sendable {
    private let file: Descriptor

    /// Takes the lock on the existing file at `path` at once; nil where another process holds it.
    ///
    /// A link is refused: the holder's number would be written over what it leads to.
    private convenience init?(path: String) throws(StoreError) {
        let number: Int32
        do {
            number = try DataFile.openPlain(path, forWriting: true)
        } catch {
            if let other = FileSystem.otherThanFile(path) { throw .notFile(path, other) }
            throw StoreError(
                .directory,
                "the lock \(path) cannot be opened (\(error.cause))",
                of: .file(path)
            )
        }
        self.init(Descriptor(owning: number))
    }

    /// Takes the lock on the existing directory at `path` at once, and on no link to one; or
    /// returns nil.
    convenience init?(directory path: String) {
        // SAFETY: the path is a C string for the time of the call.
        let number = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { return nil }
        self.init(Descriptor(owning: number))
    }

    private init?(_ file: consuming Descriptor) {
        let number = file.number
        self.file = file
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    /// Takes the lock within a tenth of a second, which a process that ends may still hold it; nil
    /// where another process holds it for longer.
    static func soon(path: String) throws(StoreError) -> FileLock? {
        for attempt in 0..<10 {
            if attempt > 0 { usleep(10_000) }
            if let lock = try FileLock(path: path) { return lock }
        }
        return nil
    }

    /// Takes the lock within ten seconds: making and migrating a database takes far less.
    static func wait(path: String) throws(StoreError) -> FileLock {
        for _ in 0..<1_000 {
            if let lock = try FileLock(path: path) { return lock }
            usleep(10_000)
        }
        throw StoreError(
            .busy,
            "another process has held \(path) for ten seconds",
            of: .file(path)
        )
    }

    /// Leaves the holder's process number in the file, for people.
    func writeProcessID() {
        guard ftruncate(file.number, 0) == 0 else { return }
        SystemCall.write(file.number, Array("\(getpid())\n".utf8).span)
    }

    /// The number that the holder left, or nil.
    static func processID(path: String) -> Int? {
        guard let bytes = try? DataFile.read(path, upTo: 64, followsLinks: false),
            bytes.last == UInt8(ascii: "\n")
        else {
            return nil
        }
        return Int(String(decoding: bytes.dropLast(), as: UTF8.self))
    }
}

internal import Foundation

/// An exclusive advisory lock on a file; the kernel lets go when the process ends, however it ends.
///
/// It is `flock`, which SQLite does not use: closing a descriptor of the database file itself would
/// drop SQLite's own locks (POSIX drops all of a process's), so locks stand on files of their own.
final class FileLock: Sendable {
    private let handle: FileHandle

    /// Takes the lock on the existing file at `path` at once, or returns nil.
    init?(path: String) {
        guard let handle = FileHandle(forUpdatingAtPath: path) else { return nil }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
        self.handle = handle
    }

    /// Takes the lock on the existing directory at `path` at once, or returns nil.
    init?(directory path: String) {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
        self.handle = handle
    }

    /// Takes the lock within a tenth of a second, which a process that ends may still hold it.
    static func soon(path: String) -> FileLock? {
        for attempt in 0..<10 {
            if attempt > 0 { usleep(10_000) }
            if let lock = FileLock(path: path) { return lock }
        }
        return nil
    }

    /// Takes the lock within ten seconds: making and migrating a database takes far less.
    static func wait(path: String) throws(StoreError) -> FileLock {
        for _ in 0..<1_000 {
            if let lock = FileLock(path: path) { return lock }
            usleep(10_000)
        }
        throw StoreError(
            .busy,
            "another process has held \(path) for ten seconds",
            remedy: "find it with `fuser \(path)`, then repeat the command"
        )
    }

    /// Leaves the holder's process number in the file, for people.
    func writeProcessID() {
        try? handle.truncate(atOffset: 0)
        try? handle.write(contentsOf: Data("\(getpid())\n".utf8))
    }

    /// The number that the holder left, or nil.
    static func processID(path: String) -> Int? {
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}

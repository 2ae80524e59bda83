internal import Foundation
internal import GRDB

extension Store {
    private static let copyPrefix = "backup."
    private static let copySuffix = ".partial"

    /// Calls `body` with the path of a copy of the database, which ends with the call.
    ///
    /// The copy is the state of one moment, whatever other programs write meanwhile, without pages
    /// that are in use no more. It stands in a directory of its own inside the data directory. What
    /// a killed program has left of one is removed.
    public func withSnapshot<Value>(_ body: (String) throws -> Value) throws -> Value {
        removeLeftCopies()
        let folder = "\(directory)/\(Self.copyPrefix)\(UUID().uuidString)\(Self.copySuffix)"
        // SQLite makes the file itself, so its mode comes from here.
        let mask = umask(0o077)
        defer { umask(mask) }
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: false
            )
        } catch {
            throw StoreError(
                .directory,
                "a directory for the copy cannot be made in \(directory)"
                    + " (\(DataDirectory.cause(error)))",
                remedy: "run as its owner"
            )
        }
        // While it is held, no other program takes the directory for a rest.
        let lock = FileLock(directory: folder)
        defer {
            withExtendedLifetime(lock) {}
            try? FileManager.default.removeItem(atPath: folder)
        }
        let copy = folder + "/handfast.db"
        try copyDatabase(to: copy)
        return try body(copy)
    }

    private func removeLeftCopies() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasPrefix(Self.copyPrefix) && name.hasSuffix(Self.copySuffix) {
            let folder = "\(directory)/\(name)"
            guard let lock = FileLock(directory: folder) else { continue }
            try? FileManager.default.removeItem(atPath: folder)
            withExtendedLifetime(lock) {}
        }
    }
}

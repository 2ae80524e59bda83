// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Storage

extension SQLiteDatabase: SnapshotStore {
    private static let copyPrefix = "backup."
    private static let copySuffix = ".partial"

    /// Calls `body` with the path of a copy of the database, which ends with the call.
    ///
    /// The copy is the state of one moment, whatever other programs write meanwhile, without free
    /// pages. The copy stands in a directory of its own inside the data directory. A copy that a
    /// killed program left behind is removed.
    package func withSnapshot<Value>(_ body: (String) throws -> Value) throws -> Value {
        removeLeftCopies()
        let folder = "\(directory)/\(Self.copyPrefix)\(Self.randomName())\(Self.copySuffix)"
        // SQLite makes the file itself, so its mode comes from here.
        let mask = umask(0o077)
        defer { umask(mask) }
        do {
            try FileSystem.makeDirectory(folder)
        } catch {
            throw StoreError(
                error.storeKind,
                "a directory for the copy cannot be made in \(directory)"
                    + " (\(error.cause))",
                of: .file(directory)
            )
        }
        // While it is held, no other program takes the directory for a rest.
        let lock = FileLock(directory: folder)
        defer {
            withExtendedLifetime(lock) {}
            FileSystem.remove(folder)
        }
        let copy = folder + "/handfast.db"
        try copyDatabase(to: copy)
        return try body(copy)
    }

    /// Sixteen digits, which no other copy has.
    private static func randomName() -> String {
        let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func removeLeftCopies() {
        let names = (try? Folder.names(in: directory)) ?? []
        for name in names where name.hasPrefix(Self.copyPrefix) && name.hasSuffix(Self.copySuffix) {
            let folder = "\(directory)/\(name)"
            guard let lock = FileLock(directory: folder) else { continue }
            FileSystem.remove(folder)
            withExtendedLifetime(lock) {}
        }
    }
}

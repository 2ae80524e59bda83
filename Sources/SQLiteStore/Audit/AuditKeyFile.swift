// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Glibc
internal import Reactor
internal import Storage
internal import Text

/// `audit.key` in the data directory: the key of the audit's chain, in hexadecimal.
///
/// Outside the database, so that whoever can write to that alone cannot make codes. Made once, and
/// readable for the database's owner alone; a link in its place is refused.
struct AuditKeyFile {
    static let name = "audit.key"
    /// 256 bits, as long as the codes.
    private static let keyBytes = 32

    let path: String
    private let databasePath: String

    /// The key beside the database at `path`.
    init(besideDatabase path: String) {
        databasePath = path
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        self.path = (slash.map { String(path[...$0]) } ?? "") + Self.name
    }

    /// The seal under the key; nil where there is none.
    ///
    /// Each transaction reads it, so that a key which was put back counts at once.
    func seal() throws(StoreError) -> AuditSeal? {
        guard let key = try read() else { return nil }
        return AuditSeal { try MessageAuthentication.code(over: $0, key: key, by: .hs256) }
    }

    /// Makes the key where there is none.
    func ensure() throws(StoreError) {
        if try read() == nil { try make() }
    }

    /// Makes another key; the one that was there stays beside it, until the next one.
    func replace() throws(StoreError) {
        do throws(SystemError) {
            if try DataFile.kind(path, followsLinks: false) != nil {
                let old = path + ".old"
                DataFile.remove(old)
                try DataFile.publish(path, as: old)
            }
        } catch {
            throw failure(error)
        }
        try make()
    }

    private func read() throws(StoreError) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(SystemError) {
            guard try DataFile.kind(path, followsLinks: false) != nil else { return nil }
            bytes = try DataFile.read(path, upTo: 2 * Self.keyBytes + 1, followsLinks: false)
        } catch {
            if let other = FileSystem.otherThanFile(path) { throw .notFile(path, other) }
            throw StoreError(
                .unaudited,
                "the key of the audit, \(path), cannot be read (\(error.cause))",
                of: .file(path)
            )
        }
        let digits = bytes.filter { $0 != UInt8(ascii: "\n") }
        guard let key = BackupMember.digest(digits)?.bytes else {
            throw StoreError(
                .unaudited,
                "\(path) holds no key of \(2 * Self.keyBytes) hexadecimal digits",
                of: .file(path)
            )
        }
        return key
    }

    /// Appears whole, under its name, and belongs to the owner of the database.
    private func make() throws(StoreError) {
        // A program has one writing transaction at a time; a leftover of this number is not in use.
        let partial = "\(path).\(getpid()).partial"
        do {
            let key = try RandomBytes.make(Self.keyBytes)
            DataFile.remove(partial)
            let file = try DataFile.create(partial)
            // Root may have been asked for a command: the server runs as another user.
            try FileSystem.give(file, toOwnerOf: databasePath)
            try DataFile.append(Array((Hexadecimal.text(key) + "\n").utf8).span, to: file, partial)
            try DataFile.sync(file, partial)
            try DataFile.publish(partial, as: path)
        } catch let error as SystemError {
            DataFile.remove(partial)
            throw failure(error)
        } catch {
            throw StoreError(.inputOutput, "\(path) cannot be made: \(error)", of: .file(path))
        }
    }

    private func failure(_ error: SystemError) -> StoreError {
        StoreError(error.storeKind, "\(path) cannot be made (\(error.cause))", of: .file(path))
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Glibc
internal import Reactor
internal import Storage
internal import Tables
internal import Text

/// `audit.key` in the data directory: the key of the audit's chain, in hexadecimal.
///
/// Outside the database, so that whoever can write to that alone cannot make codes. Made once, and
/// readable for the database's owner alone; a link in its place is refused.
struct AuditKeyFile: AuditKey {
    static let name = "audit.key"
    /// The key of a renewal, until the renewal is committed and it takes the name of the other.
    static let renewedName = name + ".new"
    /// 256 bits, as long as the codes.
    private static let keyBytes = 32

    let path: String
    var place: String { path }
    var file: String? { path }
    private let renewedPath: String

    /// The key beside the database at `path`.
    init(besideDatabase path: String) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(path[...$0]) } ?? ""
        (self.path, renewedPath) = (folder + Self.name, folder + Self.renewedName)
    }

    /// The seal under the key; nil where there is none.
    ///
    /// Each transaction reads it, so that a key which was put back counts at once. A renewal's key
    /// counts where the head of the chain, with its code, was written under that: the renewal was
    /// committed, and ended before its key got the name.
    func seal(of head: (head: AuditHead, code: [UInt8])?) throws(StoreError) -> AuditSeal? {
        if let renewed = try renewedSeal(of: head) { return renewed }
        return try seal(at: path)
    }

    private func renewedSeal(
        of head: (head: AuditHead, code: [UInt8])?
    ) throws(StoreError) -> AuditSeal? {
        guard let head, let seal = try seal(at: renewedPath),
            try seal.code(of: head.head) == head.code
        else { return nil }
        return seal
    }

    private func seal(at path: String) throws(StoreError) -> AuditSeal? {
        guard let key = try read(path) else { return nil }
        return AuditSeal { try MessageAuthentication.code(over: $0, key: key, by: .hs256) }
    }

    /// Makes the key where there is none.
    func ensure() throws(StoreError) {
        if try read(path) == nil { try make(at: path) }
    }

    /// Makes another key, and returns its seal; the present one stays the key until a head under
    /// the other is committed.
    ///
    /// Durable when it returns: a chain never goes on under a key that a crash could take away.
    func makeRenewed() throws(StoreError) -> AuditSeal? {
        DataFile.remove(renewedPath)
        try make(at: renewedPath)
        return try seal(at: renewedPath)
    }

    /// Gives the key of a committed renewal its name, by what the committed head says.
    ///
    /// The one that was there stays beside it, until the next one; nothing is done otherwise.
    /// In a writing transaction alone: two programs must not do it at once. At each step one of the
    /// two names has the key under which the head was written.
    func settle(_ head: (head: AuditHead, code: [UInt8])?) throws(StoreError) {
        guard try renewedSeal(of: head) != nil else { return }
        do throws(SystemError) {
            if try DataFile.kind(path, followsLinks: false) != nil {
                let old = path + ".old"
                DataFile.remove(old)
                try DataFile.publish(path, as: old)
            }
            try DataFile.publish(renewedPath, as: path)
        } catch {
            throw failure(error)
        }
    }

    private func read(_ path: String) throws(StoreError) -> [UInt8]? {
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

    /// Appears whole, under its name.
    ///
    /// In a writing transaction alone, of which there is one at a time: what other programs have
    /// left is of those that were killed.
    private func make(at path: String) throws(StoreError) {
        let partial = "\(path).\(getpid()).partial"
        do {
            let key = try RandomBytes.make(Self.keyBytes)
            Folder.removeLeftovers(of: path)
            let file = try DataFile.create(partial)
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

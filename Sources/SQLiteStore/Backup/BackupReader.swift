// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Glibc
internal import Reactor

/// Reads a backup from its beginning to its end, and puts its members into a directory.
package struct BackupReader: ~Copyable {
    private let descriptor: Int32
    /// The owner of `descriptor`; nil for the standard input, which stays open.
    private let file: Descriptor?
    /// The name that errors give it.
    let source: String
    private let whole = RunningDigest()

    /// Opens the file, or a pipe; for `-` reads the standard input.
    package init(named name: String) throws(BackupError) {
        guard name != "-" else {
            descriptor = 0
            file = nil
            source = "The input"
            return
        }
        let opened = try Self.open(name)
        descriptor = opened.number
        file = .some(consume opened)
        source = name
    }

    private static func open(_ path: String) throws(BackupError) -> Descriptor {
        do {
            guard try DataFile.kind(path) != .directory else { throw BackupError.absent(path) }
            return try DataFile.openStream(path)
        } catch {
            throw .absent(path)
        }
    }

    /// Writes the members, checked, to new files in `folder`; returns their names, and the digest
    /// of the whole.
    ///
    /// Files in `folder` are unchecked when it throws. `directory` is the destination that errors
    /// name.
    package func extract(
        to folder: String,
        of directory: String
    ) throws -> (names: [String], digest: Digest256) {
        guard let first = TarHeader(try block()), first.name == BackupArchive.manifestName,
            first.size <= BackupArchive.manifestBytesMax
        else { throw BackupError.noBackup(source) }
        var manifest: [UInt8] = []
        try member(first.size) { manifest += $0 }
        guard let members = BackupMember.list(manifest),
            members.contains(where: { $0.name == BackupArchive.databaseName })
        else { throw damaged("its list of digests is not one of `handfast backup`") }
        for expected in members {
            guard let header = TarHeader(try block()), header.name == expected.name else {
                throw damaged("\(expected.name) is not where it should be")
            }
            guard header.size <= BackupArchive.bytesMax(of: header.name) else {
                throw damaged("\(header.name) is too large")
            }
            do {
                try extract(expected, header.size, to: "\(folder)/\(header.name)")
            } catch let error as MemberWriteError {
                throw BackupError.unfillable(
                    directory,
                    member: expected.name,
                    error.cause.cause
                )
            }
        }
        for _ in 0..<2 {
            guard try block().allSatisfy({ $0 == 0 }) else {
                throw damaged("something follows that is not in its list")
            }
        }
        guard try read(upTo: 1).isEmpty else {
            throw damaged("something follows after its end")
        }
        return (members.map(\.name), whole.finish())
    }

    private func extract(_ expected: BackupMember, _ size: Int, to path: String) throws {
        let digest = RunningDigest()
        let target = try Self.make(path)
        try member(size) { part in
            digest.add(part.span)
            guard SystemCall.write(target.number, part.span) else {
                throw MemberWriteError(cause: SystemError("writing", code: errno))
            }
        }
        guard digest.finish() == expected.digest else {
            throw damaged("\(expected.name) is not what was backed up")
        }
        try Self.sync(target, path)
    }

    private static func make(_ path: String) throws(MemberWriteError) -> Descriptor {
        do {
            return try DataFile.create(path)
        } catch {
            throw MemberWriteError(cause: error)
        }
    }

    private static func sync(
        _ file: borrowing Descriptor,
        _ path: String
    ) throws(MemberWriteError) {
        do {
            try DataFile.sync(file, path)
        } catch {
            throw MemberWriteError(cause: error)
        }
    }

    /// A member's file could not be written; it goes away, and its path with it.
    private struct MemberWriteError: Error {
        let cause: SystemError
    }

    /// Passes on the content of a member in parts, and skips the padding of its last block.
    private func member(_ size: Int, _ take: ([UInt8]) throws -> Void) throws {
        var left = size
        while left > 0 {
            let part = try bytes(min(left, BackupArchive.partBytes))
            try take(part)
            left -= part.count
        }
        let rest = size % BackupArchive.blockBytes
        guard rest > 0 else { return }
        guard try bytes(BackupArchive.blockBytes - rest).allSatisfy({ $0 == 0 }) else {
            throw damaged("there is something between its members")
        }
    }

    private func block() throws -> [UInt8] { try bytes(BackupArchive.blockBytes) }

    private func bytes(_ count: Int) throws -> [UInt8] {
        var found: [UInt8] = []
        while found.count < count {
            let part = try read(upTo: count - found.count)
            guard !part.isEmpty else { throw damaged("it ends before it is complete") }
            found += part
        }
        whole.add(found.span)
        return found
    }

    private func read(upTo count: Int) throws -> [UInt8] {
        try SystemCall.read(descriptor, upTo: count, of: source)
    }

    private func damaged(_ finding: String) -> BackupError { .damaged(source, finding) }
}

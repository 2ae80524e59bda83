// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Glibc
internal import Reactor

/// Writes a backup member by member, and computes the digest of the whole.
struct BackupWriter {
    /// The file of a member, and its size when the manifest was made.
    private struct Source {
        let member: BackupMember
        let path: String
        let size: Int
    }

    private let descriptor: Int32
    private let target: String
    private let directory: String
    private let now: Int64
    private let whole = RunningDigest()

    /// A writer for a descriptor that is open for writing; errors call it `target`.
    ///
    /// Errors call a member by its place in `directory`, wherever its bytes come from: the path of
    /// a temporary copy would say nothing.
    init(_ descriptor: Int32, _ target: String, of directory: String, now: Int64) {
        self.descriptor = descriptor
        self.target = target
        self.directory = directory
        self.now = now
    }

    /// Writes the files at these paths under these names; returns the digest of everything written.
    func write(_ files: [(name: String, path: String)]) throws -> Digest256 {
        var sources: [Source] = []
        for (name, path) in files {
            let digest = RunningDigest()
            let size = try read(name, path, upTo: BackupArchive.bytesMax(of: name)) {
                digest.add($0.span)
            }
            let member = BackupMember(name: name, digest: digest.finish())
            sources.append(Source(member: member, path: path, size: size))
        }
        let manifest = Array(sources.map(\.member.line).joined().utf8)
        try header(BackupArchive.manifestName, manifest.count)
        try put(manifest)
        try pad(manifest.count)
        for source in sources {
            try header(source.member.name, source.size)
            let digest = RunningDigest()
            let name = source.member.name
            let size = try read(name, source.path, upTo: source.size) { part in
                digest.add(part.span)
                try put(part)
            }
            guard size == source.size, digest.finish() == source.member.digest else {
                throw BackupError.changed("\(directory)/\(name)")
            }
            try pad(size)
        }
        // Two empty blocks end it.
        try put([UInt8](repeating: 0, count: 2 * BackupArchive.blockBytes))
        return whole.finish()
    }

    private func header(_ name: String, _ size: Int) throws {
        try put(TarHeader(name: name, size: size).block(writtenAt: now))
    }

    private func pad(_ size: Int) throws {
        let rest = size % BackupArchive.blockBytes
        guard rest > 0 else { return }
        try put([UInt8](repeating: 0, count: BackupArchive.blockBytes - rest))
    }

    private func put(_ bytes: [UInt8]) throws {
        whole.add(bytes.span)
        guard SystemCall.write(descriptor, bytes.span) else {
            throw BackupError.unwritable(target, SystemError("writing", code: errno).cause)
        }
    }

    /// Passes on a file in parts; returns its size.
    private func read(
        _ name: String,
        _ path: String,
        upTo limit: Int,
        _ take: ([UInt8]) throws -> Void
    ) throws -> Int {
        let called = "\(directory)/\(name)"
        do {
            // A link is refused, as the server refuses it: the file may be of another place.
            let file = Descriptor(owning: try DataFile.openPlain(path))
            var size = 0
            while true {
                let part = try SystemCall.read(
                    file.number,
                    upTo: BackupArchive.partBytes,
                    of: path
                )
                if part.isEmpty { return size }
                size += part.count
                guard size <= limit else { throw BackupError.tooLarge(called, limit) }
                try take(part)
            }
        } catch let error as SystemError {
            throw BackupError.unreadable(called, error.reason)
        }
    }
}

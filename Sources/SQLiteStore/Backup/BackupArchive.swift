// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Text

/// The form of a backup: a tar file (POSIX ustar) whose first member, `SHA256SUMS`, has the digests
/// of the others.
///
/// `tar -xf FILE && sha256sum -c SHA256SUMS` takes one apart without this program.
enum BackupArchive {
    static let manifestName = "SHA256SUMS"
    static let databaseName = "handfast.db"
    /// The files that the server makes in its data directory besides the database; not all need
    /// exist.
    static let fileNames = [
        "server.key", "server.pem", "admin.token", AuditKeyFile.name, AuditKeyFile.renewedName,
    ]
    /// These five, and certificates and keys that an operator put beside them.
    static let membersMax = 80
    /// The limit of a certificate or key file.
    static let fileBytesMax = 1 << 20
    static let manifestBytesMax = 16 << 10
    /// Eleven octal digits, the limit of a size in ustar.
    static let databaseBytesMax = 1 << 33 - 1
    static let blockBytes = 512
    static let partBytes = 256 << 10

    static func bytesMax(of name: String) -> Int {
        switch name {
        case manifestName: manifestBytesMax
        case databaseName: databaseBytesMax
        default: fileBytesMax
        }
    }

    /// Whether a file of this name may be put into a data directory.
    static func isMemberName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || "._-".utf8.contains($0)
        }
        // SQLite reads files whose names begin with the database's, such as its log.
        let isTaken =
            name.hasPrefix(databaseName) || name.hasSuffix(".lock") || name.hasSuffix(".sock")
            || name.hasSuffix(".partial") || name == manifestName
        return name == databaseName
            || (isPlain && !isTaken && (1...99).contains(name.utf8.count) && !name.hasPrefix("."))
    }
}

/// The manifest's entry for one member.
package struct BackupMember: Equatable {
    package let name: String
    package let digest: Digest256

    /// A line of the manifest, as sha256sum writes it.
    var line: String { "\(digest.hexadecimal)  \(name)\n" }

    /// The lines of a manifest; nil for one that was not written by `line`.
    static func list(_ manifest: [UInt8]) -> [BackupMember]? {
        var members: [BackupMember] = []
        for line in manifest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast()
        {
            let name = String(decoding: line.dropFirst(66), as: UTF8.self)
            guard let digest = digest(line.prefix(64)), BackupArchive.isMemberName(name),
                !members.contains(where: { $0.name == name })
            else { return nil }
            members.append(BackupMember(name: name, digest: digest))
        }
        let isWhole = Array(members.map(\.line).joined().utf8) == manifest
        return isWhole && (1...BackupArchive.membersMax).contains(members.count) ? members : nil
    }

    /// Parses a digest of 64 hexadecimal digits.
    package static func digest(_ digits: some Collection<UInt8>) -> Digest256? {
        Hexadecimal.bytes(digits).flatMap { Digest256($0) }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Foundation

/// The form of a backup: a tar file (POSIX ustar) whose first member, `SHA256SUMS`, has the digests
/// of the others.
///
/// `tar -xf FILE && sha256sum -c SHA256SUMS` takes one apart without this program.
enum BackupArchive {
    static let manifestName = "SHA256SUMS"
    static let databaseName = "handfast.db"
    /// What the server makes in its data directory besides the database; not all need be there.
    static let fileNames = ["server.key", "server.pem", "admin.token"]
    /// These three, and certificates and keys that somebody put beside them.
    static let membersMax = 80
    /// No certificate or key file is larger.
    static let fileBytesMax = 1 << 20
    static let manifestBytesMax = 16 << 10
    /// Eleven octal digits, which is what ustar has for a size.
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
        // What begins with the database's name means something to SQLite.
        let isTaken =
            name.hasPrefix(databaseName) || name.hasSuffix(".lock") || name.hasSuffix(".sock")
            || name.hasSuffix(".partial") || name == manifestName
        return name == databaseName
            || (isPlain && !isTaken && (1...99).contains(name.utf8.count) && !name.hasPrefix("."))
    }
}

/// What the archive says of one member.
struct BackupMember: Equatable {
    let name: String
    let digest: Digest256

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

    /// The digest that 64 hexadecimal digits say.
    static func digest(_ digits: some Sequence<UInt8>) -> Digest256? {
        let values = digits.compactMap { digit in
            digit < 0x80 ? Character(Unicode.Scalar(digit)).hexDigitValue : nil
        }
        guard values.count == 64 else { return nil }
        return Digest256(
            stride(from: 0, to: 64, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
        )
    }
}

/// The block before each member (POSIX.1-1988 ustar).
struct TarHeader: Equatable {
    let name: String
    let size: Int

    private static let checksum = 148..<156

    /// For a plain file of the owner's alone, written at `seconds` since 1970.
    func block(writtenAt seconds: Int64) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: BackupArchive.blockBytes)
        func put(_ text: String, at place: Int) {
            for (index, byte) in text.utf8.enumerated() { block[place + index] = byte }
        }
        put(name, at: 0)
        put("0000600\u{0}0000000\u{0}0000000\u{0}", at: 100)
        put(Self.octal(size, digits: 11), at: 124)
        put(Self.octal(Int(seconds), digits: 11), at: 136)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(Self.octal(Self.sum(block), digits: 6) + "\u{0} ", at: Self.checksum.lowerBound)
        return block
    }

    init(name: String, size: Int) {
        self.name = name
        self.size = size
    }

    /// Nil for what is not the header of a plain file with a plain name.
    init?(_ block: [UInt8]) {
        guard block.count == BackupArchive.blockBytes, block[257..<262].elementsEqual("ustar".utf8),
            block[156] == UInt8(ascii: "0"), block[345] == 0,
            let name = Self.name(block[0..<100]), let size = Self.number(block[124..<136]),
            Self.number(block[Self.checksum]) == Self.sum(block)
        else { return nil }
        self.name = name
        self.size = size
    }

    /// Of all bytes, those of the sum itself taken as spaces.
    private static func sum(_ block: [UInt8]) -> Int {
        block.enumerated().reduce(0) { sum, byte in
            sum + (checksum.contains(byte.offset) ? 0x20 : Int(byte.element))
        }
    }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func name(_ field: ArraySlice<UInt8>) -> String? {
        let text = field.prefix { $0 != 0 }
        guard field.dropFirst(text.count).allSatisfy({ $0 == 0 }) else { return nil }
        let name = String(decoding: text, as: UTF8.self)
        let isKnown = name == BackupArchive.manifestName || BackupArchive.isMemberName(name)
        return isKnown ? name : nil
    }

    /// Octal digits that a NUL or a space ends.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.prefix { $0 != 0 && $0 != 0x20 }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 < 0 ? nil : $0 }
    }
}

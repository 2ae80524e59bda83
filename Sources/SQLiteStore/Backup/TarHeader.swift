// SPDX-License-Identifier: Apache-2.0
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

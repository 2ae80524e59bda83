// SPDX-License-Identifier: Apache-2.0
/// UTF-8 (RFC 3629 §4): shortest form, no surrogates, nothing beyond U+10FFFF.
enum UTF8Text {
    /// A lead byte's class: the number of continuation bytes, and the bounds of the first of them.
    private struct Lead {
        var following: Int
        var lowest: UInt8 = 0x80
        var highest: UInt8 = 0xbf

        init?(_ byte: UInt8) {
            switch byte {
            case 0..<0x80: following = 0
            case 0xc2...0xdf: following = 1
            case 0xe0...0xef:
                following = 2
                if byte == 0xe0 { lowest = 0xa0 }
                if byte == 0xed { highest = 0x9f }
            case 0xf0...0xf4:
                following = 3
                if byte == 0xf0 { lowest = 0x90 }
                if byte == 0xf4 { highest = 0x8f }
            default: return nil
            }
        }
    }

    /// Whether all of these bytes are well-formed.
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            guard let lead = Lead(bytes[index]), index + lead.following < bytes.count else {
                return false
            }
            for offset in 0..<lead.following {
                let byte = bytes[index + 1 + offset]
                let bounds = offset == 0 ? lead.lowest...lead.highest : 0x80...0xbf
                guard bounds.contains(byte) else { return false }
            }
            index += 1 + lead.following
        }
        return true
    }
}

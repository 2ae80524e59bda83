// SPDX-License-Identifier: Apache-2.0
/// Elements of DER (X.690), written.
enum DEREncoding {
    /// An element of `tag` around `content`.
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        var octets: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(octets.count)] + octets + content
    }

    /// A SEQUENCE of whole elements.
    static func sequence(_ elements: [UInt8]...) -> [UInt8] {
        element(DERTag.sequence, elements.flatMap(\.self))
    }

    /// A number that is not negative, from its bytes, the greatest first.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        // A leading bit would make it negative; zero has one byte.
        let isBare = digits.first.map { $0 < 0x80 } ?? false
        return element(DERTag.integer, isBare ? digits : [0] + digits)
    }

    /// A BIT STRING of whole octets.
    static func bitString(_ octets: [UInt8]) -> [UInt8] {
        element(DERTag.bitString, [0] + octets)
    }

    /// An OCTET STRING.
    static func octetString(_ octets: [UInt8]) -> [UInt8] {
        element(DERTag.octetString, octets)
    }
}

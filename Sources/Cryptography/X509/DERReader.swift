// SPDX-License-Identifier: Apache-2.0
/// Why bytes are not the DER that was expected.
enum DERError: Error, Equatable {
    /// An element says it is longer than what is there.
    case truncated
    /// Bytes follow where the structure has ended.
    case trailing
    /// Not DER, or not the expected structure; the text says which part.
    case malformed(String)
}

/// Tag octets used by X.509, class and constructed bit included.
enum DERTag {
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let utf8String: UInt8 = 0x0C
    static let numericString: UInt8 = 0x12
    static let printableString: UInt8 = 0x13
    static let teletexString: UInt8 = 0x14
    static let ia5String: UInt8 = 0x16
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    static let visibleString: UInt8 = 0x1A
    static let universalString: UInt8 = 0x1C
    static let bmpString: UInt8 = 0x1E
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// A context-specific tag that wraps other elements.
    static func constructed(_ number: UInt8) -> UInt8 { 0xA0 | number }

    /// A context-specific tag around plain bytes.
    static func primitive(_ number: UInt8) -> UInt8 { 0x80 | number }
}

/// One element: its tag, where its content is, and where all of it is.
struct DERElement {
    let tag: UInt8
    let content: Range<Int>
    let whole: Range<Int>
}

/// Reads DER elements one after the other (X.690 §10): definite, shortest lengths only.
///
/// Never traps, whatever the bytes are, and never looks outside its range.
struct DERReader {
    let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    /// The next element's tag, nil at the end.
    var nextTag: UInt8? { position < end ? bytes[position] : nil }

    /// A reader of what is inside `element`.
    func inside(_ element: DERElement) -> DERReader { DERReader(bytes, element.content) }

    func content(of element: DERElement) -> ArraySlice<UInt8> { bytes[element.content] }

    func whole(_ element: DERElement) -> ArraySlice<UInt8> { bytes[element.whole] }

    /// Takes the next element, whatever its tag.
    mutating func next() throws(DERError) -> DERElement {
        let start = position
        guard end - start >= 2 else { throw .truncated }
        let tag = bytes[start]
        // X.509 uses no tag above 30, so the long form of tags is never right.
        guard tag & 0x1F != 0x1F else { throw .malformed("a tag in the long form") }
        let first = bytes[start + 1]
        var contentStart = start + 2
        var length = Int(first)
        if first & 0x80 != 0 {
            let octets = Int(first & 0x7F)
            guard octets != 0 else { throw .malformed("an indefinite length, which DER forbids") }
            // Four octets are 4 GiB; nothing here is that long.
            guard octets <= 4 else { throw .malformed("a length of \(octets) octets") }
            guard end - contentStart >= octets else { throw .truncated }
            length = 0
            for octet in bytes[contentStart..<contentStart + octets] {
                length = length << 8 | Int(octet)
            }
            contentStart += octets
            let shortest = length >= 0x80 && (octets == 1 || length >> (8 * (octets - 1)) != 0)
            guard shortest else {
                throw .malformed("a length that is not the shortest, as DER wants")
            }
        }
        guard end - contentStart >= length else { throw .truncated }
        position = contentStart + length
        return DERElement(tag: tag, content: contentStart..<position, whole: start..<position)
    }

    /// Takes the next element, which must have `tag`; `part` names it in the error.
    mutating func next(_ tag: UInt8, _ part: String) throws(DERError) -> DERElement {
        guard let found = nextTag else { throw .malformed("\(part) is missing") }
        guard found == tag else { throw .malformed("\(part) has the wrong type") }
        return try next()
    }

    /// Takes the next element only if it has `tag`.
    mutating func nextIfPresent(_ tag: UInt8) throws(DERError) -> DERElement? {
        guard nextTag == tag else { return nil }
        return try next()
    }

    /// Takes a SEQUENCE and gives a reader of what is inside.
    mutating func sequence(_ part: String) throws(DERError) -> DERReader {
        inside(try next(DERTag.sequence, part))
    }

    /// Takes an OBJECT IDENTIFIER.
    mutating func objectIdentifier(_ part: String) throws(DERError) -> ASN1ObjectIdentifier {
        let element = try next(DERTag.objectIdentifier, part)
        guard let value = ASN1ObjectIdentifier(content: content(of: element)) else {
            throw .malformed("\(part) is not an object identifier")
        }
        return value
    }

    /// Takes an INTEGER and gives its two's complement octets, at least one.
    mutating func integer(_ part: String) throws(DERError) -> ArraySlice<UInt8> {
        let octets = content(of: try next(DERTag.integer, part))
        guard let first = octets.first else { throw .malformed("\(part) is an empty integer") }
        if let second = octets.dropFirst().first {
            let padded = (first == 0 && second < 0x80) || (first == 0xFF && second >= 0x80)
            guard !padded else { throw .malformed("\(part) is a padded integer") }
        }
        return octets
    }

    /// Takes a BIT STRING of whole octets and gives them.
    mutating func octetsOfBitString(_ part: String) throws(DERError) -> ArraySlice<UInt8> {
        let octets = content(of: try next(DERTag.bitString, part))
        guard octets.first == 0 else { throw .malformed("\(part) is not a string of whole octets") }
        return octets.dropFirst()
    }

    /// Fails if anything is left.
    func finish() throws(DERError) {
        guard isAtEnd else { throw .trailing }
    }
}

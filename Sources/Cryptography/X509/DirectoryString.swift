// SPDX-License-Identifier: Apache-2.0
/// The character strings of names: decoded to Unicode and prepared for comparison.
enum DirectoryString {
    /// Decodes the content of a string type; nil if `tag` is none or the bytes are not of it.
    static func decode(tag: UInt8, _ content: ArraySlice<UInt8>) -> String? {
        switch tag {
        case DERTag.utf8String:
            return String(validating: content, as: UTF8.self)
        case DERTag.printableString, DERTag.ia5String, DERTag.numericString, DERTag.visibleString:
            guard content.allSatisfy({ $0 < 0x80 }) else { return nil }
            return String(decoding: content, as: UTF8.self)
        case DERTag.teletexString:
            // Issuers that still use T61String put Latin-1 in it, and OpenSSL reads it so.
            return string(content, width: 1)
        case DERTag.bmpString:
            return string(content, width: 2)
        case DERTag.universalString:
            return string(content, width: 4)
        default:
            return nil
        }
    }

    /// Whether a tag is one of the character string types that `decode` knows.
    static func isString(_ tag: UInt8) -> Bool {
        switch tag {
        case DERTag.utf8String, DERTag.printableString, DERTag.ia5String, DERTag.numericString,
            DERTag.visibleString, DERTag.teletexString, DERTag.bmpString, DERTag.universalString:
            true
        default: false
        }
    }

    /// The form in which two values are equal when they are the same name (RFC 4518 §2).
    ///
    /// Maps controls and zero-width characters away, every kind of space to one space, drops outer
    /// spaces and folds case. Swift's String equality then compares by canonical equivalence.
    /// Nil, which never matches, for a NUL and for characters that RFC 4518 §2.4 prohibits.
    /// Compatibility forms, such as full-width letters, stay different: fewer matches, not more.
    static func prepare(_ text: String) -> String? {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return prepare(ascii: text) }
        var prepared = String.UnicodeScalarView()
        var pendingSpace = false
        for scalar in text.unicodeScalars {
            switch classify(scalar) {
            case .prohibited:
                return nil
            case .nothing:
                continue
            case .space:
                pendingSpace = !prepared.isEmpty
            case .character:
                if pendingSpace { prepared.append(" ") }
                pendingSpace = false
                prepared.append(scalar)
            }
        }
        let folded = String(prepared).lowercased()
        guard folded.unicodeScalars.contains("ς") else { return folded }
        // Lowercasing keeps the two forms of sigma apart; case folding does not.
        return String(
            String.UnicodeScalarView(folded.unicodeScalars.map { $0 == "ς" ? "σ" : $0 })
        )
    }

    /// The same for printable ASCII, at a tenth of the cost: nearly all names are.
    private static func prepare(ascii text: String) -> String {
        var prepared: [UInt8] = []
        prepared.reserveCapacity(text.utf8.count)
        for octet in text.utf8 {
            if octet == 0x20, prepared.last ?? 0x20 == 0x20 { continue }
            prepared.append((0x41...0x5A).contains(octet) ? octet + 0x20 : octet)
        }
        if prepared.last == 0x20 { prepared.removeLast() }
        return String(decoding: prepared, as: UTF8.self)
    }

    private enum Kind {
        case character, space, nothing, prohibited
    }

    private static func classify(_ scalar: Unicode.Scalar) -> Kind {
        switch scalar.value {
        case 0: return .prohibited
        case 0x09...0x0D, 0x20, 0x85: return .space
        case 0x01...0x08, 0x0E...0x1F, 0x7F...0x84, 0x86...0x9F: return .nothing
        case 0x21...0x7E: return .character
        case 0xAD, 0x034F, 0x1806, 0x180B...0x180E, 0x200B, 0xFE00...0xFE0F, 0xFFFC: return .nothing
        case 0xFFFD: return .prohibited
        default: break
        }
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
        case .format, .control: return .nothing
        case .unassigned, .privateUse, .surrogate: return .prohibited
        default: return .character
        }
    }

    /// Big-endian characters of `width` octets; nil for a broken length or a surrogate.
    private static func string(_ content: ArraySlice<UInt8>, width: Int) -> String? {
        guard content.count.isMultiple(of: width) else { return nil }
        var scalars = String.UnicodeScalarView()
        var value: UInt32 = 0
        for (index, octet) in content.enumerated() {
            value = value << 8 | UInt32(octet)
            guard (index + 1).isMultiple(of: width) else { continue }
            guard let scalar = Unicode.Scalar(value) else { return nil }
            scalars.append(scalar)
            value = 0
        }
        return String(scalars)
    }
}

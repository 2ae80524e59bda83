// SPDX-License-Identifier: Apache-2.0
import Cryptography

/// Certificates with any names in them, signed by nobody: parsing does not look at signatures.
enum SyntheticCertificate {
    struct Unwritable: Error {
        let text: String
    }

    /// A certificate with a subject such as `C=p:LK|O=u:WSO2|CN=u:a+UID=i:b`.
    ///
    /// The most general comes first. Letters give the string type;
    /// `{00E9}` is a character by its number.
    static func subject(_ notation: String) throws -> Certificate {
        try certificate(subject: try name(notation), names: [])
    }

    /// A certificate with alternative names such as `dns:a.example|ip:C0000201|uri:x:y`.
    static func alternativeNames(_ notation: String) throws -> Certificate {
        let entries = try notation.split(separator: "|").map { entry in
            let parts = entry.split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let value = characters(String(parts[1]))
            switch parts[0] {
            case "dns": return element(0x82, Array(value.utf8))
            case "uri": return element(0x86, Array(value.utf8))
            case "email": return element(0x81, Array(value.utf8))
            case "ip": return element(0x87, try hexadecimal(value))
            case "rid": return element(0x88, try hexadecimal(value))
            case "dn": return element(0xA4, try name(value))
            case "other": return element(0xA0, Array(value.utf8))
            default: throw Unwritable(text: String(entry))
            }
        }
        // A common name that looks like a match, which must never count.
        return try certificate(subject: try name("CN=u:a.example"), names: entries)
    }

    /// Replaces `{00E9}` by the character of that number.
    static func characters(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            let digits = rest.dropFirst().prefix(4)
            let number = UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
            if first == "{", rest.dropFirst(5).first == "}",
                let scalar = number.flatMap(Unicode.Scalar.init)
            {
                out.append(scalar)
                rest = rest.dropFirst(6)
            } else {
                out.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(out)
    }

    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 0x80
            ? [UInt8(count)]
            : count < 0x100
                ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }

    static func certificate(subject: [UInt8], names: [[UInt8]]) throws -> Certificate {
        let algorithm = element(0x30, [0x06, 0x03, 0x2B, 0x65, 0x70])
        let key = element(0x30, algorithm + element(0x03, [UInt8](repeating: 0, count: 33)))
        let validity =
            element(0x17, Array("260101000000Z".utf8)) + element(0x17, Array("360101000000Z".utf8))
        var body = element(0xA0, [0x02, 0x01, 0x02]) + [0x02, 0x01, 0x01] + algorithm
        body += element(0x30, []) + element(0x30, validity) + subject + key
        if !names.isEmpty {
            let value = element(0x30, Array(names.joined()))
            let item = element(0x30, [0x06, 0x03, 0x55, 0x1D, 0x11] + element(0x04, value))
            body += element(0xA3, element(0x30, item))
        }
        let signature = element(0x03, [UInt8](repeating: 0, count: 65))
        return try Certificate(der: element(0x30, element(0x30, body) + algorithm + signature))
    }

    static func name(_ notation: String) throws -> [UInt8] {
        let relativeNames = try notation.split(separator: "|").map { relative in
            element(0x31, Array(try relative.split(separator: "+").map(attribute).joined()))
        }
        return element(0x30, Array(relativeNames.joined()))
    }

    private static let types: [String: [UInt8]] = [
        "CN": [0x55, 4, 3], "SN": [0x55, 4, 4], "SERIAL": [0x55, 4, 5], "C": [0x55, 4, 6],
        "L": [0x55, 4, 7], "ST": [0x55, 4, 8], "STREET": [0x55, 4, 9], "O": [0x55, 4, 10],
        "OU": [0x55, 4, 11], "T": [0x55, 4, 12], "XID": [0x55, 4, 45], "ORGID": [0x55, 4, 97],
        "GENERATION": [0x55, 4, 44],
        "JURISDICTION": [
            0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3C, 0x02, 0x01, 0x03,
        ],
        "UID": [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x01],
        "DC": [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19],
        "E": [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01],
        "ODD": [0x2B, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8D, 0x1F, 0x01],
    ]

    private static func attribute(_ notation: Substring) throws -> [UInt8] {
        let parts = notation.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let type = types[String(parts[0])], let letter = parts[1].first
        else {
            throw Unwritable(text: String(notation))
        }
        let text = characters(String(parts[1].dropFirst(2)))
        let scalars = text.unicodeScalars.map(\.value)
        let (tag, content): (UInt8, [UInt8]) =
            switch letter {
            case "u": (0x0C, Array(text.utf8))
            case "p": (0x13, Array(text.utf8))
            case "i": (0x16, Array(text.utf8))
            case "n": (0x12, Array(text.utf8))
            case "v": (0x1A, Array(text.utf8))
            case "t": (0x14, scalars.map { UInt8($0) })
            case "b": (0x1E, scalars.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
            case "w":
                (
                    0x1C,
                    scalars.flatMap {
                        [0, UInt8($0 >> 16), UInt8($0 >> 8 & 0xFF), UInt8($0 & 0xFF)]
                    }
                )
            case "o": (0x04, Array(text.utf8))
            case "s": (0x03, [0] + Array(text.utf8))
            // Bytes in hexadecimal that claim to be a UTF8String or a BMPString.
            case "U": (0x0C, try hexadecimal(text))
            case "B": (0x1E, try hexadecimal(text))
            default: throw Unwritable(text: String(notation))
            }
        return element(0x30, element(0x06, type) + element(tag, content))
    }

    private static func hexadecimal(_ text: String) throws -> [UInt8] {
        let digits = Array(text)
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            guard index + 1 < digits.count,
                let octet = UInt8(String(digits[index...index + 1]), radix: 16)
            else { throw Unwritable(text: text) }
            return octet
        }
    }
}

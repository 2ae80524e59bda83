// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Text

/// The P-256 key of RFC 7515, appendix A.3, and what it signed there.
enum RFC7515Key {
    static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    private static let d = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"

    static let message = Array(
        ("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8
    )
    static let signature = bytes(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )

    /// The public point, uncompressed.
    private static let point = [0x04] + bytes(x) + bytes(y)

    static let subjectPublicKeyInfo: [UInt8] =
        [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
            0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ] + point

    static let pkcs8: [UInt8] =
        [
            0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE,
            0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04,
            0x6D, 0x30, 0x6B, 0x02, 0x01, 0x01, 0x04, 0x20,
        ] + bytes(d) + [0xA1, 0x44, 0x03, 0x42, 0x00] + point

    static func bytes(_ text: String) -> [UInt8] {
        Base64URL.decode(Array(text.utf8).span) ?? []
    }
}

/// R ‖ S and the SEQUENCE of two INTEGERs that OpenSSL writes.
enum SignatureForm {
    /// Each half of `raw` as an INTEGER; one or two bytes of length, as ECDSA's curves need.
    static func der(_ raw: [UInt8]) -> [UInt8] {
        let content = [raw.prefix(raw.count / 2), raw.suffix(raw.count / 2)].flatMap { half in
            let digits = Array(half.drop { $0 == 0 })
            let isNegative = digits.first.map { $0 >= 0x80 } ?? true
            let number = isNegative ? [0] + digits : digits
            return [0x02, UInt8(number.count)] + number
        }
        let length = content.count < 0x80 ? [UInt8(content.count)] : [0x81, UInt8(content.count)]
        return [0x30] + length + content
    }

    /// The two INTEGERs of `der`, `half` bytes each; empty where it is none.
    static func raw(_ der: [UInt8], half: Int) -> [UInt8] {
        guard der.count > 8 else { return [] }
        var at = der[1] & 0x80 == 0 ? 2 : 3
        var raw: [UInt8] = []
        for _ in 0..<2 {
            let count = Int(der[at + 1])
            let digits = der[(at + 2)..<(at + 2 + count)].drop { $0 == 0 }
            raw += [UInt8](repeating: 0, count: half - digits.count) + digits
            at += 2 + count
        }
        return raw
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

/// A JWK Set whose keys carry their certificates (RFC 8705 §2.2.2).
package enum CertificateKeySet {
    /// The set of these.
    package static func value(_ certificates: [CertificateRecord]) -> JSONValue {
        .object(["keys": .array(certificates.map { .object(members($0)) })])
    }

    /// The members of a JWK with its certificate; key parameters that are not known here are left
    /// out.
    package static func members(_ record: CertificateRecord) -> [String: JSONValue] {
        let thumbprint = Thumbprint.text(record.thumbprint)
        let der = String(decoding: Base64.encode(record.der.span), as: UTF8.self)
        var members = [
            "kid": thumbprint, "x5t#S256": thumbprint,
        ]
        if let certificate = try? Certificate(der: record.der) {
            members.merge(parameters(certificate)) { _, new in new }
        }
        var values = members.mapValues { JSONValue.string($0) }
        values["x5c"] = .array([.string(der)])
        return values
    }

    private static func parameters(_ certificate: Certificate) -> [String: String] {
        let key = PublicKeyBits(certificate.subjectPublicKeyInfo)
        switch certificate.publicKey.algorithm {
        case .rsa, .rsaPSS:
            let integers = key.integers
            guard integers.count == 2 else { return ["kty": "RSA"] }
            return [
                "kty": "RSA", "n": Thumbprint.text(integers[0]), "e": Thumbprint.text(integers[1]),
            ]
        case .ellipticCurve(let curve):
            // SEC 1 §2.3.3: 4, then both coordinates.
            var members = ["kty": "EC"]
            members["crv"] = curve
            guard key.bytes.first == 4, !key.bytes.count.isMultiple(of: 2) else { return members }
            let size = key.bytes.count / 2
            members["x"] = Thumbprint.text(Array(key.bytes[1...size]))
            members["y"] = Thumbprint.text(Array(key.bytes[(size + 1)...]))
            return members
        case .ed25519:
            return ["kty": "OKP", "crv": "Ed25519", "x": Thumbprint.text(key.bytes)]
        default: return [:]
        }
    }
}

/// The key inside a SubjectPublicKeyInfo that was parsed and accepted before (RFC 5280 §4.1.2.7).
private struct PublicKeyBits {
    /// The content of the bit string.
    private(set) var bytes: [UInt8] = []

    init(_ subjectPublicKeyInfo: [UInt8]) {
        guard let outer = Self.elements(subjectPublicKeyInfo).first,
            let bits = Self.elements(outer).last, bits.first == 0
        else { return }
        bytes = Array(bits.dropFirst())
    }

    /// The integers of a sequence, such as RSA's modulus and exponent, without leading zeros.
    var integers: [[UInt8]] {
        Self.elements(bytes).first.map(Self.elements)?.map { Array($0.drop { $0 == 0 }) } ?? []
    }

    /// The contents of the DER elements that follow each other in `bytes`; empty if it is not DER.
    private static func elements(_ bytes: [UInt8]) -> [[UInt8]] {
        var contents: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            var length = Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            if length > 0x80 {
                let octets = length - 0x80
                guard octets <= 3, rest.count >= octets else { return [] }
                length = rest.prefix(octets).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(octets)
            }
            guard rest.count >= length else { return [] }
            contents.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return contents
    }
}

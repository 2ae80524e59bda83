// SPDX-License-Identifier: Apache-2.0
/// The description of a SubjectPublicKeyInfo's key, without decoding the key itself.
public struct PublicKeyDescription: Sendable, Equatable {
    /// The kinds of keys that are told apart.
    public enum Algorithm: Sendable, Equatable {
        /// For any RSA signature.
        case rsa
        /// For RSASSA-PSS signatures only (RFC 4055).
        case rsaPSS
        /// On a curve, by its name; nil for a curve given by its parameters.
        case ellipticCurve(String?)
        /// RFC 8410.
        case ed25519, ed448
        /// Not accepted anywhere.
        case dsa
        /// Any other, with its identifier in numbers.
        case other(String)
    }

    /// The kind of key.
    public let algorithm: Algorithm
    /// Size of modulus, field or key in bits; 0 where it is not known.
    public let bits: Int
    /// RSA's modulus, big-endian without leading zeros; empty for other keys.
    let modulus: [UInt8]
    /// RSA's public exponent, big-endian without leading zeros; empty for other keys.
    let exponent: [UInt8]

    /// Whether it is a point without its second coordinate, which decoding has to find.
    let isCompressed: Bool

    /// Such as `RSA`, `EC P-256`, `Ed25519`.
    public var name: String {
        switch algorithm {
        case .rsa: "RSA"
        case .rsaPSS: "RSA-PSS"
        case .ellipticCurve(let curve): "EC \(curve ?? "with explicit parameters")"
        case .ed25519: "Ed25519"
        case .ed448: "Ed448"
        case .dsa: "DSA"
        case .other(let identifier): identifier
        }
    }

    /// Takes the content of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    init(_ reader: inout DERReader) throws(DERError) {
        var algorithm = try reader.sequence("the key's algorithm")
        let identifier = try algorithm.objectIdentifier("the key's algorithm")
        let parameters = algorithm.isAtEnd ? nil : try algorithm.next()
        try algorithm.finish()
        let key = try reader.octetsOfBitString("the public key")
        try reader.finish()
        switch identifier {
        case .rsaEncryption: try self.init(rsa: key, .rsa)
        case .rsaPSS: try self.init(rsa: key, .rsaPSS)
        case .ecPublicKey:
            let curve: ASN1ObjectIdentifier? =
                if let parameters, parameters.tag == DERTag.objectIdentifier {
                    ASN1ObjectIdentifier(content: algorithm.content(of: parameters))
                } else {
                    nil
                }
            let known = Self.curves.first { $0.identifier == curve }
            self.init(
                .ellipticCurve(known?.name ?? curve?.dotted),
                bits: known?.bits ?? 0,
                // SEC 1 §2.3.3: 4 stands for a point with both coordinates.
                isCompressed: key.first != 4
            )
        case .ed25519: self.init(.ed25519, bits: key.count == 32 ? 256 : 0)
        case .ed448: self.init(.ed448, bits: key.count == 57 ? 456 : 0)
        case .dsa: self.init(.dsa, bits: 0)
        default: self.init(.other(identifier.dotted), bits: 0)
        }
    }

    private init(_ algorithm: Algorithm, bits: Int, isCompressed: Bool = false) {
        self.algorithm = algorithm
        self.bits = bits
        self.isCompressed = isCompressed
        (modulus, exponent) = ([], [])
    }

    /// RSAPublicKey (RFC 8017 §A.1.1).
    private init(rsa key: ArraySlice<UInt8>, _ algorithm: Algorithm) throws(DERError) {
        var outer = DERReader(Array(key))
        var reader = try outer.sequence("the RSA key")
        let modulus = try reader.integer("the RSA modulus")
        let exponent = try reader.integer("the RSA exponent")
        try reader.finish()
        try outer.finish()
        guard let top = modulus.first, top < 0x80, let first = exponent.first, first < 0x80 else {
            throw .malformed("the RSA key has a negative number")
        }
        self.algorithm = algorithm
        isCompressed = false
        self.modulus = Array(modulus.drop { $0 == 0 })
        self.exponent = Array(exponent.drop { $0 == 0 })
        bits = self.modulus.count * 8 - (self.modulus.first?.leadingZeroBitCount ?? 0)
    }

    private static let curves: [(identifier: ASN1ObjectIdentifier, name: String, bits: Int)] = [
        (
            ASN1ObjectIdentifier(known: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]), "P-256",
            256
        ),
        (ASN1ObjectIdentifier(known: [0x2B, 0x81, 0x04, 0x00, 0x22]), "P-384", 384),
        (ASN1ObjectIdentifier(known: [0x2B, 0x81, 0x04, 0x00, 0x23]), "P-521", 521),
    ]
}

extension ASN1ObjectIdentifier {
    static let rsaEncryption = pkcs1(1)
    static let rsaPSS = pkcs1(10)
    static let ecPublicKey = ASN1ObjectIdentifier(known: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
    static let dsa = ASN1ObjectIdentifier(known: [0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01])
    static let ed25519 = ASN1ObjectIdentifier(known: [0x2B, 0x65, 0x70])
    static let ed448 = ASN1ObjectIdentifier(known: [0x2B, 0x65, 0x71])

    /// 1.2.840.113549.1.1.n, RFC 8017.
    static func pkcs1(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(known: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, last])
    }

    /// RFC 3279.
    static let ecdsaWithSHA1 = ASN1ObjectIdentifier(
        known: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01]
    )

    /// 1.2.840.10045.4.3.n, RFC 5758.
    static func ecdsaWithSHA2(_ last: UInt8) -> ASN1ObjectIdentifier {
        ASN1ObjectIdentifier(known: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, last])
    }

    /// The name of a signature algorithm, or its numbers.
    var signatureAlgorithmName: String {
        switch self {
        case .pkcs1(4): "md5WithRSAEncryption"
        case .pkcs1(5): "sha1WithRSAEncryption"
        case .pkcs1(11): "sha256WithRSAEncryption"
        case .pkcs1(12): "sha384WithRSAEncryption"
        case .pkcs1(13): "sha512WithRSAEncryption"
        case .rsaPSS: "RSASSA-PSS"
        case .ecdsaWithSHA1: "ecdsa-with-SHA1"
        case .ecdsaWithSHA2(2): "ecdsa-with-SHA256"
        case .ecdsaWithSHA2(3): "ecdsa-with-SHA384"
        case .ecdsaWithSHA2(4): "ecdsa-with-SHA512"
        case .ed25519: "Ed25519"
        case .ed448: "Ed448"
        default: dotted
        }
    }
}

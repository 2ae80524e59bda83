// SPDX-License-Identifier: Apache-2.0
/// The curves of NIST that JSON Web Keys name (RFC 7518 §6.2.1.1).
public enum EllipticCurve: String, Sendable, CaseIterable {
    /// For ES256.
    case p256 = "P-256"
    /// For ES384.
    case p384 = "P-384"
    /// For ES512.
    case p521 = "P-521"

    /// How many bytes each coordinate has, leading zeros included (RFC 7518 §6.2.1.2).
    public var coordinateCount: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// OpenSSL's name of it.
    var name: String {
        switch self {
        case .p256: "prime256v1"
        case .p384: "secp384r1"
        case .p521: "secp521r1"
        }
    }

    /// Its object identifier's content.
    var identifier: [UInt8] {
        switch self {
        case .p256: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        case .p384: [0x2B, 0x81, 0x04, 0x00, 0x22]
        case .p521: [0x2B, 0x81, 0x04, 0x00, 0x23]
        }
    }
}

/// Public keys as SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), made from their numbers.
///
/// The result obeys the rules for the keys of certificates. `VerificationKey` checks that a point
/// is on its curve, which needs arithmetic.
public enum PublicKeyEncoding {
    /// An RSA key from modulus and exponent, big-endian without leading zeros.
    public static func rsa(
        modulus: [UInt8],
        exponent: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        for number in [modulus, exponent] {
            // RFC 7518 §2, Base64urlUInt: one number has one spelling.
            guard let first = number.first, first != 0 else {
                throw error("An RSA number is empty or begins with a zero byte.")
            }
        }
        let numbers = DEREncoding.sequence(
            DEREncoding.integer(modulus),
            DEREncoding.integer(exponent)
        )
        // RFC 3279 §2.3.1: the parameters must be there, and be NULL.
        return try checked(.rsaEncryption, [0x05, 0x00], numbers)
    }

    /// A point from its two coordinates, big-endian and of the curve's full length.
    public static func point(
        on curve: EllipticCurve,
        x: [UInt8],
        y: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let count = curve.coordinateCount
        guard x.count == count, y.count == count else {
            throw error("A coordinate on \(curve.rawValue) does not have \(count) bytes.")
        }
        let name = DEREncoding.element(DERTag.objectIdentifier, curve.identifier)
        // 4 stands for an uncompressed point (SEC 1 §2.3.3).
        return try checked(.ecPublicKey, name, [0x04] + x + y)
    }

    /// An Ed25519 key from its 32 bytes (RFC 8410 §4).
    public static func ed25519(_ key: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try checked(.ed25519, [], key)
    }

    private static func checked(
        _ identifier: ASN1ObjectIdentifier,
        _ parameters: [UInt8],
        _ key: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let algorithm = DEREncoding.sequence(identifier.der, parameters)
        let content = algorithm + DEREncoding.bitString(key)
        var reader = DERReader(content)
        guard let description = try? PublicKeyDescription(&reader) else {
            throw error("Its numbers are no public key.")
        }
        if let reason = KeyPolicy.reasonToRefuse(description) { throw error(reason) }
        return DEREncoding.element(DERTag.sequence, content)
    }

    private static func error(_ reason: String) -> CryptographyError {
        CryptographyError("reading a public key", reason: reason)
    }
}

extension VerificationKey {
    /// An RSA key from the numbers of a JSON Web Key (RFC 7518 §6.3.1).
    public convenience init(modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) {
        let der = try PublicKeyEncoding.rsa(modulus: modulus, exponent: exponent)
        try self.init(subjectPublicKeyInfo: der)
    }

    /// A key on a curve from the coordinates of a JSON Web Key (RFC 7518 §6.2.1).
    ///
    /// Throws where they are no point of the curve.
    public convenience init(
        curve: EllipticCurve,
        x: [UInt8],
        y: [UInt8]
    ) throws(CryptographyError) {
        let der = try PublicKeyEncoding.point(on: curve, x: x, y: y)
        try self.init(subjectPublicKeyInfo: der)
    }

    /// An Ed25519 key from the bytes of a JSON Web Key (RFC 8037 §2).
    public convenience init(ed25519: [UInt8]) throws(CryptographyError) {
        try self.init(subjectPublicKeyInfo: try PublicKeyEncoding.ed25519(ed25519))
    }
}

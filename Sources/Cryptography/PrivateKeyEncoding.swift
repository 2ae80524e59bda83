// SPDX-License-Identifier: Apache-2.0
/// Private keys as PKCS #8 in DER (RFC 5958), made from their numbers.
enum PrivateKeyEncoding {
    /// A key on P-256 (RFC 5915 §3), with its public point.
    static func p256(_ scalar: [UInt8], point: [UInt8]) -> [UInt8] {
        let curve = ASN1ObjectIdentifier(known: EllipticCurve.p256.identifier)
        let key = DEREncoding.sequence(
            DEREncoding.integer([1]),
            DEREncoding.octetString(scalar),
            DEREncoding.element(DERTag.constructed(1), DEREncoding.bitString(point))
        )
        return pkcs8(DEREncoding.sequence(ASN1ObjectIdentifier.ecPublicKey.der, curve.der), key)
    }

    /// An Ed25519 key from its 32 bytes (RFC 8410 §7).
    static func ed25519(_ key: [UInt8]) -> [UInt8] {
        pkcs8(
            DEREncoding.sequence(ASN1ObjectIdentifier.ed25519.der),
            DEREncoding.octetString(key)
        )
    }

    /// An RSA key (RFC 8017 A.1.2).
    static func rsa(_ numbers: RSANumbers) -> [UInt8] {
        let integers = [
            [0], numbers.modulus, RSANumbers.publicExponent, numbers.exponent, numbers.p, numbers.q,
            numbers.exponent1, numbers.exponent2, numbers.coefficient,
        ].flatMap(DEREncoding.integer)
        return pkcs8(
            // RFC 3279 §2.3.1: the parameters must be there, and be NULL.
            DEREncoding.sequence(ASN1ObjectIdentifier.rsaEncryption.der, [0x05, 0x00]),
            DEREncoding.element(DERTag.sequence, integers)
        )
    }

    private static func pkcs8(_ algorithm: [UInt8], _ key: [UInt8]) -> [UInt8] {
        DEREncoding.sequence(DEREncoding.integer([0]), algorithm, DEREncoding.octetString(key))
    }
}

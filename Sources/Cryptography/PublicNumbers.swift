// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The numbers of a public key, as JSON Web Keys have them.
public enum PublicNumbers: Sendable, Equatable {
    /// A point on a curve, big-endian and of the curve's full length (RFC 7518 §6.2.1).
    case point(EllipticCurve, x: [UInt8], y: [UInt8])
    /// An Ed25519 key, 32 bytes (RFC 8037 §2).
    case ed25519([UInt8])
    /// An RSA key, big-endian without leading zeros (RFC 7518 §6.3.1).
    case rsa(modulus: [UInt8], exponent: [UInt8])

    /// The members that a key needs, in the order and the form that RFC 7638 §3 digests.
    public var members: [(name: String, value: String)] {
        switch self {
        case .point(let curve, let x, let y):
            [("crv", curve.rawValue), ("kty", "EC"), ("x", Self.text(x)), ("y", Self.text(y))]
        case .ed25519(let key): [("crv", "Ed25519"), ("kty", "OKP"), ("x", Self.text(key))]
        case .rsa(let modulus, let exponent):
            [("e", Self.text(exponent)), ("kty", "RSA"), ("n", Self.text(modulus))]
        }
    }

    /// The RFC 7638 thumbprint, base64url.
    public var thumbprint: String {
        let members = members.map { #""\#($0.name)":"\#($0.value)""# }.joined(separator: ",")
        return Digest256.of(Array("{\(members)}".utf8)).base64URL
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }
}

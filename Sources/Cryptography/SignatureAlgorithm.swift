// SPDX-License-Identifier: Apache-2.0
/// A JWS signature algorithm with a public key (RFC 7518 §3.1, RFC 8037 §3.1).
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// ECDSA on P-384 with SHA-384.
    case es384 = "ES384"
    /// ECDSA on P-521 with SHA-512.
    case es512 = "ES512"
    /// RSASSA-PSS with SHA-256.
    case ps256 = "PS256"
    /// RSASSA-PSS with SHA-384.
    case ps384 = "PS384"
    /// RSASSA-PSS with SHA-512.
    case ps512 = "PS512"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    case rs384 = "RS384"
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    case rs512 = "RS512"
    /// Ed25519.
    case edDSA = "EdDSA"

    /// The kind of key that it needs.
    enum KeyKind {
        case curve(EllipticCurve)
        case rsa
        case ed25519

        /// OpenSSL's name of it.
        var name: String {
            switch self {
            case .curve: "EC"
            case .rsa: "RSA"
            case .ed25519: "ED25519"
            }
        }

        /// The reason to refuse a key of another kind.
        var complaint: String {
            switch self {
            case .curve(let curve): "it is not a \(curve.rawValue) key"
            case .rsa: "it is not an RSA key"
            case .ed25519: "it is not an Ed25519 key"
            }
        }
    }

    var keyKind: KeyKind {
        switch self {
        case .es256: .curve(.p256)
        case .es384: .curve(.p384)
        case .es512: .curve(.p521)
        case .ps256, .ps384, .ps512, .rs256, .rs384, .rs512: .rsa
        case .edDSA: .ed25519
        }
    }

    /// OpenSSL's name of the digest; nil where the algorithm has its own.
    var digestName: String? {
        switch self {
        case .es256, .ps256, .rs256: "SHA256"
        case .es384, .ps384, .rs384: "SHA384"
        case .es512, .ps512, .rs512: "SHA512"
        case .edDSA: nil
        }
    }

    var isProbabilistic: Bool {
        switch self {
        case .ps256, .ps384, .ps512: true
        default: false
        }
    }
}

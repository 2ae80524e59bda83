// SPDX-License-Identifier: Apache-2.0
public import Cryptography
internal import HTTP
internal import Text

/// A public key that verifies signatures, parsed from a JSON Web Key (RFC 7517 §4).
///
/// Valid by construction: its numbers were checked, its point is on the curve, and its certificate
/// is of the same key.
public struct JSONWebKey: Sendable, Equatable {
    /// `kid`.
    public let keyID: String?
    /// `alg`: the only algorithm that it may be used with; nil for every one that fits.
    public let algorithm: SignatureAlgorithm?
    /// The key in DER.
    public let subjectPublicKeyInfo: [UInt8]
    /// SHA-256 of `subjectPublicKeyInfo`, the cache key of prepared keys.
    public let digest: Digest256
    /// `x5c` in DER, the key's own certificate first; empty where there is none.
    public let certificates: [[UInt8]]

    private let kind: Kind

    private enum Kind: Sendable, Equatable {
        case rsa
        case curve(EllipticCurve)
        case ed25519
    }

    /// The limit of `kid`, which is compared with every assertion's and written to logs.
    static let keyIDBytesMax = 256
    /// A leaf and what stands above it; public chains have three or four.
    static let certificatesMax = 8

    /// The members of private and symmetric keys: RFC 7518 §6.2.2, §6.3.2, §6.4.1, and `priv` of
    /// the kind AKP, to which ML-DSA belongs.
    static let secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]

    init(_ value: JSONValue) throws(JSONWebKeyError) {
        guard case .object(let all) = value else { throw .broken("It is no JSON object.") }
        // Serializers write null for missing members, which reveals no private key.
        let members = all.filter { $0.value != .null }
        let value = JSONValue.object(members)
        // Checked first: a private key that was published is compromised, whatever else is wrong.
        try Self.refuseSecret(value)
        try Self.checkPurpose(value)
        algorithm = try Self.algorithm(value)
        keyID = try Self.keyID(value)
        kind = try Self.kind(value)
        subjectPublicKeyInfo = try Self.encoding(value, kind)
        digest = Digest256.of(subjectPublicKeyInfo)
        certificates = try Self.certificates(value, of: subjectPublicKeyInfo)
        if let algorithm, !Self.fits(kind, algorithm) {
            throw .broken("Its `alg` is not one for its kind of key.")
        }
    }

    /// Throws `.secret` for a key that shows a private or symmetric one.
    static func refuseSecret(_ key: JSONValue) throws(JSONWebKeyError) {
        for name in secretMembers where key[name] ?? .null != .null {
            throw .secret(
                "It has the member `\(name)` of a private or symmetric key. Register the public "
                    + "key only, and make a new pair."
            )
        }
    }

    /// Whether this key may verify signatures by `algorithm`.
    public func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        (self.algorithm ?? algorithm) == algorithm && Self.fits(kind, algorithm)
    }

    private static func fits(_ kind: Kind, _ algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .es256: kind == .curve(.p256)
        case .es384: kind == .curve(.p384)
        case .es512: kind == .curve(.p521)
        case .ps256, .ps384, .ps512, .rs256, .rs384, .rs512: kind == .rsa
        case .edDSA: kind == .ed25519
        }
    }

    // MARK: what it is for

    private static func checkPurpose(_ value: JSONValue) throws(JSONWebKeyError) {
        if let use = value["use"] {
            guard let text = use.text else { throw .broken("Its `use` is no string.") }
            guard text == "sig" else { throw .foreign("Its `use` is not `sig`.") }
        }
        if let operations = value["key_ops"] {
            guard case .array = operations, let names = operations.texts else {
                throw .broken("Its `key_ops` is no array of strings.")
            }
            guard Set(names).count == names.count else {
                throw .broken("Its `key_ops` names an operation twice.")
            }
            guard names.contains("verify") else {
                throw .foreign("Its `key_ops` lacks `verify`.")
            }
        }
    }

    private static func algorithm(_ value: JSONValue) throws(JSONWebKeyError) -> SignatureAlgorithm?
    {
        guard let member = value["alg"] else { return nil }
        guard let name = member.text else { throw .broken("Its `alg` is no string.") }
        // An algorithm for encryption, or an unsupported one.
        guard let algorithm = SignatureAlgorithm(rawValue: name) else {
            throw .foreign("Its `alg` is no supported signature algorithm.")
        }
        return algorithm
    }

    private static func keyID(_ value: JSONValue) throws(JSONWebKeyError) -> String? {
        guard let member = value["kid"] else { return nil }
        guard let name = member.text else { throw .broken("Its `kid` is no string.") }
        guard name.utf8.count <= keyIDBytesMax else {
            throw .broken("Its `kid` has more than \(keyIDBytesMax) bytes.")
        }
        return name
    }

    // MARK: its numbers

    private static func kind(_ value: JSONValue) throws(JSONWebKeyError) -> Kind {
        guard let type = value["kty"]?.text else { throw .broken("It has no `kty`.") }
        switch type {
        case "RSA": return .rsa
        case "EC":
            guard let curve = EllipticCurve(rawValue: try curveName(value)) else {
                throw .foreign("Its curve is not P-256, P-384 or P-521.")
            }
            return .curve(curve)
        case "OKP":
            guard try curveName(value) == "Ed25519" else {
                throw .foreign("Its curve is not Ed25519.")
            }
            return .ed25519
        default: throw .foreign("Its `kty` is not RSA, EC or OKP.")
        }
    }

    private static func encoding(
        _ value: JSONValue,
        _ kind: Kind
    ) throws(JSONWebKeyError) -> [UInt8] {
        let numbers: ([UInt8], [UInt8]) =
            switch kind {
            case .rsa: (try bytes(value, "n"), try bytes(value, "e"))
            case .curve: (try bytes(value, "x"), try bytes(value, "y"))
            case .ed25519: (try bytes(value, "x"), [])
            }
        do throws(CryptographyError) {
            let der = try encoding(kind, numbers)
            // OpenSSL checks that a point is on its curve.
            _ = try VerificationKey(subjectPublicKeyInfo: der)
            return der
        } catch {
            // OpenSSL's reasons are not sentences for people.
            let isSentence = error.reason.hasSuffix(".")
            throw .broken(isSentence ? error.reason : "Its numbers are no public key.")
        }
    }

    private static func encoding(
        _ kind: Kind,
        _ numbers: ([UInt8], [UInt8])
    ) throws(CryptographyError) -> [UInt8] {
        switch kind {
        case .rsa: try PublicKeyEncoding.rsa(modulus: numbers.0, exponent: numbers.1)
        case .curve(let curve):
            try PublicKeyEncoding.point(on: curve, x: numbers.0, y: numbers.1)
        case .ed25519: try PublicKeyEncoding.ed25519(numbers.0)
        }
    }

    private static func curveName(_ value: JSONValue) throws(JSONWebKeyError) -> String {
        guard let name = value["crv"]?.text else { throw .broken("It has no `crv`.") }
        return name
    }

    private static func bytes(
        _ value: JSONValue,
        _ name: String
    ) throws(JSONWebKeyError) -> [UInt8] {
        guard let text = value[name]?.text else { throw .broken("It has no `\(name)`.") }
        guard let bytes = Base64URL.decode(Array(text.utf8).span) else {
            throw .broken("Its `\(name)` is not base64url without padding.")
        }
        return bytes
    }

    // MARK: its certificates

    private static func certificates(
        _ value: JSONValue,
        of key: [UInt8]
    ) throws(JSONWebKeyError) -> [[UInt8]] {
        guard let member = value["x5c"] else { return [] }
        guard case .array = member, let texts = member.texts, !texts.isEmpty else {
            throw .broken("Its `x5c` is no array of strings with at least one in it.")
        }
        guard texts.count <= certificatesMax else {
            throw .broken("Its `x5c` has more than \(certificatesMax) certificates.")
        }
        var chain: [[UInt8]] = []
        for text in texts {
            // RFC 7517 §4.7: `x5c` alone has Base64 and not Base64url.
            guard let der = Base64.decode(Array(text.utf8).span) else {
                throw .broken("Its `x5c` has a text that is not base64 with padding.")
            }
            chain.append(der)
        }
        guard let first = chain.first, let own = try? Certificate(der: first) else {
            throw .broken("Its `x5c` does not begin with a certificate in DER.")
        }
        // RFC 7517 §4.7: certificate and key must match, for readers that use only one of them.
        guard own.subjectPublicKeyInfo == key else {
            throw .broken("The first certificate of its `x5c` is of another key.")
        }
        return chain
    }
}

// SPDX-License-Identifier: Apache-2.0
/// The MAC at the end of PKCS#12 as far as OpenSSL 3.0 does not know it: PBMAC1 (RFC 9579).
struct KeystoreSeal {
    /// The result of checking a password.
    enum PasswordResult {
        case right, wrong
        /// The MAC is of a kind that cannot be checked here; with its identifier.
        case unknown(String)
        /// Its key takes more rounds than are made.
        case excessive
    }

    private static let pbmac1 = "1.2.840.113549.1.5.14"
    private static let pbkdf2 = "1.2.840.113549.1.5.12"
    /// HMACs by identifier: the digests that OpenSSL can derive a key with.
    private static let digests = [
        "1.2.840.113549.2.7": "SHA1", "1.2.840.113549.2.8": "SHA224",
        "1.2.840.113549.2.9": "SHA256", "1.2.840.113549.2.10": "SHA384",
        "1.2.840.113549.2.11": "SHA512",
    ]
    /// The MACs of RFC 9579 §4, without those shorter than SHA-256's, which no software writes.
    private static let codes: [String: MessageAuthenticationAlgorithm] = [
        "1.2.840.113549.2.9": .hs256, "1.2.840.113549.2.10": .hs384, "1.2.840.113549.2.11": .hs512,
    ]
    /// Longer keys are hashed by HMAC first; OpenSSL takes no longer ones.
    private static let keyBytesMax = 64

    private let content: [UInt8]
    private var algorithm: DERReader
    private let code: [UInt8]
    /// The algorithm of the MAC: PBMAC1, or a digest for the older kind.
    let type: String

    /// Finds it in a PFX in DER; nil where there is none.
    init?(pfx: [UInt8]) throws(DERError) {
        var file = DERReader(pfx)
        var parts = try file.sequence("the keystore")
        _ = try parts.integer("the keystore's version")
        var safe = try parts.sequence("the keystore's content")
        guard !parts.isAtEnd else { return nil }
        _ = try safe.objectIdentifier("the content's type")
        var inside = safe.inside(try safe.next(DERTag.constructed(0), "the content"))
        let octets = try inside.next(DERTag.octetString, "the content")
        content = Array(inside.content(of: octets))
        var data = try parts.sequence("the keystore's MAC")
        var digest = try data.sequence("the keystore's MAC")
        algorithm = try digest.sequence("the MAC's algorithm")
        type = try algorithm.objectIdentifier("the MAC's algorithm").dotted
        code = Array(digest.content(of: try digest.next(DERTag.octetString, "the MAC")))
    }

    /// Whether it is of the kind that is checked here.
    var isPBMAC1: Bool { type == Self.pbmac1 }

    /// Derives the key and compares the code.
    func result(_ password: String) throws(DERError) -> PasswordResult {
        var algorithm = algorithm
        var parameters = try algorithm.sequence("the parameters of PBMAC1")
        var derivation = try parameters.sequence("the key derivation of PBMAC1")
        let kind = try derivation.objectIdentifier("the key derivation of PBMAC1").dotted
        guard kind == Self.pbkdf2 else { return .unknown(kind) }
        let key = try PBKDF2Parameters(&derivation)
        var scheme = try parameters.sequence("the scheme of PBMAC1")
        let name = try scheme.objectIdentifier("the scheme of PBMAC1").dotted
        guard let hmac = Self.codes[name] else { return .unknown(name) }
        guard let digest = Self.digests[key.pseudorandomFunction] else {
            return .unknown(key.pseudorandomFunction)
        }
        // RFC 9579 §4: the length must be there.
        guard let rounds = key.rounds, rounds > 0, let count = key.keyBytes,
            (1...Self.keyBytesMax).contains(count)
        else {
            guard key.rounds != nil else { return .excessive }
            throw .malformed("a key's length of PBMAC1")
        }
        guard rounds <= Keystore.roundsMax else { return .excessive }
        // RFC 9579 §5: the password's UTF-8, without the zeros that the older kind adds.
        let derived = try? KeyDerivation.pbkdf2(
            password: Array(password.utf8),
            salt: key.salt,
            rounds: rounds,
            digest: digest,
            count: count
        )
        guard let derived else { throw .malformed("the parameters of PBMAC1") }
        let isRight = MessageAuthentication.verifies(code, over: content, key: derived, by: hmac)
        return isRight ? .right : .wrong
    }
}

internal import Cryptography

/// Why a JSON Web Key, or a set of them, is not taken.
public struct JSONWebKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What follows from it.
    public enum Kind: Sendable {
        /// For another use, or of a kind that is not supported: a set leaves it out.
        case foreign
        /// Not what the RFCs describe, or too weak.
        case broken
        /// With a private or symmetric key in it.
        case secret
    }

    /// What follows from it.
    public let kind: Kind
    /// What is wrong, in sentences for people.
    ///
    /// Names a key's `kid` where it is short and printable; not for the wire.
    public let description: String

    static func foreign(_ reason: String) -> JSONWebKeyError { Self(kind: .foreign, reason) }
    static func broken(_ reason: String) -> JSONWebKeyError { Self(kind: .broken, reason) }
    static func secret(_ reason: String) -> JSONWebKeyError { Self(kind: .secret, reason) }

    private init(kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The same error with the name of the key that has it.
    func naming(_ key: String) -> JSONWebKeyError {
        Self(kind: kind, "\(key): \(description)")
    }
}

/// The public keys of a client: a JWK Set (RFC 7517 §5).
public struct JSONWebKeySet: Sendable, Equatable {
    /// The keys that may verify, in the order of the text.
    public let keys: [JSONWebKey]
    /// Why the other ones were left out, in sentences for people.
    public let omissions: [String]
    /// Where each key stands in the text.
    private let places: [Int]

    /// Thirty-two keys with a certificate each stay below it.
    public static let bytesMax = 64 * 1024
    /// The overlap of a rotation for each algorithm, and more than anybody publishes.
    public static let keysMax = 32
    /// How many keys may stand for one signature: without it a set of keys without `kid` would
    /// cost one verification each for a request that proves nothing.
    static let candidatesMax = 4

    /// Reads a text; throws for a set that has a broken or private key in it.
    ///
    /// Keys of other kinds and for other uses are left out (RFC 7517 §5).
    public init(_ text: Span<UInt8>) throws(JSONWebKeyError) {
        guard text.count <= Self.bytesMax else {
            throw .broken("The key set has more than \(Self.bytesMax) bytes.")
        }
        guard let value = JSONValue(text) else { throw .broken("The key set is not JSON.") }
        try self.init(value)
    }

    init(_ value: JSONValue) throws(JSONWebKeyError) {
        guard case .array(let values) = value["keys"] else {
            throw .broken("The key set is no object with an array `keys`.")
        }
        guard values.count <= Self.keysMax else {
            throw .broken("The key set has more than \(Self.keysMax) keys.")
        }
        var (keys, omissions, places): ([JSONWebKey], [String], [Int]) = ([], [], [])
        for (index, value) in values.enumerated() {
            do throws(JSONWebKeyError) {
                keys.append(try JSONWebKey(value))
                places.append(index)
            } catch {
                let named = error.naming(Self.name(index, value["kid"]?.text))
                guard error.kind == .foreign else { throw named }
                omissions.append(named.description)
            }
        }
        self.keys = keys
        self.omissions = omissions
        self.places = places
    }

    /// Keys without one are told apart by their place; other texts are not for a log line.
    private static func name(_ index: Int, _ keyID: String?) -> String {
        guard let keyID, (1...64).contains(keyID.utf8.count),
            keyID.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "`") })
        else { return "Key \(index + 1) of the set" }
        return "Key \(index + 1) of the set, `\(keyID)`"
    }

    /// The keys that a signature by `algorithm` may be of; those named `keyID` where it is given.
    ///
    /// nil where there are too many to try.
    func candidates(keyID: String?, _ algorithm: SignatureAlgorithm) -> [JSONWebKey]? {
        let found = keys.filter { key in
            guard key.fits(algorithm) else { return false }
            guard let keyID else { return true }
            // Bytes: as Swift compares strings, different ones may be equal.
            return key.keyID?.utf8.elementsEqual(keyID.utf8) ?? false
        }
        return found.count <= Self.candidatesMax ? found : nil
    }

    /// The certificate of each key, in DER, for `self_signed_tls_client_auth`.
    ///
    /// Throws where a key has none, or where there is no key (RFC 8705 §2.2.2).
    public func certificates() throws(JSONWebKeyError) -> [[UInt8]] {
        guard !keys.isEmpty else { throw .broken("The key set has no key that can be used.") }
        var found: [[UInt8]] = []
        for (place, key) in zip(places, keys) {
            guard let certificate = key.certificates.first else {
                let reason = "It has no `x5c`. Add the certificate that the client presents."
                throw JSONWebKeyError.broken(reason).naming(Self.name(place, key.keyID))
            }
            found.append(certificate)
        }
        return found
    }
}

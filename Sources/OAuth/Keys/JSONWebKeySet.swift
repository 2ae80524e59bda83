// SPDX-License-Identifier: Apache-2.0
public import Cryptography
package import Text

/// Why a JSON Web Key, or a set of them, is refused.
public struct JSONWebKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The consequence of the error.
    public enum Kind: Sendable {
        /// For another use, or of a kind that is not supported; a set ignores it.
        case foreign
        /// Malformed or too weak; a set ignores it too (RFC 7517 §5).
        case broken
        /// With a private or symmetric key in it, which refuses the whole set.
        case secret
    }

    /// The consequence of the error.
    public let kind: Kind
    /// The problem, in sentences for people.
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

    /// The same error with the name of its key.
    func naming(_ key: String) -> JSONWebKeyError {
        Self(kind: kind, "\(key): \(description)")
    }
}

/// The public keys of a client: a JWK Set (RFC 7517 §5).
public struct JSONWebKeySet: Sendable, Equatable {
    /// The usable keys, in the order of the text; at least one.
    public let keys: [JSONWebKey]
    /// The ignored keys with the reasons, in sentences for people.
    public let omissions: [String]
    /// The index of each key in the text.
    private let places: [Int]

    /// Thirty-two keys with a certificate each stay below it.
    public static let bytesMax = 64 * 1024
    /// The overlap of a rotation for each algorithm, and more than clients publish.
    public static let keysMax = 32
    /// The limit of candidate keys for one signature: a set of keys without `kid` would otherwise
    /// cost one verification each for an unauthenticated request.
    static let candidatesMax = 4

    /// Parses a text; throws where a key is private or symmetric, and where no key is usable.
    ///
    /// Other unusable keys are ignored (RFC 7517 §5): a client publishes keys for other servers
    /// too, and an unsupported one must not cost it the others.
    public init(_ text: Span<UInt8>) throws(JSONWebKeyError) {
        guard text.count <= Self.bytesMax else {
            throw .broken("The key set has more than \(Self.bytesMax) bytes.")
        }
        let content = text.extracting(Self.byteOrderMarkCount(text)...)
        guard let value = JSONValue(content) else { throw .broken(Self.complaint(content)) }
        try self.init(value)
    }

    /// The bytes of a set for storage: without the byte order mark that some editors write.
    ///
    /// RFC 8259 §8.1 lets a reader ignore it, but the set's other readers need not.
    public static func content(_ text: [UInt8]) -> [UInt8] {
        Array(text.dropFirst(byteOrderMarkCount(text.span)))
    }

    private static func byteOrderMarkCount(_ text: Span<UInt8>) -> Int {
        text.count >= 3 && text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf ? 3 : 0
    }

    /// Why a text is not JSON, as far as its first bytes tell.
    private static func complaint(_ text: Span<UInt8>) -> String {
        guard !text.isEmpty else { return "The key set is empty. Give a JWK Set (RFC 7517)." }
        switch (text[0], text.count > 1 ? text[1] : text[0]) {
        case (0xff, 0xfe), (0xfe, 0xff), (0, _), (_, 0):
            return "The key set is not in UTF-8. Save it as UTF-8 (RFC 8259 §8.1)."
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            return "The key set is PEM and not JSON. Convert its public keys to JSON Web Keys."
        default: return "The key set is not JSON, or a name stands twice in an object."
        }
    }

    /// Throws `.secret` where a key of the set is private or symmetric, whatever else it is.
    package static func refuseSecrets(_ value: JSONValue) throws(JSONWebKeyError) {
        guard case .array(let values) = value["keys"] else { return }
        for (index, value) in values.enumerated() {
            do throws(JSONWebKeyError) {
                try JSONWebKey.refuseSecret(value)
            } catch {
                throw error.naming(name(index, value["kid"]?.text))
            }
        }
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
                guard error.kind != .secret else { throw named }
                omissions.append(named.description)
            }
        }
        guard !keys.isEmpty else { throw Self.nothingLeft(omissions) }
        self.keys = keys
        self.omissions = omissions
        self.places = places
    }

    /// The error of a set without a usable key, with the reasons of the first few.
    static func nothingLeft(_ omissions: [String]) -> JSONWebKeyError {
        let shown = omissions.prefix(omissionsShownMax)
        let rest = omissions.count - shown.count
        let sentences = ["The key set has no key that can be used."] + shown
        let more = rest > 0 ? ["There are \(rest) more."] : []
        return .broken((sentences + more).joined(separator: " "))
    }

    /// A readable number of reasons; a set has 32 keys at most.
    private static let omissionsShownMax = 4

    /// Keys without a printable `kid` are named by their index.
    private static func name(_ index: Int, _ keyID: String?) -> String {
        guard let keyID, (1...64).contains(keyID.utf8.count),
            keyID.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "`") })
        else { return "Key \(index + 1) of the set" }
        return "Key \(index + 1) of the set, `\(keyID)`"
    }

    /// The keys that may verify a signature by `algorithm`; those named `keyID` where it is given.
    ///
    /// nil where there are too many to try.
    func candidates(keyID: String?, _ algorithm: SignatureAlgorithm) -> [JSONWebKey]? {
        let found = keys.filter { key in
            guard key.fits(algorithm) else { return false }
            guard let keyID else { return true }
            // Compared as bytes: Swift takes canonically equivalent strings for equal.
            return key.keyID?.isSameBytes(as: keyID) ?? false
        }
        return found.count <= Self.candidatesMax ? found : nil
    }

    /// The certificate of each key, for `self_signed_tls_client_auth` (RFC 8705 §2.2.2).
    ///
    /// `reasonToRefuse` returns a sentence, or nil for a good certificate. A key with a refused
    /// certificate, or without one, is ignored. Throws where none is left.
    public func certificates(
        reasonToRefuse: (Certificate) -> String?
    ) throws(JSONWebKeyError) -> CertificateSet {
        var set = CertificateSet(certificates: [], omissions: omissions)
        for (place, key) in zip(places, keys) {
            var reason: String? = "It has no `x5c`. Add the certificate that the client presents."
            if let der = key.certificates.first, let certificate = try? Certificate(der: der) {
                reason = reasonToRefuse(certificate)
                if reason == nil { set.certificates.append(certificate) }
            }
            guard let reason else { continue }
            let error = JSONWebKeyError.broken(reason).naming(Self.name(place, key.keyID))
            set.omissions.append(error.description)
        }
        guard !set.certificates.isEmpty else { throw Self.nothingLeft(set.omissions) }
        return set
    }

    /// The certificates of a set that may be registered.
    public struct CertificateSet: Sendable {
        /// In the order of their keys; at least one.
        public fileprivate(set) var certificates: [Certificate]
        /// The ignored keys with the reasons, in sentences for people.
        public fileprivate(set) var omissions: [String]
    }
}

// SPDX-License-Identifier: Apache-2.0
public import Cryptography
internal import Text

/// A signing key that can be used, as the store keeps it.
public struct SigningKeyMaterial: Sendable, Equatable {
    /// The `kid`.
    public let keyID: String
    /// The only algorithm that it signs by (RFC 8725 §3.1).
    public let algorithm: SignatureAlgorithm
    /// PKCS#8 DER.
    ///
    /// Secret.
    public let pkcs8: [UInt8]
    /// Seconds since 1970 from which it signs; it is published before.
    public let activeFrom: Int64
    /// Seconds since 1970 from which it no longer signs; it is published until its last token has
    /// expired.
    public let retiredAt: Int64?
    /// The public half, which is published.
    public let numbers: PublicNumbers

    /// Parses the key; throws for one that `algorithm` does not take.
    ///
    /// The public half is kept. A reactor parses the private one for its own signer, so that no
    /// key is shared between threads.
    public init(
        keyID: String,
        algorithm: SignatureAlgorithm = .es256,
        pkcs8: [UInt8],
        activeFrom: Int64,
        retiredAt: Int64?
    ) throws(CryptographyError) {
        numbers = try SigningKey(pkcs8: pkcs8, for: algorithm).publicNumbers()
        self.keyID = keyID
        self.algorithm = algorithm
        self.pkcs8 = pkcs8
        self.activeFrom = activeFrom
        self.retiredAt = retiredAt
    }

    /// Appends the public key as a JWK (RFC 7517 §4).
    fileprivate func appendJWK(to out: inout [UInt8]) {
        out.append(contentsOf: #"{"use":"sig","alg":"\#(algorithm.rawValue)","kid":"#.utf8)
        JSONText.appendString(keyID, to: &out)
        for member in numbers.members {
            out.append(contentsOf: #","\#(member.name)":"\#(member.value)""#.utf8)
        }
        out.append(UInt8(ascii: "}"))
    }
}

/// The signing keys at one moment, as values that every reactor makes its own signers from.
public struct SigningKeys: Sendable, Equatable {
    /// In the order of their activation.
    public let keys: [SigningKeyMaterial]

    /// The algorithms by which access tokens can be signed, the usual one first.
    public static let algorithms: [SignatureAlgorithm] = [.es256, .es384, .edDSA, .ps256, .rs256]

    /// Puts `keys` in the order of their activation.
    public init(_ keys: [SigningKeyMaterial]) {
        self.keys = keys.sorted { ($0.activeFrom, $0.keyID) < ($1.activeFrom, $1.keyID) }
    }

    /// The key that signs by `algorithm` at `now`: the one that became active last.
    ///
    /// Before the first one's time, the first: a clock that was put back must not stop the server.
    func active(_ algorithm: SignatureAlgorithm, at now: Int64) -> SigningKeyMaterial? {
        let usable = keys.filter { $0.algorithm == algorithm && ($0.retiredAt ?? .max) > now }
        return usable.last { $0.activeFrom <= now } ?? usable.first
    }

    /// The JWK Set (RFC 7517 §5): keys that sign, will sign, or whose tokens may still live.
    public func jwks(now: Int64, tokenLifetimeMax: Int64) -> [UInt8] {
        var out = Array(#"{"keys":["#.utf8)
        var first = true
        for key in keys where isPublished(key, now, tokenLifetimeMax) {
            if !first { out.append(UInt8(ascii: ",")) }
            first = false
            key.appendJWK(to: &out)
        }
        out.append(contentsOf: "]}".utf8)
        return out
    }

    private func isPublished(_ key: SigningKeyMaterial, _ now: Int64, _ lifetime: Int64) -> Bool {
        guard let retiredAt = key.retiredAt else { return true }
        return retiredAt > now - lifetime
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// A signed JWT in the compact form (RFC 7515 §7.1, RFC 7519 §7.2), taken apart and not yet
/// verified: nothing that it says is true before its signature was checked.
struct CompactJWS: Sendable {
    /// What a text is refused for before anybody asks for a key.
    enum ParseError: Error {
        case tooLong, notThreeParts, notBase64URL, headerMalformed, algorithmMissing, critical
        case claimsMalformed
    }

    /// `alg` as it stands in the header.
    let algorithm: String
    /// `kid`.
    let keyID: String?
    /// `typ`.
    let type: String?
    /// The claims, an object.
    let claims: JSONValue
    /// What the signature is over: the first two parts with their dot.
    let signingInput: [UInt8]
    let signature: [UInt8]

    /// An assertion with a chain of certificates in its header stays below it.
    static let bytesMax = 16 * 1024

    init(_ text: Span<UInt8>) throws(ParseError) {
        guard text.count <= Self.bytesMax else { throw .tooLong }
        let dots = text.indices.filter { text[$0] == UInt8(ascii: ".") }
        guard dots.count == 2 else { throw .notThreeParts }
        guard let head = Base64URL.decode(text.extracting(..<dots[0])),
            let body = Base64URL.decode(text.extracting((dots[0] + 1)..<dots[1])),
            let signature = Base64URL.decode(text.extracting((dots[1] + 1)...))
        else { throw .notBase64URL }
        guard let header = JSONValue(head.span), case .object = header else {
            throw .headerMalformed
        }
        // RFC 7515 §4.1.11: none of the extensions that it may name is understood here.
        guard header["crit"] == nil else { throw .critical }
        guard let algorithm = header["alg"]?.text else { throw .algorithmMissing }
        for name in ["kid", "typ"] {
            guard header[name] == nil || header[name]?.text != nil else { throw .headerMalformed }
        }
        guard let claims = JSONValue(body.span), case .object = claims else {
            throw .claimsMalformed
        }
        self.algorithm = algorithm
        keyID = header["kid"]?.text
        type = header["typ"]?.text
        self.claims = claims
        signingInput = [UInt8](copying: text.extracting(..<dots[1]))
        self.signature = signature
    }

    /// The one of `candidates` that has signed it by `algorithm`; nil where none has.
    ///
    /// Keys that stand in the header are never looked at: whoever writes it could bring their own.
    func signer(
        among candidates: [JSONWebKey],
        _ algorithm: SignatureAlgorithm,
        _ prepared: inout PreparedKeys
    ) -> JSONWebKey? {
        for candidate in candidates {
            guard let key = prepared.key(candidate) else { continue }
            if key.verifies(signature, over: signingInput, by: algorithm) { return candidate }
        }
        return nil
    }
}

/// Clients' keys in the form that OpenSSL verifies with; one thread's own.
///
/// Found by the key itself, so that no change of a client can find an old one.
struct PreparedKeys: ~Copyable {
    /// Some kilobytes each; beyond it everything is forgotten, which costs a tenth of a millisecond
    /// each.
    private static let countMax = 1024

    private var keys: [Digest256: VerificationKey] = [:]

    /// The prepared key; nil where OpenSSL has no memory, as it took the key before.
    mutating func key(_ key: JSONWebKey) -> VerificationKey? {
        if let known = keys[key.digest] { return known }
        guard let made = try? VerificationKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo) else {
            return nil
        }
        if keys.count >= Self.countMax { keys.removeAll(keepingCapacity: true) }
        keys[key.digest] = made
        return made
    }
}

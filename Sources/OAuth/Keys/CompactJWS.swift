// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// A signed JWT in compact form (RFC 7515 §7.1, RFC 7519 §7.2), parsed and not yet verified: its
/// claims are untrusted until the signature was checked.
struct CompactJWS: Sendable {
    /// Why a text is refused before any key is looked up.
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
    /// The bytes that are signed: the first two parts with their dot.
    let signingInput: [UInt8]
    let signature: [UInt8]

    /// Enough for an assertion with a chain of certificates in its header.
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
        // RFC 7515 §4.1.11: no critical extension is supported.
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

    /// The one of `candidates` that verifies the signature by `algorithm`; nil if none does.
    ///
    /// Keys in the header are ignored: an attacker could bring their own.
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

/// A cache of clients' keys in the form that OpenSSL verifies with; one thread's own.
///
/// Keyed by the key itself, so that a changed client never finds an old one.
struct PreparedKeys: ~Copyable {
    /// Some kilobytes each; cleared when full, which costs a tenth of a millisecond for each key.
    private static let countMax = 1024

    private var keys: [Digest256: VerificationKey] = [:]

    /// The prepared key; nil where memory is short, as the key was accepted before.
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

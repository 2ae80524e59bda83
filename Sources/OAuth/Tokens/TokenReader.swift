// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// Reads this server's own access tokens back; one thread's own.
///
/// Whether a token's client may still use it is not decided here (`Introspection`).
struct TokenReader: ~Copyable {
    private var issuer: String
    private var keys: TokenKeys
    private var verifiers: [String: Verifier] = [:]
    /// A cache of ciphers, by the bytes that identify the key and the sealer.
    private var ciphers: [[UInt8]: AuthenticatedCipher] = [:]

    /// Every reactor of every run is a sealer; cleared when full, and derived anew.
    private static let ciphersMax = 1024

    /// A key, and the only algorithm by which its signatures count.
    private struct Verifier {
        let key: VerificationKey
        let algorithm: SignatureAlgorithm
    }

    init(issuer: String, keys: TokenKeys) {
        self.issuer = issuer
        self.keys = keys
    }

    /// Replaces the keys.
    mutating func use(_ keys: TokenKeys) {
        self.keys = keys
        verifiers = [:]
        ciphers = [:]
    }

    /// Replaces the issuer.
    mutating func use(issuer: String) {
        self.issuer = issuer
        ciphers = [:]
    }

    /// The token's claims; nil where it is not this server's, was changed, or has expired.
    mutating func content(of token: Span<UInt8>, now: Int64) -> ReadTokenClaims? {
        guard token.count > 0, token.count <= SealedLayout.bytesMax else { return nil }
        let dots = token.indices.filter { token[$0] == UInt8(ascii: ".") }
        let content: ReadTokenClaims? =
            switch dots.count {
            case 0: sealed(token)
            case 2: jwt(token, dots[0], dots[1])
            default: nil
            }
        guard let content, now < content.expiresAt else { return nil }
        return content
    }

    /// The id under which a token that was just made is revoked; nil for any other text.
    ///
    /// Checks nothing.
    static func revocationID(ofMade token: [UInt8]) -> [UInt8]? {
        let dot = UInt8(ascii: ".")
        let identifier: String?
        if let first = token.firstIndex(of: dot), let last = token.lastIndex(of: dot), first < last
        {
            identifier = object(token.span.extracting((first + 1)..<last))?["jti"]?.text
        } else {
            identifier = Base64URL.decode(token.span).flatMap { bytes in
                bytes.count > SealedLayout.headCount
                    ? sealedIdentifier(bytes[..<SealedLayout.headCount]) : nil
            }
        }
        return identifier.map(ReadTokenClaims.revocationID(of:))
    }

    // MARK: sealed tokens

    private static func sealedIdentifier(_ head: ArraySlice<UInt8>) -> String {
        let identifier = Array(head[SealedLayout.sealerStart...])
        return String(decoding: Base64URL.encode(identifier.span), as: UTF8.self)
    }

    private mutating func sealed(_ token: Span<UInt8>) -> ReadTokenClaims? {
        guard let bytes = Base64URL.decode(token), bytes.count > SealedLayout.headCount,
            bytes[0] == SealedLayout.version
        else { return nil }
        let head = bytes[..<SealedLayout.headCount]
        let name = Array(head[1..<SealedLayout.counterStart])
        guard let cipher = ciphers[name] ?? makeCipher(name) else { return nil }
        let nonce = [0, 0, 0, 0] + head[SealedLayout.counterStart...]
        var content: [UInt8] = []
        let opened = cipher.open(
            bytes.span.extracting(SealedLayout.headCount...),
            nonce: nonce.span,
            associated: Array(head).span,
            into: &content
        )
        guard opened else { return nil }
        // Cached only after a successful decryption: forged names must not evict genuine ones.
        if ciphers.count >= Self.ciphersMax { ciphers = [:] }
        ciphers[name] = cipher
        return SealedLayout.content(content, identifier: Self.sealedIdentifier(head))
    }

    private func makeCipher(_ name: [UInt8]) -> AuthenticatedCipher? {
        let tag = name.prefix(SealedLayout.keyTagCount)
        let sealer = Array(name.dropFirst(SealedLayout.keyTagCount))
        return keys.sealing.key(tagged: tag).flatMap {
            try? TokenSealer.cipher($0, sealer: sealer, issuer: issuer)
        }
    }

    // MARK: JWTs

    private mutating func jwt(_ token: Span<UInt8>, _ first: Int, _ second: Int) -> ReadTokenClaims?
    {
        guard let header = Self.object(token.extracting(..<first)),
            // RFC 9068 §4: only our own kind of token.
            header["typ"]?.text == "at+jwt", header["crit"] == nil,
            let keyID = header["kid"]?.text, let verifier = verifier(keyID),
            // RFC 8725 §3.1: by the algorithm of its key, whatever the token would like.
            header["alg"]?.text == verifier.algorithm.rawValue,
            let signature = Base64URL.decode(token.extracting((second + 1)...)),
            verifier.key.verifies(
                signature,
                over: [UInt8](copying: token.extracting(..<second)),
                by: verifier.algorithm
            ),
            let claims = Self.object(token.extracting((first + 1)..<second)),
            claims["iss"]?.text == issuer
        else { return nil }
        return Self.content(claims)
    }

    private static func object(_ part: Span<UInt8>) -> JSONValue? {
        guard let bytes = Base64URL.decode(part), let value = JSONValue(bytes.span),
            case .object = value
        else { return nil }
        return value
    }

    private static func content(_ claims: JSONValue) -> ReadTokenClaims? {
        guard let client = claims["client_id"]?.text, let subject = claims["sub"]?.text,
            let audiences = claims["aud"]?.texts, let identifier = claims["jti"]?.text,
            let issuedAt = claims["iat"]?.seconds, let expiresAt = claims["exp"]?.seconds
        else { return nil }
        var thumbprint: Digest256?
        if let confirmation = claims["cnf"] {
            guard let text = confirmation["x5t#S256"]?.text,
                let bytes = Base64URL.decode(Array(text.utf8).span),
                let digest = Digest256(bytes)
            else { return nil }
            thumbprint = digest
        }
        guard let parts = IdentifierParts(identifier) else { return nil }
        var exchanged: ExchangedClaims?
        if let kind = parts.subjectKind {
            guard let claims = ExchangedClaims(kind, of: claims) else { return nil }
            exchanged = claims
        }
        return ReadTokenClaims(
            clientID: Array(client.utf8),
            subject: Array(subject.utf8),
            scope: Array((claims["scope"]?.text ?? "").utf8),
            audiences: audiences,
            issuedAt: issuedAt,
            expiresAt: expiresAt,
            identifier: identifier,
            thumbprint: thumbprint,
            grantID: parts.grantID,
            staticClaims: staticClaims(of: claims),
            exchange: exchanged
        )
    }

    /// The members that the server does not set, in the form that they were registered in.
    private static func staticClaims(of claims: JSONValue) -> [UInt8] {
        guard case .object(let members) = claims else { return [] }
        var out: [UInt8] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key })
        where !TokenClaims.ownNames.contains(name) {
            out.append(UInt8(ascii: ","))
            JSONText.appendString(name, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONText.append(value, to: &out)
        }
        return out
    }

    private mutating func verifier(_ keyID: String) -> Verifier? {
        if let known = verifiers[keyID] { return known }
        guard let key = keys.signing.keys.first(where: { $0.keyID == keyID }),
            let signing = try? SigningKey(pkcs8: key.pkcs8, for: key.algorithm)
        else { return nil }
        let made = Verifier(key: VerificationKey(of: signing), algorithm: key.algorithm)
        verifiers[keyID] = made
        return made
    }
}

/// The parts of a `jti` beside its random bits, told apart by its length: the kind of an exchanged
/// token's subject, one byte, and the id of the grant that the token follows from.
struct IdentifierParts {
    private(set) var subjectKind: SubjectKind?
    private(set) var grantID: [UInt8]?

    /// nil for a kind that this version does not know.
    init?(_ identifier: String) {
        guard let bytes = Base64URL.decode(Array(identifier.utf8).span) else { return }
        let (random, grant) = (JWTIssuer.identifierByteCount, GrantSecret.idByteCount)
        switch bytes.count {
        case random + grant: grantID = Array(bytes.prefix(grant))
        case random + 1, random + grant + 1:
            guard let kind = SubjectKind(rawValue: bytes[0]) else { return nil }
            subjectKind = kind
            if bytes.count > random + 1 { grantID = Array(bytes.dropFirst().prefix(grant)) }
        default: break
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// Assembles and signs access tokens in the form of RFC 9068; one thread's own.
struct JWTIssuer: ~Copyable {
    /// The random bytes of a `jti`.
    static let identifierByteCount = 16

    private let digester: Digester
    private var keys: SigningKeys
    /// The ES256 key, which signs for most clients: no look-up for their tokens.
    private var active: ActiveKey?
    /// The keys of the other algorithms, each once a client has needed it.
    private var others: [SignatureAlgorithm: ActiveKey] = [:]
    private var random = RandomReserve()
    private var payload: [UInt8] = []
    private var identifier: [UInt8] = []
    /// The claims before the subject's value.
    private var claimsStart: [UInt8]
    /// The `aud` claim of clients that have none of their own.
    private var standardAudience: [UInt8]
    /// Whether tokens say `"test":true`.
    private var isTest: Bool

    /// A signer with the base64url of its JOSE header and the dot behind it, and the time until
    /// which it is known to be the active one.
    private struct ActiveKey {
        let keyID: String
        let header: [UInt8]
        let signer: TokenSigner
        let checkedAt: Int64
    }

    private enum TokenSigner {
        case es256(Signer)
        case other(KeySigner)

        /// Appends the signature over all from `start` on, in base64url with a dot before it.
        func append(over start: Int, to out: inout [UInt8]) throws(CryptographyError) {
            switch self {
            case .es256(let signer):
                let signature = try signer.signature(over: out.span.extracting(start...))
                out.append(UInt8(ascii: "."))
                Base64URL.append(signature.span, to: &out)
            case .other(let signer):
                let signature = try signer.signature(over: Array(out[start...]))
                out.append(UInt8(ascii: "."))
                Base64URL.append(signature.span, to: &out)
            }
        }
    }

    init(_ settings: IssuerSettings, keys: SigningKeys, digester: Digester) {
        self.keys = keys
        self.digester = digester
        claimsStart = Self.claimsStart(settings)
        standardAudience = Self.standardAudience(settings)
        isTest = settings.isTest
        payload.reserveCapacity(1024)
    }

    /// Replaces the keys.
    mutating func use(_ keys: SigningKeys) {
        self.keys = keys
        active = nil
        others = [:]
    }

    /// Replaces the settings.
    mutating func use(_ settings: IssuerSettings) {
        claimsStart = Self.claimsStart(settings)
        standardAudience = Self.standardAudience(settings)
        isTest = settings.isTest
    }

    private static func claimsStart(_ settings: IssuerSettings) -> [UInt8] {
        var start = Array(#"{"iss":"#.utf8)
        JSONText.appendString(settings.issuer, to: &start)
        start.append(contentsOf: #","sub":"#.utf8)
        return start
    }

    private static func standardAudience(_ settings: IssuerSettings) -> [UInt8] {
        var claim = Array(#","aud":"#.utf8)
        JSONText.appendString(settings.tokens.audience, to: &claim)
        return claim
    }

    /// Appends a JWT to `out`, signed with the active key of its client's algorithm; on an error
    /// nothing may be issued.
    mutating func append(
        _ claims: TokenClaims,
        _ alteration: TokenAlteration,
        now: Int64,
        to out: inout [UInt8]
    ) throws(CryptographyError) {
        let algorithm = claims.client.grantPolicy.signingAlgorithm
        let key = try activeKey(algorithm, now: now)
        try writeClaims(claims, identifier: alteration.identifier)
        let start = out.count
        if alteration.fault == .wrongKeyID {
            out.append(contentsOf: Self.header(algorithm, keyID: key.keyID + "-unknown"))
        } else {
            out.append(contentsOf: key.header)
        }
        Base64URL.append(payload.span, to: &out)
        try key.signer.append(over: start, to: &out)
    }

    private mutating func writeClaims(
        _ claims: TokenClaims,
        identifier: TokenAlteration.Identifier?
    ) throws(CryptographyError) {
        payload.removeAll(keepingCapacity: true)
        payload.append(contentsOf: claimsStart)
        if claims.subject == claims.client.id {
            JSONText.appendPlain(claims.subject, to: &payload)
        } else {
            JSONText.appendString(claims.subject.span, to: &payload)
        }
        if claims.audiences.isEmpty {
            payload.append(contentsOf: standardAudience)
        } else {
            payload.append(contentsOf: #","aud":"#.utf8)
            JSONText.appendAudience(claims.audiences, to: &payload)
        }
        payload.append(contentsOf: #","client_id":"#.utf8)
        JSONText.appendPlain(claims.client.id, to: &payload)
        payload.append(contentsOf: #","iat":"#.utf8)
        JSONText.appendNumber(claims.issuedAt, to: &payload)
        payload.append(contentsOf: #","exp":"#.utf8)
        JSONText.appendNumber(claims.expiresAt, to: &payload)
        payload.append(contentsOf: #","jti":""#.utf8)
        try appendIdentifier(identifier, of: claims)
        payload.append(UInt8(ascii: "\""))
        if claims.scope != 0 {
            // Registered scopes need no JSON escapes (RFC 6749 §3.3).
            payload.append(contentsOf: #","scope":""#.utf8)
            Scope.append(claims.scope, of: claims.client.policy.scopes, to: &payload)
            payload.append(UInt8(ascii: "\""))
        }
        if let thumbprint = claims.thumbprint {
            payload.append(contentsOf: ##","cnf":{"x5t#S256":""##.utf8)
            thumbprint.appendBase64URL(to: &payload)
            payload.append(contentsOf: #""}"#.utf8)
        }
        claims.exchange?.claims.append(to: &payload)
        if isTest { payload.append(contentsOf: #","test":true"#.utf8) }
        let further = claims.client.grantPolicy.staticClaims
        if !further.isEmpty { payload.append(contentsOf: further) }
        payload.append(UInt8(ascii: "}"))
    }

    /// Appends a JWT that says to `audience`, a `client_id`, the content of a token (RFC 9701 §5).
    ///
    /// `content` is a JSON object. Always of ES256: the algorithm that the metadata names.
    mutating func appendIntrospection(
        _ content: [UInt8],
        to audience: [UInt8],
        issuer: String,
        now: Int64,
        to out: inout [UInt8]
    ) throws(CryptographyError) {
        let key = try activeKey(.es256, now: now)
        var claims = Array(#"{"iss":"#.utf8)
        JSONText.appendString(issuer, to: &claims)
        claims.append(contentsOf: #","aud":"#.utf8)
        JSONText.appendPlain(audience, to: &claims)
        claims.append(contentsOf: #","iat":"#.utf8)
        JSONText.appendNumber(now, to: &claims)
        claims.append(contentsOf: #","token_introspection":"#.utf8)
        claims.append(contentsOf: content)
        claims.append(UInt8(ascii: "}"))
        let start = out.count
        let type = "token-introspection+jwt"
        out.append(contentsOf: Self.header(.es256, type: type, keyID: key.keyID))
        Base64URL.append(claims.span, to: &out)
        try key.signer.append(over: start, to: &out)
    }

    // 128 random bits: unique (RFC 9068 §4) and unguessable. Behind the id of a grant that lasts,
    // so that all tokens of the grant can be revoked; before that, the kind of an exchanged
    // token's subject.
    private mutating func appendIdentifier(
        _ given: TokenAlteration.Identifier?,
        of claims: TokenClaims
    ) throws(CryptographyError) {
        identifier.removeAll(keepingCapacity: true)
        if let exchange = claims.exchange {
            identifier.append(exchange.claims.subjectKind.rawValue)
        }
        if let grant = claims.grantID { identifier.append(contentsOf: grant) }
        if let given {
            for half in [given.halves.0, given.halves.1] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    identifier.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
                }
            }
        } else {
            try random.append(Self.identifierByteCount, to: &identifier)
        }
        // A local: a span of one property and a change of another would overlap.
        let bytes = identifier
        Base64URL.append(bytes.span, to: &payload)
    }

    /// Whether a key signs by `algorithm` at `now`.
    func hasKey(_ algorithm: SignatureAlgorithm, now: Int64) -> Bool {
        keys.active(algorithm, at: now) != nil
    }

    private mutating func activeKey(
        _ algorithm: SignatureAlgorithm,
        now: Int64
    ) throws(CryptographyError) -> ActiveKey {
        let known = algorithm == .es256 ? active : others[algorithm]
        // Checked once a second: a key may become active between two changes of the set.
        if let known, known.checkedAt == now { return known }
        guard let material = keys.active(algorithm, at: now) else {
            throw CryptographyError("signing", reason: "no signing key is active")
        }
        let found: ActiveKey
        if let known, known.keyID == material.keyID {
            found = ActiveKey(
                keyID: known.keyID,
                header: known.header,
                signer: known.signer,
                checkedAt: now
            )
        } else {
            found = try prepare(material, now: now)
        }
        if algorithm == .es256 { active = found } else { others[algorithm] = found }
        return found
    }

    private func prepare(
        _ material: SigningKeyMaterial,
        now: Int64
    ) throws(CryptographyError) -> ActiveKey {
        let key = try SigningKey(pkcs8: material.pkcs8, for: material.algorithm)
        let signer: TokenSigner =
            key.algorithm == .es256
            ? .es256(try Signer(key, digester: digester)) : .other(KeySigner(key))
        return ActiveKey(
            keyID: material.keyID,
            header: Self.header(material.algorithm, keyID: material.keyID),
            signer: signer,
            checkedAt: now
        )
    }

    /// The JOSE header of a token in base64url, with the dot behind it (RFC 7515 §4, RFC 9068
    /// §2.1).
    private static func header(
        _ algorithm: SignatureAlgorithm,
        type: String = "at+jwt",
        keyID: String
    ) -> [UInt8] {
        var header = Array(#"{"alg":"\#(algorithm.rawValue)","typ":"\#(type)","kid":"#.utf8)
        JSONText.appendString(keyID, to: &header)
        header.append(UInt8(ascii: "}"))
        return Base64URL.encode(header.span) + [UInt8(ascii: ".")]
    }
}

internal import Cryptography

/// What the server puts into every token.
public struct IssuerSettings: Sendable, Equatable {
    /// `iss`, byte for byte the metadata's `issuer`.
    public let issuer: String
    /// `aud` for clients that have none of their own.
    public let audience: String
    /// Seconds for clients that have none of their own.
    public let lifetime: Int

    public init(issuer: String, audience: String, lifetime: Int) {
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
    }
}

/// Assembles and signs access tokens; one thread's own.
struct TokenIssuer: ~Copyable {
    private var settings: IssuerSettings
    private let digester: Digester
    private var keys: SigningKeys
    private var active: ActiveKey?
    private var random = RandomReserve()
    private var claims: [UInt8] = []
    private var claimsStart: [UInt8]

    /// A signer with the base64url of its JOSE header, and the time until which it is known to be the active one.
    private struct ActiveKey {
        let keyID: String
        let header: [UInt8]
        let signer: Signer
        let checkedAt: Int64
    }

    init(_ settings: IssuerSettings, keys: SigningKeys, digester: Digester) {
        self.settings = settings
        self.keys = keys
        self.digester = digester
        claimsStart = Self.claimsStart(settings)
        claims.reserveCapacity(1024)
    }

    /// Takes over changed keys.
    mutating func use(_ keys: SigningKeys) {
        self.keys = keys
        active = nil
    }

    /// Takes over changed settings.
    mutating func use(_ settings: IssuerSettings) {
        self.settings = settings
        claimsStart = Self.claimsStart(settings)
    }

    private static func claimsStart(_ settings: IssuerSettings) -> [UInt8] {
        var start = Array(#"{"iss":"#.utf8)
        JSONText.appendString(settings.issuer.utf8, to: &start)
        start.append(contentsOf: #","sub":"#.utf8)
        return start
    }

    /// Seconds for which a token of this client is valid.
    func lifetime(for client: Client) -> Int64 {
        Int64(client.policy.lifetime ?? settings.lifetime)
    }

    /// Appends a signed JWT (RFC 9068) to `out`; nothing may be issued when it throws.
    mutating func appendJWT(
        _ grant: AccessTokenGrant, now: Int64, to out: inout [UInt8]
    ) throws(CryptographyError) {
        let key = try activeKey(now: now)
        try writeClaims(grant, now: now)
        let start = out.count
        out.append(contentsOf: key.header)
        out.append(UInt8(ascii: "."))
        Base64URL.append(claims.span, to: &out)
        let end = out.count
        var signature: [UInt8] = []
        signature.reserveCapacity(88)
        try key.signer.appendSignature(
            over: out.span.extracting(start..<end), to: &signature)
        out.append(UInt8(ascii: "."))
        out.append(contentsOf: signature)
    }

    private mutating func writeClaims(
        _ grant: AccessTokenGrant, now: Int64
    ) throws(CryptographyError) {
        claims.removeAll(keepingCapacity: true)
        claims.append(contentsOf: claimsStart)
        JSONText.appendString(grant.subject, to: &claims)
        claims.append(contentsOf: #","aud":"#.utf8)
        if grant.audiences.isEmpty {
            JSONText.appendString(settings.audience.utf8, to: &claims)
        } else {
            JSONText.appendAudience(grant.audiences, to: &claims)
        }
        claims.append(contentsOf: #","client_id":"#.utf8)
        JSONText.appendString(grant.client.id, to: &claims)
        claims.append(contentsOf: #","iat":"#.utf8)
        JSONText.appendNumber(now, to: &claims)
        claims.append(contentsOf: #","exp":"#.utf8)
        JSONText.appendNumber(now + lifetime(for: grant.client), to: &claims)
        claims.append(contentsOf: #","jti":""#.utf8)
        try appendIdentifier()
        claims.append(UInt8(ascii: "\""))
        if grant.scope != 0 {
            // Registered scopes have only characters that JSON takes as they are (RFC 6749 §3.3).
            claims.append(contentsOf: #","scope":""#.utf8)
            Scope.append(grant.scope, of: grant.client.policy.scopes, to: &claims)
            claims.append(UInt8(ascii: "\""))
        }
        if let thumbprint = grant.thumbprint {
            claims.append(contentsOf: ##","cnf":{"x5t#S256":""##.utf8)
            thumbprint.appendBase64URL(to: &claims)
            claims.append(contentsOf: #""}"#.utf8)
        }
        claims.append(UInt8(ascii: "}"))
    }

    // 128 bits: it never repeats (RFC 9068 §4), and nobody can name another token's.
    private mutating func appendIdentifier() throws(CryptographyError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        try random.append(16, to: &bytes)
        Base64URL.append(bytes.span, to: &claims)
    }

    private mutating func activeKey(now: Int64) throws(CryptographyError) -> ActiveKey {
        // A key may become active between two changes of the set; looking once a second is enough.
        if let active, active.checkedAt == now { return active }
        guard let material = keys.active(at: now) else {
            throw CryptographyError("signing", reason: "no signing key is active")
        }
        let found: ActiveKey
        if let active, active.keyID == material.keyID {
            found = ActiveKey(
                keyID: active.keyID, header: active.header, signer: active.signer, checkedAt: now)
        } else {
            found = try prepare(material, now: now)
        }
        active = found
        return found
    }

    private func prepare(
        _ material: SigningKeyMaterial, now: Int64
    ) throws(CryptographyError) -> ActiveKey {
        var header = Array(#"{"alg":"ES256","typ":"at+jwt","kid":"#.utf8)
        JSONText.appendString(material.keyID.utf8, to: &header)
        header.append(UInt8(ascii: "}"))
        let key = try SigningKey(pkcs8: material.pkcs8)
        return ActiveKey(
            keyID: material.keyID, header: Base64URL.encode(header.span),
            signer: try Signer(key, digester: digester), checkedAt: now)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage
internal import Text

/// A client information response (RFC 7591 §3.2.1, RFC 8705 §2.1.2 and §3.4).
///
/// The members after the keys are Handfast's own.
struct ClientInformation: Encodable {
    private let client: ClientRecord
    private let secret: String?

    /// `secret` is shown only where it was just made.
    init(_ client: ClientRecord, secret: String? = nil) {
        self.client = client
        self.secret = secret
    }

    private struct Member: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        func encode(_ name: String, _ value: some Encodable) throws {
            try members.encode(value, forKey: Member(stringValue: name))
        }
        try encode("client_id", client.clientID)
        try encode("client_id_issued_at", client.createdAt)
        if let secret {
            try encode("client_secret", secret)
            try encode("client_secret_expires_at", 0)
        }
        try encode("client_name", client.name)
        try encode("token_endpoint_auth_method", client.authenticationMethod)
        try encode("grant_types", client.grantTypes)
        // RFC 7591 §2: the default would be the code flow, which these clients do not use.
        try encode("response_types", [String]())
        try encode("redirect_uris", client.redirectURIs)
        try encode("scope", client.scopes.joined(separator: " "))
        try encode("tls_client_certificate_bound_access_tokens", client.boundAccessTokens)
        if let kind = client.subjectKind { try encode(kind, client.subjectValue) }
        // RFC 7591 §2: `jwks` and `jwks_uri` are not both there.
        if let uri = client.jwksURI {
            try encode("jwks_uri", uri)
        } else if !client.certificates.isEmpty {
            try encode("jwks", CertificateKeySet(client.certificates))
        } else if let jwks = client.jwks {
            try encode("jwks", Self.plain(jwks))
        }
        if let algorithm = client.assertionAlgorithm {
            try encode("token_endpoint_auth_signing_alg", algorithm)
        }
        if let fetched = client.fetchedJWKS { try encode("fetched_jwks", Self.plain(fetched)) }
        if let trustSet = client.trustSet { try encode("trust_set", trustSet) }
        if !client.certificateAuthorities.isEmpty {
            try encode("ca_certificates", CertificateKeySet(client.certificateAuthorities))
        }
        try encode("enabled", client.enabled)
        try encode("audiences", client.audiences)
        try encode("access_token_format", client.tokenFormat)
        if let lifetime = client.tokenLifetime { try encode("access_token_lifetime", lifetime) }
        try encode("access_token_reuse_window", client.reuseWindow)
        try encode("may_introspect", client.mayIntrospect)
    }

    /// The keys as they were registered, null where they are no JSON any more.
    private static func plain(_ jwks: String) -> JSONValue {
        JSONValue(jwks.utf8Span.span) ?? .null
    }
}

/// A JWK Set whose keys carry their certificates (RFC 8705 §2.2.2).
struct CertificateKeySet: Encodable {
    let keys: [CertificateKey]

    init(_ certificates: [CertificateRecord]) {
        keys = certificates.map(CertificateKey.init)
    }
}

/// A JWK with its certificate; key parameters that this program does not know are left out.
struct CertificateKey: Encodable {
    private var members: [String: String] = [:]
    private let chain: [String]

    init(_ record: CertificateRecord) {
        chain = [String(decoding: Base64.encode(record.der.span), as: UTF8.self)]
        let thumbprint = Thumbprint.text(record.thumbprint)
        members["kid"] = thumbprint
        members["x5t#S256"] = thumbprint
        guard let certificate = try? Certificate(der: record.der) else { return }
        let key = PublicKeyBits(certificate.subjectPublicKeyInfo)
        switch certificate.publicKey.algorithm {
        case .rsa, .rsaPSS:
            members["kty"] = "RSA"
            let integers = key.integers
            if integers.count == 2 {
                members["n"] = Thumbprint.text(integers[0])
                members["e"] = Thumbprint.text(integers[1])
            }
        case .ellipticCurve(let curve):
            members["kty"] = "EC"
            members["crv"] = curve
            // SEC 1 §2.3.3: 4, then both coordinates.
            if key.bytes.first == 4, !key.bytes.count.isMultiple(of: 2) {
                let size = key.bytes.count / 2
                members["x"] = Thumbprint.text(Array(key.bytes[1...size]))
                members["y"] = Thumbprint.text(Array(key.bytes[(size + 1)...]))
            }
        case .ed25519:
            members["kty"] = "OKP"
            members["crv"] = "Ed25519"
            members["x"] = Thumbprint.text(key.bytes)
        default: break
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Values(members: members, chain: chain))
    }

    private struct Values: Encodable {
        let members: [String: String]
        let chain: [String]

        func encode(to encoder: any Encoder) throws {
            try members.encode(to: encoder)
            var container = encoder.container(keyedBy: Member.self)
            try container.encode(chain, forKey: .x5c)
        }

        private enum Member: CodingKey { case x5c }
    }
}

/// The key inside a SubjectPublicKeyInfo that was parsed and accepted before (RFC 5280 §4.1.2.7).
private struct PublicKeyBits {
    /// The content of the bit string.
    private(set) var bytes: [UInt8] = []

    init(_ subjectPublicKeyInfo: [UInt8]) {
        guard let outer = Self.elements(subjectPublicKeyInfo).first,
            let bits = Self.elements(outer).last, bits.first == 0
        else { return }
        bytes = Array(bits.dropFirst())
    }

    /// The integers of a sequence, such as RSA's modulus and exponent, without leading zeros.
    var integers: [[UInt8]] {
        Self.elements(bytes).first.map(Self.elements)?.map { Array($0.drop { $0 == 0 }) } ?? []
    }

    /// The contents of the DER elements that follow each other in `bytes`; empty if it is not DER.
    private static func elements(_ bytes: [UInt8]) -> [[UInt8]] {
        var contents: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            var length = Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            if length > 0x80 {
                let octets = length - 0x80
                guard octets <= 3, rest.count >= octets else { return [] }
                length = rest.prefix(octets).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(octets)
            }
            guard rest.count >= length else { return [] }
            contents.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return contents
    }
}

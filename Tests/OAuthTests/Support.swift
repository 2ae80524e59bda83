// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import HTTP
import Testing
import Text

@testable import OAuth

/// The moment at which the tests that need no real certificate take place.
let noon: Int64 = 1_800_000_000

/// A thumbprint that stands for a certificate.
func thumbprint(_ number: UInt8) -> Digest256 {
    Digest256.of([number])
}

/// A registered certificate that is valid for an hour on either side of noon.
func certificate(_ number: UInt8) -> RegisteredCertificate {
    RegisteredCertificate(
        thumbprint: thumbprint(number),
        notBefore: noon - 3_600,
        notAfter: noon + 3_600
    )
}

func policy(
    _ method: ClientAuthenticationMethod = .selfSignedTLS,
    grants: Grants = [.clientCredentials],
    scopes: [String] = ["read", "write"],
    audiences: [String] = [],
    bindsTokens: Bool = true,
    format: AccessTokenFormat = .jwt,
    lifetime: Int? = nil,
    reuseWindow: Int = 0,
    mayIntrospect: Bool = false
) -> ClientPolicy {
    ClientPolicy(
        method: method,
        grants: grants,
        scopes: scopes,
        audiences: audiences,
        bindsTokens: bindsTokens,
        format: format,
        lifetime: lifetime,
        reuseWindow: reuseWindow,
        mayIntrospect: mayIntrospect
    )
}

func client(
    _ id: String = "app",
    _ policy: ClientPolicy = policy(),
    isEnabled: Bool = true,
    secret: String? = nil,
    trust: CertificateTrust? = nil,
    certificates: [RegisteredCertificate] = [certificate(1)]
) throws -> Client {
    try #require(
        Client(
            id: id,
            policy: policy,
            isEnabled: isEnabled,
            secret: secret.map { ClientSecretHash(of: Array($0.utf8).span) },
            trust: trust,
            certificates: certificates
        )
    )
}

func registry(_ clients: Client..., users: [String: User] = [:]) -> Registry {
    var known = ClientRegistry()
    for client in clients { known.insert(client) }
    return Registry(clients: known, users: users, generation: 1)
}

func form(_ body: String) throws -> FormFields {
    var fields = FormFields()
    try fields.parse(Array(body.utf8).span)
    return fields
}

/// The value of an `Authorization` header with these two, each encoded as a form's value is.
func basic(_ id: String, _ secret: String) -> AuthorizationHeader {
    .one(Array("Basic \(Data("\(id):\(secret)".utf8).base64EncodedString())".utf8))
}

/// A connection that has proven what it is told to.
final class StubPeer: Peer {
    let thumbprint: Digest256?
    private let chain: [[UInt8]]
    /// How often the certificates were asked for; that may be slow, so it must be rare.
    private(set) var readings = 0

    init(_ thumbprint: Digest256?, chain: [[UInt8]] = []) {
        self.thumbprint = thumbprint
        self.chain = chain
    }

    /// Presents a leaf and what is sent along with it.
    convenience init(_ leaf: Certificate, _ others: Certificate...) {
        self.init(leaf.thumbprint, chain: ([leaf] + others).map(\.der))
    }

    func certificates() -> [[UInt8]] {
        readings += 1
        return chain
    }
}

/// A fresh signing key.
func signingKey(
    _ keyID: String = "key",
    activeFrom: Int64 = 0,
    retiredAt: Int64? = nil
) throws -> SigningKeyMaterial {
    SigningKeyMaterial(
        keyID: keyID,
        pkcs8: try SigningKey.generate().pkcs8(),
        activeFrom: activeFrom,
        retiredAt: retiredAt
    )
}

/// A fresh sealing key.
func sealingKey(
    _ keyID: String = "seal",
    activeFrom: Int64 = 0,
    retiredAt: Int64? = nil
) throws -> SealingKeyMaterial {
    SealingKeyMaterial(
        keyID: keyID,
        secret: try RandomBytes.make(32),
        activeFrom: activeFrom,
        retiredAt: retiredAt
    )
}

/// The bytes that base64url text stands for.
func decoded(_ text: some Sequence<UInt8>) throws -> [UInt8] {
    let bytes = Base64URL.decode(Array(text).span)
    return try #require(bytes)
}

let settings = IssuerSettings(
    issuer: "https://as.example",
    tokens: TokenSettings(audience: "https://api.example", lifetime: 600)
)

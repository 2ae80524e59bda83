// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import HTTP
package import OAuth
internal import Text

/// The moment at which the tests that need no real certificate take place.
package let noon: Int64 = 1_800_000_000

/// A thumbprint that stands for a certificate.
package func thumbprint(_ number: UInt8) -> Digest256 {
    Digest256.of([number])
}

/// A registered certificate that is valid for an hour on either side of noon.
package func certificate(_ number: UInt8) -> RegisteredCertificate {
    RegisteredCertificate(
        thumbprint: thumbprint(number),
        notBefore: noon - 3_600,
        notAfter: noon + 3_600
    )
}

/// A policy, by default of a client with a certificate that may ask for what it is registered for.
package func policy(
    _ method: ClientAuthenticationMethod = .selfSignedTLS,
    grants: Grants = [.clientCredentials],
    scopes: [String] = ["read", "write"],
    audiences: [String] = [],
    bindsTokens: Bool = true,
    format: AccessTokenFormat = .jwt,
    lifetime: Int? = nil,
    reuseWindow: Int = 0,
    mayIntrospect: Bool = false,
    rate: RequestRate? = nil
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
        mayIntrospect: mayIntrospect,
        rate: rate
    )
}

/// A registration of which no client can be made.
package struct ImpossibleClient: Error {}

/// A client, by default the one whose certificate has the number 1.
package func client(
    _ id: String = "app",
    _ policy: ClientPolicy = policy(),
    isEnabled: Bool = true,
    secret: String? = nil,
    trust: CertificateTrust? = nil,
    assertion: AssertionRegistration? = nil,
    certificates: [RegisteredCertificate] = [certificate(1)],
    grantPolicy: GrantPolicy = GrantPolicy(),
    tokensValidFrom: Int64 = 0
) throws -> Client {
    let made = Client(
        id: id,
        policy: policy,
        isEnabled: isEnabled,
        secret: secret.map { ClientSecretHash(of: Array($0.utf8).span) },
        trust: trust,
        assertion: assertion,
        certificates: certificates,
        grantPolicy: grantPolicy,
        tokensValidFrom: tokensValidFrom
    )
    guard let made else { throw ImpossibleClient() }
    return made
}

/// A registry with these clients, users and trusted issuers, and no others.
package func registry(
    _ clients: Client...,
    users: [String: User] = [:],
    issuers: [TrustedIssuer] = []
) -> Registry {
    var known = ClientRegistry()
    for client in clients { known.insert(client) }
    return Registry(
        clients: known,
        users: users,
        issuers: TrustedIssuers(issuers),
        generation: 1
    )
}

/// The fields of a request's body.
package func form(_ body: String) throws -> FormFields {
    var fields = FormFields()
    try fields.parse(Array(body.utf8).span)
    return fields
}

/// The value of an `Authorization` header with these two, each encoded as a form's value is.
package func basic(_ id: String, _ secret: String) -> AuthorizationHeader {
    .one(Array("Basic ".utf8) + Base64.encode(Array("\(id):\(secret)".utf8).span))
}

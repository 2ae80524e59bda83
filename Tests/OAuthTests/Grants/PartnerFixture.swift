// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing

@testable import OAuth

/// A trusted issuer `partner` with one key, and a client `app` that may present its JWTs.
struct PartnerFixture {
    static let issuer = "https://partner.example"
    static let jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    let key: ClientKey
    let uses = NotedUses()

    init(_ kind: ClientKey.Kind = .p256) throws {
        key = try ClientKey(kind)
    }

    func keySet(_ key: ClientKey? = nil, _ members: [String: Any?] = ["kid": "key"]) throws
        -> JSONWebKeySet
    {
        try JSONWebKeySet(Array(#"{"keys":[\#(try (key ?? self.key).jwk(members))]}"#.utf8).span)
    }

    /// The issuer; keys at a URI if `fetchedAt` says when they were fetched, 0 for never.
    func trusted(
        _ keys: JSONWebKeySet? = nil,
        fetchedAt: Int64? = nil,
        algorithms: [SignatureAlgorithm] = [.es256],
        clients: [String] = ["app"],
        audience: String? = nil,
        subjects: String? = nil,
        tokenAudiences: [String] = [],
        scopes: [String] = [],
        lifetimeMax: Int64 = 300,
        allowsReplay: Bool = false,
        name: String = "partner",
        issuer: String = PartnerFixture.issuer
    ) throws -> TrustedIssuer {
        TrustedIssuer(
            name: name,
            issuer: issuer,
            keys: fetchedAt == 0 ? nil : try keys ?? keySet(),
            hasRemoteKeys: fetchedAt != nil,
            keysFetchedAt: fetchedAt == 0 ? nil : fetchedAt,
            algorithms: algorithms,
            clients: clients,
            audience: audience,
            subjects: subjects.flatMap(SubjectPattern.init),
            tokenAudiences: tokenAudiences,
            scopes: scopes,
            lifetimeMax: lifetimeMax,
            allowsReplay: allowsReplay
        )
    }

    /// A client whose certificate has the number 1.
    static func app(
        _ grants: Grants = [.jwtBearer],
        bindsTokens: Bool = false,
        scopes: [String] = ["read", "write"],
        audiences: [String] = [],
        lifetime: Int? = nil,
        rate: RequestRate? = nil
    ) throws -> Client {
        try client(
            "app",
            policy(
                grants: grants,
                scopes: scopes,
                audiences: audiences,
                bindsTokens: bindsTokens,
                lifetime: lifetime,
                rate: rate
            )
        )
    }

    func fixture(_ issuers: TrustedIssuer..., app: Client? = nil) throws -> TokenFixture {
        try TokenFixture(
            registry(app ?? Self.app(), issuers: issuers.isEmpty ? [trusted()] : issuers),
            replays: uses
        )
    }

    /// A good assertion at noon.
    static func assertion(alg: String = "ES256") -> Assertion {
        Assertion(alg: alg).claiming("iss", issuer).claiming("sub", "alice")
    }

    func text(_ assertion: Assertion = PartnerFixture.assertion()) throws -> String {
        try assertion.signed(key)
    }

    static func body(_ assertion: String, _ more: String = "") -> String {
        "grant_type=\(jwtBearer)&client_id=app&assertion=\(assertion)\(more)"
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Storage

/// A certificate, told from others by its number.
package func certificate(_ number: UInt8, createdAt: Int64 = 1_000) -> CertificateRecord {
    CertificateRecord(
        thumbprint: [UInt8](repeating: number, count: 32),
        der: [0x30, 0x03, 0x02, 0x01, number],
        subject: "CN=client \(number)",
        notBefore: 500,
        notAfter: 9_000 + Int64(number),
        createdAt: createdAt
    )
}

/// A client with certificates.
package func client(_ clientID: String, certificates: [CertificateRecord] = []) -> ClientRecord {
    ClientRecord(
        clientID: clientID,
        name: "playground2",
        authenticationMethod: "self_signed_tls_client_auth",
        grantTypes: ["password", "client_credentials"],
        scopes: ["read", "write"],
        redirectURIs: ["http://localhost:8080/callback"],
        boundAccessTokens: true,
        audiences: ["https://api.example"],
        tokenLifetime: 300,
        createdAt: 1_000,
        updatedAt: 1_000,
        certificates: certificates
    )
}

/// A user of this name.
package func user(_ name: String) -> UserRecord {
    UserRecord(
        name: name,
        subject: "user:\(name)",
        passwordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        createdAt: 1_000
    )
}

/// A trust set of this name.
package func trustSet(_ name: String) -> TrustSetRecord {
    TrustSetRecord(name: name, caCertificates: [[0x30, 0x01], [0x30, 0x02]], created: 1_000)
}

/// A trusted issuer of this name, with keys at a URI.
package func issuer(_ name: String) -> IssuerRecord {
    IssuerRecord(
        name: name,
        issuer: "https://\(name).example",
        jwksURI: "https://\(name).example/jwks",
        algorithms: ["ES256", "RS256"],
        clients: ["a", "b"],
        audience: "urn:audience",
        subjects: "repo:*",
        tokenAudiences: ["https://api.example"],
        scopes: ["read", "write"],
        maxLifetime: 120,
        allowsReplay: true,
        labels: ["team": "red"],
        created: 1_000
    )
}

/// A key of this `kid`.
package func key(_ keyID: String, kind: String = "ES256", activeFrom: Int64 = 1_000) -> KeyRecord {
    KeyRecord(
        keyID: keyID,
        kind: kind,
        material: [1, 2, 3],
        createdAt: activeFrom,
        activeFrom: activeFrom
    )
}

/// Why `body` was refused by the store, or nil.
package func storeError(_ body: () throws -> Void) -> StoreError? {
    do {
        try body()
        return nil
    } catch {
        return error as? StoreError
    }
}

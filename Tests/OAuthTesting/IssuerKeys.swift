// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import OAuth

/// The issuer's settings, where a test has no others.
package let settings = IssuerSettings(
    issuer: "https://as.example",
    tokens: TokenSettings(audience: "https://api.example", lifetime: 600)
)

/// A fresh signing key.
package func signingKey(
    _ keyID: String = "key",
    _ algorithm: SignatureAlgorithm = .es256,
    activeFrom: Int64 = 0,
    retiredAt: Int64? = nil
) throws -> SigningKeyMaterial {
    try SigningKeyMaterial(
        keyID: keyID,
        algorithm: algorithm,
        pkcs8: try SigningKey.generate(algorithm).pkcs8(),
        activeFrom: activeFrom,
        retiredAt: retiredAt
    )
}

/// A fresh sealing key.
package func sealingKey(
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

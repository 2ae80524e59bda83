// SPDX-License-Identifier: Apache-2.0
import Storage

/// A trusted issuer with every member.
let partner = IssuerRecord(
    name: "partner",
    issuer: "https://partner.example",
    jwksURI: "https://partner.example/jwks",
    fetchedJWKS: #"{"keys":[{"kid":"é"}]}"#,
    fetchedAt: 4_000,
    algorithms: ["ES256", "PS256"],
    clients: ["a", "b"],
    audience: "urn:a",
    subjects: "repo:*",
    tokenAudiences: ["https://api.example"],
    scopes: ["read", "write"],
    maxLifetime: 120,
    allowsReplay: true,
    labels: ["team": "red"],
    created: 1_000,
    version: 3
)

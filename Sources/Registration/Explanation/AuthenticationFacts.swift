// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Storage

/// All that words about an authentication are made of.
struct AuthenticationFacts {
    /// The name in the question: an id, or a display name.
    let name: String
    let record: ClientRecord?
    /// Why the registration cannot be used; nil if it can, or there is none.
    let reasonUnusable: String?
    let client: Client?
    let trustSet: TrustSetRecord?
    /// The verifier of the client's chains; nil if it has none.
    let verifier: ChainVerifier?
    let leaf: Certificate
    let sent: [Certificate]
    /// The verification of the chain; nil if none was verified.
    let verification: ChainVerification?
    let now: Int64
    let publicCA: (Certificate) -> String?

    var id: String { record?.clientID ?? name }

    var method: ClientAuthenticationMethod? { client?.policy.method }

    var chain: ChainDescription? {
        verification.map { ChainDescription(leaf, sent, $0, by: verifier, now: now) }
    }

    var serverAuth: ServerAuthDescription? {
        verification.map {
            ServerAuthDescription(
                $0,
                verifier?.anchors ?? [],
                trustSet,
                publicCA: publicCA
            )
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Storage

/// All that words about an authentication are made of.
struct AuthenticationFacts {
    /// What was asked for: an id, or a name of people's.
    let name: String
    let record: ClientRecord?
    /// Why the registration cannot be used; nil if it can, or there is none.
    let problem: String?
    let client: Client?
    let trustSet: TrustSetRecord?
    /// What checks chains for the client; nil where nothing does.
    let verifier: ChainVerifier?
    let leaf: Certificate
    let sent: [Certificate]
    /// What was found about the chain; nil where none was looked at.
    let verification: ChainVerification?
    let now: Int64
    let publicCA: (Certificate) -> String?

    var id: String { record?.clientID ?? name }

    var method: ClientAuthenticationMethod? { client?.policy.method }

    var chain: ChainDescription? {
        verification.map { ChainDescription(leaf, sent, $0) }
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

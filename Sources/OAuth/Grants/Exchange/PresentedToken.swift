// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// A token that a request presents as its subject or its actor, with a good signature, and not
/// expired when it was read.
struct PresentedToken: Sendable {
    enum Source: Sendable {
        /// An access token of this server.
        case own(ReadTokenClaims)
        /// A JWT of a trusted issuer.
        case issuer(IssuerToken)
    }

    let source: Source
    /// `sub` of the new token.
    let subject: [UInt8]
    /// `sub` and `iss` as they stand in the token: what `act` says where it is the actor's.
    let party: TokenParty
    /// Space-separated (RFC 6749 §3.3); empty for none.
    let scope: [UInt8]
    let audiences: [String]
    /// `exp`, in seconds since 1970.
    let expiresAt: Int64
    /// The certificate that it is bound to (`cnf.x5t#S256`).
    let thumbprint: Digest256?
    /// `act`.
    let actors: ActorChain?
    /// `may_act`.
    let permittedActor: TokenParty?

    /// An access token of this server, whose name is `issuer`.
    init(own claims: ReadTokenClaims, issuer: String) {
        source = .own(claims)
        subject = claims.subject
        party = TokenParty(subject: claims.subject, issuer: Array(issuer.utf8))
        (scope, audiences) = (claims.scope, claims.audiences)
        expiresAt = claims.expiresAt
        thumbprint = claims.thumbprint
        actors = claims.exchange?.actors
        permittedActor = claims.exchange?.permittedActor
    }

    /// A JWT of a trusted issuer; nil where it says something about its binding, its actors or its
    /// scope that cannot be kept to.
    init?(_ token: IssuerToken) {
        let claims = token.claims
        guard let name = claims["sub"]?.text, let audiences = claims["aud"]?.texts else {
            return nil
        }
        source = .issuer(token)
        subject = token.subject
        party = TokenParty(subject: Array(name.utf8), issuer: token.issuer.issuer)
        self.audiences = audiences
        expiresAt = token.expiresAt
        if let claim = claims["scope"] {
            guard let text = claim.text else { return nil }
            scope = Array(text.utf8)
        } else {
            scope = []
        }
        if let confirmation = claims["cnf"] {
            // RFC 7800 §3: a binding to something else cannot be proven here.
            guard case .object(let members) = confirmation, members.count == 1,
                let text = members["x5t#S256"]?.text,
                let bytes = Base64URL.decode(Array(text.utf8).span),
                let digest = Digest256(bytes)
            else { return nil }
            thumbprint = digest
        } else {
            thumbprint = nil
        }
        guard let exchanged = ExchangedClaims(.issuer, of: claims) else { return nil }
        actors = exchanged.actors
        permittedActor = exchanged.permittedActor
    }

    /// The grant that it follows from, if that is one that lasts.
    var grantID: [UInt8]? {
        if case .own(let claims) = source { claims.grantID } else { nil }
    }

    /// Whose identity the subject is.
    func kind(in registry: Registry) -> SubjectKind {
        switch source {
        case .own(let claims): claims.kind(in: registry)
        case .issuer: .issuer
        }
    }

    /// Whether the token was issued to the caller, which has this certificate.
    ///
    /// Workloads that share a pattern are not one another (Decision 0064): of their client's tokens
    /// those with its own SPIFFE ID are a workload's, and those bound to its certificate.
    func isIssued(to caller: AuthenticatedClient, with thumbprint: Digest256?) -> Bool {
        guard case .own(let claims) = source, claims.clientID == caller.client.id else {
            return false
        }
        guard caller.client.trust?.pattern?.isPrefix == true, claims.subject != caller.subject
        else { return true }
        return claims.thumbprint != nil && claims.thumbprint == thumbprint
    }

    /// Whether the caller holds the certificate that the token is bound to, if it is bound, or need
    /// not hold it: its own token goes on with its next certificate.
    func isHeld(by caller: AuthenticatedClient, with thumbprint: Digest256?) -> Bool {
        guard let bound = self.thumbprint, bound != thumbprint else { return true }
        return caller.client.grantPolicy.exchange.takesBoundTokens
            || isIssued(to: caller, with: thumbprint)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The rules of JWTs of trusted issuers for token exchange, beside those for authorization grants.
extension IssuerTokenRules {
    /// A token to be exchanged (RFC 8693 §2.1): access tokens are accepted here alone, and they may
    /// live for longer than assertions.
    static func exchange(
        type: String?,
        by client: Client,
        of issuer: borrowing TokenIssuer
    ) -> IssuerTokenRules {
        var rules = IssuerTokenRules(
            types: ["jwt", accessToken],
            allowsNoType: true,
            boundsLifetime: type?.lowercased() != accessToken,
            ownIssuer: issuer.name
        )
        rules.clientAudiences = issuer.ownAudiences(of: client)
        return rules
    }

    private static var accessToken: String { "at+jwt" }

    /// Whether a JWT of `issuer` may have these audiences.
    func accept(_ audiences: [String], of issuer: TrustedIssuer) -> Bool {
        if let clientAudiences {
            return audiences.contains { audience in
                // A JWT that the bearer grant takes is used once, there: it is not exchanged too.
                let isGrant = boundsLifetime && issuer.audience?.isSameBytes(as: audience) == true
                return !isGrant && clientAudiences.containsBytes(of: audience)
            }
        }
        // RFC 7523 §3, and its revision: one audience alone, so that no other server that is named
        // beside this one can pass the JWT on.
        return audiences.count == 1
            && audiences[0].isSameBytes(as: issuer.audience ?? ownIssuer)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import HTTP

/// Token introspection (RFC 7662).
extension TokenEndpoint {
    /// Answers with a token's claims, if the client may read them; appends the response body to
    /// `out`.
    ///
    /// One answer, `{"active":false}`, for a token that is unknown, changed or expired, whose
    /// client or user is gone or disabled, or that the caller may not read (RFC 7662 §2.2).
    public mutating func introspect(
        _ form: borrowing FormFields,
        authorization: AuthorizationHeader,
        peer: some Peer,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        do throws(FailedAuthentication) {
            caller = try authentication.authenticate(form, authorization, peer, context)
            // RFC 7662 §2.1: the endpoint must know its caller.
            guard caller.client.policy.method != .publicClient else {
                throw FailedAuthentication(.publicClient, of: caller.client)
            }
        } catch {
            return Self.decision(error, context)
        }
        guard let range = form.range(of: .token) else {
            let error = OAuthError.invalidRequest("token is missing", check: .token)
            return end(.refuse(error), for: caller, context, into: &out)
        }
        // RFC 7662 §2.1: the hint may be wrong, so it is ignored.
        let claims = reader.content(of: form.bytes.span.extracting(range), now: context.now)
        return end(.describe(claims), for: caller, context, into: &out)
    }

    /// Appends a token's claims, if the caller may read them; nil for an invalid token.
    func describe(
        _ claims: ReadTokenClaims?,
        to asker: Client,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) {
        if let claims, asker.policy.mayIntrospect || claims.clientID == asker.id,
            context.now < claims.expiresAt, Self.isUsable(claims, context.registry)
        {
            claims.appendIntrospection(issuer: issuer.name, to: &out)
        } else {
            out.append(contentsOf: #"{"active":false}"#.utf8)
        }
        if issuer.isTest {
            out.removeLast()
            out.append(contentsOf: #","test":true}"#.utf8)
        }
    }

    /// Whether the token's client and user may still use it.
    private static func isUsable(_ claims: ReadTokenClaims, _ registry: Registry) -> Bool {
        guard let client = registry.clients.client(claims.clientID.span), client.isEnabled else {
            return false
        }
        // Taken back, or issued to an earlier client of this id.
        guard claims.issuedAt >= client.tokensValidFrom else { return false }
        // A removed certificate is not trusted any more; tokens bound to it end too.
        if client.policy.method == .selfSignedTLS, let thumbprint = claims.thumbprint,
            !client.certificates.contains(where: { $0.thumbprint == thumbprint })
        {
            return false
        }
        if claims.subject == claims.clientID { return true }
        let subject = String(decoding: claims.subject, as: UTF8.self)
        guard let user = registry.user(subject: subject) else { return false }
        return user.isEnabled && claims.issuedAt >= user.tokensValidFrom
    }
}

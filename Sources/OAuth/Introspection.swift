// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import HTTP

/// Token introspection (RFC 7662).
extension TokenEndpoint {
    /// Answers what a token says to a client that may know it; appends the response body to `out`.
    ///
    /// A token that is unknown, changed, expired, whose client or user is gone or disabled, or that
    /// the caller may not know of: all have the one answer `{"active":false}` (RFC 7662 §2.2).
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
        // RFC 7662 §2.1: the hint may be wrong, so it is not needed.
        let claims = reader.content(of: form.bytes.span.extracting(range), now: context.now)
        return end(.describe(claims), for: caller, context, into: &out)
    }

    /// Appends what a token says, if its asker may know it; nil for one that is none.
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
    }

    /// Whether those whom the token stands for are still who they were.
    private static func isUsable(_ claims: ReadTokenClaims, _ registry: Registry) -> Bool {
        guard let client = registry.clients.client(claims.clientID.span), client.isEnabled else {
            return false
        }
        // A certificate is taken away because it must not be trusted any more; what is bound to it
        // goes too.
        if client.policy.method == .selfSignedTLS, let thumbprint = claims.thumbprint,
            !client.certificates.contains(where: { $0.thumbprint == thumbprint })
        {
            return false
        }
        if claims.subject == claims.clientID { return true }
        return registry.user(subject: String(decoding: claims.subject, as: UTF8.self))?.isEnabled
            ?? false
    }
}

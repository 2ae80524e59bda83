// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import HTTP

/// The form of an introspection response.
public enum IntrospectionForm: Sendable {
    /// JSON (RFC 7662 §2.2).
    case json
    /// A JWT that is signed for the caller (RFC 9701 §5).
    case jwt

    /// The form that a request asks for: a JWT where it names that media type, and likes it no less
    /// than JSON.
    public static func asked(by request: borrowing Request, _ bytes: Span<UInt8>) -> Self {
        let (jwt, json) = (Response.ContentType.tokenIntrospection, Response.ContentType.json)
        return Accept.prefers(jwt.value, to: json.value, request, bytes) ? .jwt : .json
    }
}

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
        as answerForm: IntrospectionForm = .json,
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
        return end(.describe(claims, answerForm), for: caller, context, into: &out)
    }

    /// Answers with a token's claims, if the caller may read them; nil for an invalid token.
    mutating func describe(
        _ claims: ReadTokenClaims?,
        _ form: IntrospectionForm,
        to asker: Client,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let start = out.count
        append(claims, to: asker, context, into: &out)
        guard form == .jwt else { return .described(form) }
        do {
            try issuer.signIntrospection(from: start, to: asker, now: context.now, in: &out)
            return .described(form)
        } catch {
            out.removeSubrange(start...)
            let error = OAuthError(
                .serverError,
                "the answer could not be signed",
                check: .tokenKeys
            )
            return .refused(RefusedRequest(error, of: .id(asker.id)))
        }
    }

    private func append(
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
        // A removed certificate is not trusted any more; tokens bound to it end too.
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

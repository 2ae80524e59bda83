// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import HTTP
internal import Storage
internal import Text

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
        do throws(AuthenticationError) {
            caller = try authentication.authenticate(form, authorization, peer, context)
            // RFC 7662 §2.1: the endpoint must know its caller.
            guard caller.client.policy.method != .publicClient else {
                throw AuthenticationError(.publicClient, of: caller.client)
            }
        } catch {
            return Self.decision(error, context)
        }
        if let refused = Self.spend(caller.client, context) { return .refused(refused) }
        guard let range = form.range(of: .token) else {
            let error = OAuthError.invalidRequest("token is missing", check: .token)
            return end(.refuse(error), for: caller, context, into: &out)
        }
        // RFC 7662 §2.1: the hint may be wrong, so it is ignored.
        let token = form.bytes.span.extracting(range)
        if let refresh = RefreshToken(token) {
            let request = GrantLookup.Request.introspect(refresh, answerForm)
            let lookup = GrantLookup(request, of: caller.waiting(peer))
            return end(lookup.answer, for: caller, context, into: &out)
        }
        let claims = reader.content(of: token, now: context.now)
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
        return finish(from: start, form, to: asker, context, in: &out)
    }

    /// Answers with the state of a refresh token, if it is the caller's own.
    mutating func describe(
        _ token: RefreshToken,
        _ row: RefreshFamilyRecord,
        _ form: IntrospectionForm,
        to client: Client,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let start = out.count
        append(token, row, to: client, context, into: &out)
        return finish(from: start, form, to: client, context, in: &out)
    }

    /// Signs the answer that begins at `start`, where that is asked for.
    private mutating func finish(
        from start: Int,
        _ form: IntrospectionForm,
        to asker: Client,
        _ context: DecisionContext,
        in out: inout [UInt8]
    ) -> Decision {
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
            context.now < claims.expiresAt, Self.isUsable(claims, context.registry),
            !isRevoked(claims)
        {
            claims.appendIntrospection(issuer: issuer.name, to: &out)
        } else {
            out.append(contentsOf: #"{"active":false}"#.utf8)
        }
        markTest(&out)
    }

    private func markTest(_ out: inout [UInt8]) {
        guard issuer.isTest else { return }
        out.removeLast()
        out.append(contentsOf: #","test":true}"#.utf8)
    }

    func isRevoked(_ claims: ReadTokenClaims) -> Bool {
        if let grant = claims.grantID, revocations.isRevoked(grant) { return true }
        return revocations.isRevoked(claims.revocationID)
    }

    /// Appends the state of a refresh token, if it is the caller's own: at resource servers it is
    /// no token (RFC 7662 §4), whatever else they may read.
    private func append(
        _ token: RefreshToken,
        _ row: RefreshFamilyRecord,
        to client: Client,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) {
        let access = row.access
        let end = RefreshRules(client, context.profile, issuer.tokens).end(of: row)
        let isCurrent = SecretComparison.equal(token.digest.span, row.current.span)
        guard isCurrent, access.clientID.utf8.elementsEqual(client.id), context.now < end,
            Grant.refreshToken.isGranted(to: client), isUsable(access, client, context.registry)
        else { return append(nil, to: client, context, into: &out) }
        out.append(contentsOf: #"{"active":true,"client_id":"#.utf8)
        JSONText.appendString(access.clientID, to: &out)
        out.append(contentsOf: #","sub":"#.utf8)
        let subject = Array(access.subject.utf8)
        let written = issuer.tokens.userSubject.written(subject, context.registry.clients)
        let sub = written ?? subject
        JSONText.appendString(sub.span, to: &out)
        let scope = Scope.selection(access.scopes, in: client.policy.scopes)
        if scope != 0 {
            out.append(contentsOf: #","scope":""#.utf8)
            Scope.append(scope, of: client.policy.scopes, to: &out)
            out.append(UInt8(ascii: "\""))
        }
        out.append(contentsOf: #","iss":"#.utf8)
        JSONText.appendString(issuer.name, to: &out)
        out.append(contentsOf: #","iat":"#.utf8)
        JSONText.appendNumber(access.grantedAt, to: &out)
        out.append(contentsOf: #","exp":"#.utf8)
        JSONText.appendNumber(end, to: &out)
        out.append(UInt8(ascii: "}"))
        markTest(&out)
    }

    /// Whether the token's client and user may still use it.
    static func isUsable(_ claims: ReadTokenClaims, _ registry: Registry) -> Bool {
        let kind = claims.kind(in: registry)
        guard let client = registry.clients.client(claims.clientID.span), client.isEnabled,
            claims.issuedAt >= registry.tokensValidFrom(client, claims.subject, kind)
        else { return false }
        // A removed certificate is not trusted any more; tokens bound to it end too.
        if client.policy.method == .selfSignedTLS, let thumbprint = claims.thumbprint,
            !client.certificates.contains(where: { $0.thumbprint == thumbprint })
        {
            return false
        }
        switch kind {
        case .client:
            if claims.subject == claims.clientID { return true }
            return registry.clients.client(claims.subject.span)?.isEnabled ?? false
        case .issuer:
            guard let issuer = registry.issuers.issuer(ofSubject: claims.subject),
                issuer.allows(subject: claims.subject)
            else { return false }
            // Whoever exchanges a token need not be one that may present the issuer's JWTs.
            return claims.exchange != nil || issuer.allows(client)
        case .user: break
        }
        // A workload of `spiffe_x509`, for as long as its client is registered for its ID.
        if SPIFFEID.begins(claims.subject) { return client.isRegistered(for: claims.subject) }
        let subject = String(decoding: claims.subject, as: UTF8.self)
        return registry.user(ofToken: subject)?.isEnabled ?? false
    }
}

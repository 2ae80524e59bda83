// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// The steps of JWT bearer requests: the JWT is verified against the registry of that moment, and
/// once more when its issuer's keys were fetched; its use is the last step before the token.
extension TokenEndpoint {
    /// The first step, after client, scope, audience and binding are decided.
    mutating func beginBearer(
        _ form: borrowing FormFields,
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        _ context: DecisionContext
    ) throws(OAuthError) -> GrantStep {
        let grant = BearerGrant(
            assertion: try BearerGrant.assertion(form),
            claims: claims,
            asksScope: form.range(of: .scope) != nil,
            asksAudience: !form.resources.isEmpty,
            caller: caller,
            refusal: BearerGrant.error(.issuerUnknown)
        )
        return try begin(grant, mayWait: true, context)
    }

    /// Continues when the issuer's keys are as fresh as they can be.
    mutating func resume(
        _ grant: BearerGrant,
        hasNewerKeys: Bool,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        var waited = grant
        do throws(AuthenticationError) {
            caller = try authentication.confirm(grant.caller, context)
            waited.claims = try confirm(grant.claims, .jwtBearer, for: caller.client, context)
        } catch {
            return .refused(error.refused)
        }
        do throws(OAuthError) {
            guard hasNewerKeys else {
                return refuse(grant.refusal, to: caller, context, into: &out)
            }
            switch try begin(waited, mayWait: false, context) {
            case .proven(let claims):
                return end(.issue(claims, .jwtBearer), for: caller, context, into: &out)
            case .refused(let refused): return .refused(refused)
            case .needs(let need, let continuation): return .needs(need, continuation)
            case .issue, .lookUp:
                return refuse(grant.refusal, to: caller, context, into: &out)
            }
        } catch {
            return end(.refuse(error), for: caller, context, into: &out)
        }
    }

    private mutating func begin(
        _ grant: BearerGrant,
        mayWait: Bool,
        _ context: DecisionContext
    ) throws(OAuthError) -> GrantStep {
        let client = grant.claims.client
        let token: IssuerToken
        do throws(IssuerTokenError) {
            token = try grant.assertion.verify(
                by: context.registry.issuers,
                .grant(ownIssuer: issuer.name),
                for: client,
                prepared: &issuerKeys,
                now: context.now
            )
        } catch {
            let refusal = BearerGrant.error(error)
            if mayWait, let issuer = error.issuerToRefetch {
                var waiting = grant
                waiting.refusal = refusal
                return .needs(.issuerKeys(issuer.name), .bearer(waiting))
            }
            guard error.lacksKeys else { throw refusal }
            return .refused(Self.keysMissing(client))
        }
        try token.requireGrant(of: grant.claims)
        // Checked early, so that a repeated JWT causes no work; it is used up with the answer.
        if let use = token.use, replays.isUsed(use.digest, now: context.now) {
            throw BearerGrant.error(.assertionRepeated)
        }
        let claims = try token.narrowed(
            grant.claims,
            asksScope: grant.asksScope,
            asksAudience: grant.asksAudience,
            standardAudience: issuer.audience
        )
        // Fails closed: stores keep these names apart, and a record that got past them must not
        // have the tokens of another subject.
        guard Self.isFree(token.subject, context.registry) else { throw .clientName }
        return .proven(claims)
    }

    /// The refusal while the keys are unknown uses up nothing: the request may come again as it is.
    private mutating func refuse(
        _ refusal: OAuthError,
        to caller: AuthenticatedClient,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        guard refusal.check == .issuerKeys else {
            return end(.refuse(refusal), for: caller, context, into: &out)
        }
        return .refused(Self.keysMissing(caller.client))
    }

    static func keysMissing(_ client: Client) -> RefusedRequest {
        RefusedRequest(
            BearerGrant.keysMissing,
            of: .id(client.id),
            retryAfter: BearerGrant.keysRetrySeconds
        )
    }

    static func isFree(_ subject: [UInt8], _ registry: Registry) -> Bool {
        registry.clients.client(subject.span) == nil
            && registry.user(ofToken: String(decoding: subject, as: UTF8.self)) == nil
    }

    // MARK: the use of the JWT

    /// Takes the one use of the JWT that a token follows from, which has to be durable before the
    /// answer; nil where there is nothing to use.
    mutating func useUp(
        _ claims: TokenClaims,
        _ grant: Grant,
        for caller: AuthenticatedClient,
        _ context: DecisionContext
    ) -> Decision? {
        guard let use = claims.source?.use else { return nil }
        guard replays.isFirstUse(of: use.digest, until: use.until, now: context.now) else {
            return .refused(
                RefusedRequest(BearerGrant.error(.assertionRepeated), of: .id(caller.client.id))
            )
        }
        let pending = PendingAnswer(
            answer: .issue(claims, grant),
            caller: caller,
            user: nil,
            usesGrant: true
        )
        return .needs(.assertionUse(use), .answer(pending))
    }

    /// Whether the issuer, as it is registered now, still gives a token these claims; true for one
    /// that follows from no JWT.
    func isCurrent(_ claims: TokenClaims, _ context: DecisionContext) -> Bool {
        guard let source = claims.source else { return true }
        guard source.isCurrent(for: claims.client, in: context.registry, now: context.now),
            let registered = context.registry.issuers.named(source.issuer.name),
            Self.isFree(source.subject, context.registry)
        else { return false }
        return source.covers(claims, by: registered, issuer.audience)
    }
}

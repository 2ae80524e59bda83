// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Storage
internal import Text

/// The claims of an exchanged token come from its request and the registry of a moment: both are
/// judged here as often as a request has waited, so that what has changed meanwhile counts.
extension TokenEndpoint {
    /// The first step: reads the request and its tokens, and decides about them.
    mutating func beginExchange(
        _ form: borrowing FormFields,
        for caller: AuthenticatedClient,
        _ peer: some Peer,
        _ context: DecisionContext
    ) throws(OAuthError) -> GrantStep {
        try begin(ExchangeForm(form, peer), for: caller, mayWait: true, context)
    }

    /// Continues when the issuer's keys are as fresh as they can be.
    mutating func resume(
        _ waiting: WaitingExchange,
        hasNewerKeys: Bool,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        do throws(AuthenticationError) {
            caller = try authentication.confirm(waiting.caller, context)
            guard context.profile.grants.contains(.tokenExchange),
                Grant.tokenExchange.isGranted(to: caller.client)
            else { throw AuthenticationError(.clientChanged, of: caller.client) }
        } catch {
            return .refused(error.refused)
        }
        do throws(OAuthError) {
            guard hasNewerKeys,
                case .proven(let claims) =
                    try begin(waiting.form, for: caller, mayWait: false, context)
            else { throw waiting.refusal }
            return end(.issue(claims, .tokenExchange), for: caller, context, into: &out)
        } catch {
            // Uses up nothing: the request may come again as it is.
            if error == BearerGrant.keysMissing { return .refused(Self.keysMissing(caller.client)) }
            return end(.refuse(error), for: caller, context, into: &out)
        }
    }

    private mutating func begin(
        _ form: ExchangeForm,
        for caller: AuthenticatedClient,
        mayWait: Bool,
        _ context: DecisionContext
    ) throws(OAuthError) -> GrantStep {
        var actor: PresentedToken?
        if let token = form.actor {
            switch presented(token, to: caller.client, context) {
            case .token(let read): actor = read
            case .refused: throw ExchangeGrant.actorRefused
            case .failed(let error):
                let refusal = error.lacksKeys ? BearerGrant.keysMissing : ExchangeGrant.actorRefused
                return try wait(form, for: caller, error, refusal, mayWait: mayWait)
            }
        }
        switch presented(form.subject, to: caller.client, context) {
        case .token(let subject):
            let request = ExchangeRequest(form: form, subject: subject, actor: actor)
            return .proven(try exchanged(request, for: caller, context))
        case .refused: throw ExchangeGrant.subjectRefused()
        case .failed(let error):
            let refusal = ExchangeGrant.refusal(error)
            return try wait(form, for: caller, error, refusal, mayWait: mayWait)
        }
    }

    /// Has the keys of the token's issuer fetched, where newer ones may verify it.
    private func wait(
        _ form: ExchangeForm,
        for caller: AuthenticatedClient,
        _ error: IssuerTokenError,
        _ refusal: OAuthError,
        mayWait: Bool
    ) throws(OAuthError) -> GrantStep {
        if mayWait, let issuer = error.issuerToRefetch {
            let waiting = WaitingExchange(form: form, caller: caller, refusal: refusal)
            return .needs(.issuerKeys(issuer.name), .exchange(waiting))
        }
        guard error.lacksKeys, mayWait else { throw refusal }
        return .refused(Self.keysMissing(caller.client))
    }

    /// The reading of a token in a request.
    private enum Presented {
        case token(PresentedToken)
        /// None of its type.
        case refused
        /// None of a trusted issuer.
        case failed(IssuerTokenError)
    }

    private mutating func presented(
        _ token: ExchangeForm.Token,
        to client: Client,
        _ context: DecisionContext
    ) -> Presented {
        switch token.type {
        case .accessToken:
            guard let claims = reader.content(of: token.text.span, now: context.now) else {
                return .refused
            }
            return .token(PresentedToken(own: claims, issuer: issuer.name))
        case .jwt:
            guard let jws = try? CompactJWS(token.text.span) else { return .refused }
            do throws(IssuerTokenError) {
                let verified = try jws.verify(
                    by: context.registry.issuers,
                    .exchange(type: jws.type, by: client, of: issuer),
                    for: client,
                    prepared: &issuerKeys,
                    now: context.now
                )
                return PresentedToken(verified).map { .token($0) } ?? .refused
            } catch {
                return .failed(error)
            }
        }
    }

    // MARK: judgement

    /// The claims of the token that the caller gets for the request now.
    func exchanged(
        _ request: ExchangeRequest,
        for caller: AuthenticatedClient,
        _ context: DecisionContext
    ) throws(OAuthError) -> TokenClaims {
        let (client, subject) = (caller.client, request.subject)
        if let actor = request.actor {
            // An actor acts for itself: whose chain of actors would it be otherwise?
            guard actor.actors == nil, refusal(of: actor, request, for: caller, context) == nil
            else { throw ExchangeGrant.actorRefused }
        }
        if let check = refusal(of: subject, request, for: caller, context) {
            throw ExchangeGrant.subjectRefused(check)
        }
        let acting = try acting(request, caller)
        guard let thumbprint = request.form.thumbprint else {
            throw .invalidRequest(
                "a client certificate is required to bind the token",
                check: .binding
            )
        }
        guard request.form.issuedType == .accessToken || issuer.format(of: client) == .jwt else {
            throw .invalidRequest(
                "the client's tokens are not JWTs",
                check: .exchangeParameters
            )
        }
        let kind = subject.kind(in: context.registry)
        let trusted =
            kind == .issuer ? context.registry.issuers.issuer(ofSubject: subject.subject) : nil
        var claims = TokenClaims(
            client: client,
            subject: subject.subject,
            scope: try scope(request, client.policy, trusted),
            audiences: try audiences(request, caller, trusted),
            thumbprint: thumbprint
        )
        claims.exchange = ExchangedToken(
            request,
            ExchangedClaims(
                kind,
                actors: acting.actors,
                permittedActor: subject.permittedActor
            ),
            impersonation: acting.isImpersonation ? impersonation(claims) : nil
        )
        return claims
    }

    /// Why the token does not count now and here: it and what it stands on, or its tie to the
    /// caller; nil where it counts.
    private func refusal(
        of token: PresentedToken,
        _ request: ExchangeRequest,
        for caller: AuthenticatedClient,
        _ context: DecisionContext
    ) -> Check? {
        let client = caller.client
        guard context.now < token.expiresAt else { return .subjectToken }
        switch token.source {
        case .own(let claims):
            guard !isRevoked(claims) else { return .subjectTokenRevoked }
            // CVE-2026-1609: user, subject and client must be there and enabled at this moment.
            guard Self.isUsable(claims, context.registry) else { return .subjectTokenParty }
            // The token of a workload is its own alone: another client has no words for its SPIFFE
            // ID, and siblings that share a pattern are not one another (Decisions 0064, 0066).
            guard
                !SPIFFEID.begins(claims.subject)
                    || claims.clientID == client.id && claims.subject == caller.subject
            else { return .subjectTokenParty }
        case .issuer(let verified):
            guard verified.isCurrent(for: client, in: context.registry, now: context.now) else {
                return .subjectTokenParty
            }
        }
        guard isUnmistakable(token, context.registry) else { return .subjectTokenParty }
        guard isTied(token, request, to: caller) else { return .subjectTokenAudience }
        guard token.isHeld(by: caller, with: request.form.thumbprint) else {
            return .subjectTokenBinding
        }
        return nil
    }

    /// Whether the caller may exchange the token: its own, or one for an audience that is the
    /// caller itself.
    private func isTied(
        _ token: PresentedToken,
        _ request: ExchangeRequest,
        to caller: AuthenticatedClient
    ) -> Bool {
        let own = issuer.ownAudiences(of: caller.client)
        return token.isIssued(to: caller, with: request.form.thumbprint)
            || token.audiences.contains(where: own.containsBytes)
    }

    /// False for a subject whose name is a client's by now, where tokens would not tell them apart.
    private func isUnmistakable(_ token: PresentedToken, _ registry: Registry) -> Bool {
        switch token.kind(in: registry) {
        case .client: true
        case .user: registry.clients.client(token.subject.span) == nil
        case .issuer: Self.isFree(token.subject, registry)
        }
    }

    /// The actors of the new token, and whether it says less than who acts.
    private func acting(
        _ request: ExchangeRequest,
        _ caller: AuthenticatedClient
    ) throws(OAuthError) -> (actors: ActorChain?, isImpersonation: Bool) {
        let (client, earlier) = (caller.client, request.subject.actors)
        let actor: TokenParty
        if let named = request.actor {
            actor = named.party
        } else if request.subject.isIssued(to: caller, with: request.form.thumbprint) {
            // The client has this token as what it is already: it becomes less, and nobody's else.
            return (earlier, false)
        } else {
            actor = TokenParty(subject: client.id, issuer: Array(issuer.name.utf8))
        }
        if let permitted = request.subject.permittedActor, permitted != actor {
            throw ExchangeGrant.subjectRefused(.mayAct)
        }
        guard client.grantPolicy.exchange.mode == .delegate else {
            guard request.actor == nil else {
                throw .invalidRequest(
                    "the client's tokens name no actor",
                    check: .exchangeParameters
                )
            }
            return (earlier, true)
        }
        guard let actors = earlier.map({ $0.acted(by: actor) }) ?? ActorChain(actor) else {
            throw ExchangeGrant.subjectRefused(.actorChain)
        }
        return (actors, false)
    }

    /// Of the client's scopes those that the subject token has, or fewer (RFC 8693 §2.1).
    ///
    /// Of the subject of a trusted issuer no more than that issuer may give.
    private func scope(
        _ request: ExchangeRequest,
        _ policy: ClientPolicy,
        _ trusted: TrustedIssuer?
    ) throws(OAuthError) -> UInt64 {
        let names = request.subject.scope.split(separator: UInt8(ascii: " "))
            .map { String(decoding: $0, as: UTF8.self) }
        var granted = Scope.selection(names, in: policy.scopes)
        if let scopes = trusted?.scopes, !scopes.isEmpty {
            granted &= Scope.selection(scopes, in: policy.scopes)
        }
        guard let asked = request.form.scope else {
            // A token without scope is one for everything at some resource servers.
            guard granted != 0 || names.isEmpty else {
                throw OAuthError(
                    .invalidScope,
                    "the client may have none of the subject token's scopes",
                    check: .scope
                )
            }
            return granted
        }
        let selected = try Scope.asked(asked.span, from: policy.scopes)
        guard selected & ~granted == 0 else {
            throw OAuthError(
                .invalidScope,
                "the scope is more than the subject token has",
                check: .scope
            )
        }
        return selected
    }

    /// The audiences that the request names, or all that it may have: by the client's
    /// registration, and by the token where that is the client's own.
    private func audiences(
        _ request: ExchangeRequest,
        _ caller: AuthenticatedClient,
        _ trusted: TrustedIssuer?
    ) throws(OAuthError) -> [String] {
        let (policy, standard) = (caller.client.policy, issuer.audience)
        let asked = try policy.audiences(request.form.targets, standard: standard)
        let registered = policy.audiences.isEmpty ? [standard] : policy.audiences
        let isOwn = request.subject.isIssued(to: caller, with: request.form.thumbprint)
        let allowed = registered.filter { audience in
            let given = trusted?.tokenAudiences ?? []
            return (!isOwn || request.subject.audiences.containsBytes(of: audience))
                && (given.isEmpty || given.containsBytes(of: audience))
        }
        let chosen = asked.isEmpty ? allowed : asked
        guard !chosen.isEmpty, chosen.allSatisfy(allowed.containsBytes) else {
            throw OAuthError(
                .invalidTarget,
                "the target is not one of the subject token, or of its issuer",
                check: .resource
            )
        }
        return chosen
    }

    // MARK: impersonation

    private func impersonation(_ claims: TokenClaims) -> Impersonation {
        Impersonation(
            clientID: String(decoding: claims.client.id, as: UTF8.self),
            subject: String(decoding: claims.subject, as: UTF8.self),
            scopes: Scope.names(claims.scope, of: claims.client.policy.scopes),
            audiences: claims.audiences
        )
    }

    /// Issues an exchanged token if the audit has its row.
    mutating func issueAudited(
        _ claims: TokenClaims,
        _ result: GrantWriteResult,
        for caller: AuthenticatedClient,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) throws(AuthenticationError) -> Decision {
        guard result == .done else {
            return give(.refuse(.grantNotKept), to: caller, context, into: &out)
        }
        let confirmed = try confirm(claims, .tokenExchange, for: caller.client, context)
        return issueExchanged(confirmed, for: caller, isAudited: true, context, into: &out)
    }

    /// Issues an exchanged token to a client whose assertion, if there was one, is used up.
    ///
    /// Judged again by the registry of this moment. Where it is an impersonation, the audit has a
    /// row of it before the token is made.
    mutating func issueExchanged(
        _ claims: TokenClaims,
        for caller: AuthenticatedClient,
        isAudited: Bool = false,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        guard let request = claims.exchange?.request else {
            return issue(claims, by: .tokenExchange, context, into: &out)
        }
        do throws(OAuthError) {
            var current = caller
            current.client = claims.client
            let judged = try exchanged(request, for: current, context)
            guard !isAudited, let impersonation = judged.exchange?.impersonation else {
                return issue(judged, by: .tokenExchange, context, into: &out)
            }
            let answer = GrantAnswer(answer: .exchanged(judged), caller: caller)
            return .needs(.audit(impersonation), .written(answer))
        } catch {
            return .refused(RefusedRequest(error, of: .id(claims.client.id)))
        }
    }
}

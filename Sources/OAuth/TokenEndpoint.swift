// SPDX-License-Identifier: Apache-2.0
public import Cryptography
public import HTTP
internal import Text

/// The token endpoint (RFC 6749 §3.2): a request, a peer and a time go in, a response or an error
/// comes out.
///
/// One thread's own. Without socket, file and clock.
public struct TokenEndpoint: ~Copyable {
    // Shared with introspection.
    var authentication: ClientAuthentication
    var issuer: TokenIssuer
    var reader: TokenReader
    private(set) var keys: TokenKeys
    private(set) var successors: SuccessorKeys
    let revocations: any TokenRevocations
    let recent: any RecentGrants
    /// The keys of trusted issuers, as they are verified with.
    var issuerKeys = PreparedKeys()
    let replays: any ReplayMemory
    private(set) var dummyHash: String

    /// `dummyPasswordHash` is a password hash that no password has.
    public init(
        _ settings: IssuerSettings,
        keys: TokenKeys,
        dummyPasswordHash: String,
        replays: any ReplayMemory = ForgetfulMemory(),
        revocations: any TokenRevocations = NoRevocations(),
        recent: any RecentGrants = NoRecentGrants()
    ) {
        self.revocations = revocations
        self.recent = recent
        self.keys = keys
        successors = SuccessorKeys(keys.sealing)
        let digester = Digester()
        dummyHash = dummyPasswordHash
        self.replays = replays
        authentication = ClientAuthentication(
            digester: digester,
            replays: replays,
            audiences: settings.assertionAudiences
        )
        issuer = TokenIssuer(
            settings,
            keys: keys,
            digester: digester,
            revocations: revocations
        )
        reader = TokenReader(issuer: settings.issuer, keys: keys)
    }

    /// The certificate with this thumbprint, if the client was recently accepted with it under its
    /// trust anchors, and the client; nil for clients of other methods.
    ///
    /// `clientID` is as the request names the client, by its SPIFFE ID too.
    public func acceptedCertificate(
        _ thumbprint: Digest256,
        of clientID: Span<UInt8>,
        _ registry: Registry
    ) -> (client: Client, certificate: AcceptedCertificate)? {
        authentication.accepted(thumbprint, of: clientID, registry)
    }

    /// Replaces the keys.
    public mutating func use(_ keys: TokenKeys) {
        self.keys = keys
        successors = SuccessorKeys(keys.sealing)
        issuer.use(keys)
        reader.use(keys)
    }

    /// Replaces the settings.
    public mutating func use(_ settings: IssuerSettings, dummyPasswordHash: String) {
        issuer.use(settings)
        authentication.use(settings.assertionAudiences)
        reader.use(issuer: settings.issuer)
        dummyHash = dummyPasswordHash
    }

    /// Decides about one request; appends the response body to `out` when a token is issued.
    ///
    /// The order of the checks is part of the contract: an unauthenticated caller learns nothing
    /// about grants or scopes.
    public mutating func respond(
        to form: borrowing FormFields,
        authorization: AuthorizationHeader,
        peer: some Peer,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        do throws(AuthenticationError) {
            caller = try authentication.authenticate(form, authorization, peer, context)
        } catch {
            return Self.decision(error, context)
        }
        if let refused = Self.spend(caller.client, context) { return .refused(refused) }
        do throws(OAuthError) {
            let client = caller.client
            let grant = try Self.grant(form, client, context.profile)
            try issuer.admit(client, context.profile)
            var claims = try TokenClaims(
                form,
                client,
                peer.bindingThumbprint,
                standardAudience: issuer.audience,
                bindsTokens: context.profile.bindsTokens || grant.alwaysBindsTokens
            )
            claims.subject = caller.subject
            switch try begin(grant, form, claims, for: caller, peer, context) {
            case .needs(let need, let continuation): return .needs(need, continuation)
            case .refused(let refused): return .refused(refused)
            case .proven(let claims):
                let caller = caller.waiting(peer)
                return end(.issue(claims, grant), for: caller, context, into: &out)
            case .lookUp(let lookup):
                let answer = rotation(lookup, context) ?? lookup.answer
                return end(answer, for: caller, context, into: &out)
            case .issue: return end(.issue(claims, grant), for: caller, context, into: &out)
            }
        } catch {
            return end(.refuse(error), for: caller, context, into: &out)
        }
    }

    // MARK: needs

    /// Continues when a need was met, against the current registry.
    ///
    /// The client's credentials and permissions are checked again, and the user must still be the
    /// one whose password matched. A write stays written, even if the answer becomes a refusal.
    public mutating func resume(
        _ continuation: Continuation,
        with met: Met,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        switch (continuation, met) {
        case (_, .refused(let error, let retryAfter)):
            .refused(RefusedRequest(error, of: continuation.client, retryAfter: retryAfter))
        case (.password(let grant), .password(let matches)):
            resume(grant, matches: matches, context, into: &out)
        case (.answer(let pending), .assertionUse(let isFirst)):
            resume(pending, isFirst: isFirst, context, into: &out)
        case (.again(let refused), .unavailable): .refused(refused)
        case (.stored(let lookup), .stored(let record)):
            resume(lookup, record, context, into: &out)
        case (.written(let answer), .grant(let result)):
            resume(answer, result, context, into: &out)
        case (.bearer(let grant), .issuerKeys):
            resume(grant, hasNewerKeys: true, context, into: &out)
        case (.bearer(let grant), .unavailable):
            resume(grant, hasNewerKeys: false, context, into: &out)
        case (.exchange(let waiting), .issuerKeys):
            resume(waiting, hasNewerKeys: true, context, into: &out)
        case (.exchange(let waiting), .unavailable):
            resume(waiting, hasNewerKeys: false, context, into: &out)
        default:
            .refused(
                RefusedRequest(
                    OAuthError(
                        .serverError,
                        "the request could not be finished",
                        check: .answerMismatch
                    ),
                    of: continuation.client
                )
            )
        }
    }

    private mutating func resume(
        _ grant: PasswordGrant,
        matches: Bool,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        var claims: TokenClaims
        do throws(AuthenticationError) {
            caller = try authentication.confirm(grant.caller, context)
            claims = try confirm(grant.claims, .password, for: caller.client, context)
        } catch {
            return .refused(error.refused)
        }
        guard let user = grant.user(matches: matches, context.registry) else {
            return end(.refuse(PasswordGrant.error), for: caller, context, into: &out)
        }
        claims.subject = Array(user.user.subject.utf8)
        return end(.issue(claims, .password), for: caller, of: user, context, into: &out)
    }

    private mutating func resume(
        _ pending: PendingAnswer,
        isFirst: Bool,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let named = NamedClient.id(pending.caller.client.id)
        guard isFirst else {
            let error =
                pending.usesGrant
                ? BearerGrant.error(.assertionRepeated)
                : OAuthError.invalidClient(.assertionRepeated)
            return .refused(RefusedRequest(error, of: named))
        }
        let client: Client
        var answer = pending.answer
        do throws(AuthenticationError) {
            client = try authentication.confirm(pending.caller, context).client
            if case .issue(let claims, let grant) = answer {
                answer = .issue(try confirm(claims, grant, for: client, context), grant)
            }
        } catch {
            return .refused(error.refused)
        }
        guard pending.user?.isCurrent(in: context.registry) ?? true else {
            return .refused(RefusedRequest(PasswordGrant.error, of: named))
        }
        var caller = pending.caller
        caller.client = client
        if pending.usesGrant, case .issue(let claims, let grant) = answer {
            return issue(claims, by: grant, context, into: &out)
        }
        return give(answer, to: caller, of: pending.user, context, into: &out)
    }

    /// The claims of a request that has waited, for its client as it is registered now.
    func confirm(
        _ claims: TokenClaims,
        _ grant: Grant,
        for client: Client,
        _ context: DecisionContext
    ) throws(AuthenticationError) -> TokenClaims {
        let confirmed = claims.confirmed(
            for: client,
            standardAudience: issuer.audience,
            bindsTokens: context.profile.bindsTokens
        )
        guard let confirmed, context.profile.grants.contains(grant),
            grant.isGranted(to: client), isCurrent(confirmed, context)
        else { throw AuthenticationError(.clientChanged, of: client) }
        return confirmed
    }

    /// The refusal of a client that has not authenticated, unless newer keys may change it.
    static func decision(_ failed: AuthenticationError, _ context: DecisionContext) -> Decision {
        guard let client = failed.clientToRefetch, !context.hasWaitedForKeys else {
            return .refused(failed.refused)
        }
        return .needs(.clientKeys(ClientID(client.id)), .again(failed.refused))
    }

    /// Takes one request out of the bucket of an authenticated client, before anything is done for
    /// it: nil, or the refusal of a client that asks more often than it may.
    ///
    /// An assertion is not used up by it, so that the client can come again with the same one.
    /// Public clients have no bucket: whoever knows the client_id could empty it.
    static func spend(_ client: Client, _ context: DecisionContext) -> RefusedRequest? {
        guard let rate = client.rate ?? context.clientRate else { return nil }
        guard client.policy.method != .publicClient,
            let seconds = client.activity.spend(rate, now: context.uptime, time: context.now)
        else { return nil }
        return RefusedRequest(.clientRate, of: .id(client.id), retryAfter: seconds)
    }

    // MARK: answers behind authentication

    /// Answers an authenticated client.
    ///
    /// If it used an assertion, the answer waits until its use is durable: the last step before any
    /// answer.
    mutating func end(
        _ answer: consuming PendingAnswer.Answer,
        for caller: AuthenticatedClient,
        of user: ProvenUser? = nil,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        guard let assertion = caller.assertion else {
            return give(answer, to: caller, of: user, context, into: &out)
        }
        do throws(OAuthError) {
            let use = try assertion.use(replays, now: context.now)
            let pending = PendingAnswer(answer: answer, caller: caller, user: user)
            return .needs(.assertionUse(use), .answer(pending))
        } catch {
            return .refused(RefusedRequest(error, of: .id(caller.client.id)))
        }
    }

    /// Answers an authenticated client whose assertion, if there was one, is used up.
    mutating func give(
        _ answer: consuming PendingAnswer.Answer,
        to caller: AuthenticatedClient,
        of user: ProvenUser? = nil,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        switch answer {
        case .issue(let claims, let grant):
            if grant == .password, claims.grant == nil,
                let decision = lastingGrant(claims, for: caller, of: user, context)
            {
                return decision
            }
            if claims.exchange != nil {
                return issueExchanged(claims, for: caller, context, into: &out)
            }
            if let decision = useUp(claims, grant, for: caller, context) { return decision }
            return issue(claims, by: grant, context, into: &out)
        case .describe(let claims, let form):
            return describe(claims, form, to: caller.client, context, into: &out)
        case .revoked:
            // RFC 7009 §2.2: the content is ignored.
            out.append(contentsOf: "{}".utf8)
            return .described(.json)
        case .needs(let need, let continuation): return .needs(need, continuation)
        case .refuse(let error): return .refused(RefusedRequest(error, of: .id(caller.client.id)))
        }
    }

    // RFC 6749 §5.1
    mutating func issue(
        _ claims: consuming TokenClaims,
        by grant: Grant,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        // The subject of an exchanged token is written as it was in the other one.
        if grant != .clientCredentials, grant != .tokenExchange {
            guard let subject = issuer.subject(claims, context.registry.clients) else {
                return .refused(RefusedRequest(.clientName, of: .id(claims.client.id)))
            }
            claims.subject = subject
        }
        let validFrom = context.registry.tokensValidFrom(claims, by: grant)
        issuer.date(&claims, validFrom: validFrom, now: context.now)
        let start = out.count
        out.append(contentsOf: #"{"access_token":""#.utf8)
        let lifetime: Int64
        do {
            lifetime = try issuer.append(
                claims,
                // The tokens of users are made for one request only.
                isRepeatable: grant == .clientCredentials,
                context.alteration,
                now: context.now,
                to: &out
            )
        } catch {
            out.removeSubrange(start...)
            return .refused(issuer.refusal(of: claims.client, now: context.now))
        }
        out.append(UInt8(ascii: "\""))
        claims.exchange?.request.form.issuedType.appendIssued(to: &out)
        out.append(contentsOf: #","token_type":"Bearer","expires_in":"#.utf8)
        JSONText.appendNumber(lifetime, to: &out)
        if claims.scope != 0 {
            out.append(contentsOf: #","scope":""#.utf8)
            Scope.append(claims.scope, of: claims.client.policy.scopes, to: &out)
            out.append(UInt8(ascii: "\""))
        }
        if let token = claims.grant?.refreshToken {
            out.append(contentsOf: #","refresh_token":""#.utf8)
            out.append(contentsOf: token.text)
            out.append(UInt8(ascii: "\""))
        }
        out.append(UInt8(ascii: "}"))
        return .issued(IssuedToken(grant: grant, method: claims.client.policy.method))
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Storage

/// The steps of requests whose grant is a row of the store: it is read, judged here against the
/// registry of that moment, and changed under the condition that it is still what was read.
extension TokenEndpoint {
    /// Continues with the row that was looked up; nil where there is none.
    mutating func resume(
        _ lookup: GrantLookup,
        _ record: GrantRecord?,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        var lookup = lookup
        do throws(AuthenticationError) {
            lookup.caller = try authentication.confirm(lookup.caller, context)
        } catch {
            return .refused(error.refused)
        }
        let answer: PendingAnswer.Answer
        do throws(OAuthError) {
            switch (lookup.request, record) {
            case (.code(let request), .code(let row)?):
                answer = try exchange(request, row, lookup, context)
            case (.refresh(let request), .refreshFamily(let row)?):
                answer = try refresh(request, row, lookup, context)
            case (.revoke(let token), .refreshFamily(let row)?):
                answer = revoke(token, row, lookup, context)
            case (.introspect(let token, let form), .refreshFamily(let row)?):
                let client = lookup.caller.client
                return describe(token, row, form, to: client, context, into: &out)
            case (.introspect(_, let form), _): answer = .describe(nil, form)
            case (.revoke, _): answer = .revoked
            case (.code, _): throw CodeGrant.error
            case (.refresh, _): throw RefreshGrant.error
            }
        } catch {
            answer = .refuse(error)
        }
        return give(answer, to: lookup.caller, context, into: &out)
    }

    /// Continues when a change of grants was made, or not.
    mutating func resume(
        _ pending: GrantAnswer,
        _ result: GrantWriteResult,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        switch result {
        case .done, .absent: break
        case .conflict:
            guard var lookup = pending.retry, lookup.attempt < GrantLookup.attemptsMax else {
                return give(.refuse(.grantNotKept), to: pending.caller, context, into: &out)
            }
            lookup.attempt += 1
            return lookup.decision
        case .full:
            // Codes are kept at the authorization endpoint; the others of these writes revoke.
            let isPush = if case .pushed = pending.answer { true } else { false }
            let full: OAuthError = isPush ? .grantsFull : .revocationsFull
            return .refused(.noRoom(full, for: pending.caller.client))
        }
        do throws(AuthenticationError) {
            let caller = try authentication.confirm(pending.caller, context)
            switch pending.answer {
            case .issue(let claims, let grant, let access):
                let confirmed = try confirm(claims, grant, for: caller.client, context)
                guard result == .done, isUsable(access, caller.client, context.registry),
                    pending.user?.isCurrent(in: context.registry) ?? true
                else { return give(.refuse(Self.error(grant)), to: caller, context, into: &out) }
                return give(.issue(confirmed, grant), to: caller, context, into: &out)
            case .exchanged(let claims):
                return try issueAudited(claims, result, for: caller, context, into: &out)
            case .refuse(let error): return give(.refuse(error), to: caller, context, into: &out)
            case .revoked: return give(.revoked, to: caller, context, into: &out)
            case .pushed(let reference): return answer(reference, into: &out)
            }
        } catch {
            return .refused(error.refused)
        }
    }

    private static func error(_ grant: Grant) -> OAuthError {
        switch grant {
        case .password: PasswordGrant.error
        case .authorizationCode: CodeGrant.error
        case .refreshToken, .clientCredentials, .jwtBearer, .tokenExchange: RefreshGrant.error
        }
    }

    // MARK: codes

    /// RFC 6749 §4.1.3.
    private func exchange(
        _ request: CodeRequest,
        _ row: CodeRecord,
        _ lookup: GrantLookup,
        _ context: DecisionContext
    ) throws(OAuthError) -> PendingAnswer.Answer {
        let client = lookup.caller.client
        // Another client's attempt changes nothing (RFC 6749 §4.1.2 speaks of the client's own).
        guard row.access.clientID.utf8.elementsEqual(client.id) else { throw CodeGrant.error }
        guard row.usedAt == nil else {
            // Revoked already: a further use costs no write.
            guard !revocations.isRevoked(row.access.grantID) else { throw CodeGrant.error }
            return revoking(row.access, .refuse(CodeGrant.error), lookup, context)
        }
        guard context.now < row.expiresAt, isUsable(row.access, client, context.registry) else {
            throw CodeGrant.error
        }
        try CodeGrant.validate(request, row)
        var claims = try claims(request.access, row.access, .authorizationCode, lookup, context)
        let secret = GrantSecret(of: request.code)
        guard secret.id == row.access.grantID else { throw CodeGrant.error }
        let bound = lookup.caller.refreshBinding(request.access.thumbprint)
        let family = try family(secret, row.access, bound, client, context)
        claims.grant = IssuedGrant(row.access, refreshToken: family?.token)
        return written(
            .useCode(request.code.digest, at: context.now, family?.record),
            .issue(claims, .authorizationCode, row.access),
            lookup
        )
    }

    // MARK: refresh tokens

    /// The rotation of a refresh token whose family is remembered, without reading it; nil where
    /// the row decides, by reuse and refusals too.
    func rotation(_ lookup: GrantLookup, _ context: DecisionContext) -> PendingAnswer.Answer? {
        guard case .refresh(let request) = lookup.request,
            let row = recent.refreshFamily(request.token.grant.id)
        else { return nil }
        var lookup = lookup
        lookup.isRecent = true
        guard let answer = try? refresh(request, row, lookup, context),
            case .needs(.grant(.rotateRefreshToken), _) = answer
        else { return nil }
        return answer
    }

    /// RFC 6749 §6, RFC 9700 §4.14.2.
    private func refresh(
        _ request: RefreshRequest,
        _ row: RefreshFamilyRecord,
        _ lookup: GrantLookup,
        _ context: DecisionContext
    ) throws(OAuthError) -> PendingAnswer.Answer {
        let client = lookup.caller.client
        let rules = RefreshRules(client, context.profile, issuer.tokens)
        let now = context.now
        guard row.access.clientID.utf8.elementsEqual(client.id),
            now < rules.end(of: row), isUsable(row.access, client, context.registry)
        else { throw RefreshGrant.error }
        // RFC 8705 §7.1: a public client's tokens are bound to its first certificate, and those of
        // a workload to its SPIFFE ID.
        if let bound = row.thumbprint {
            let proven =
                lookup.caller.spiffeID == nil
                ? request.access.thumbprint
                : lookup.caller.refreshBinding(request.access.thumbprint)
            guard let proven, proven.bytes == bound else { throw RefreshGrant.error }
        }
        let state = RefreshTokenState(
            request.token,
            in: row,
            successors,
            grace: Int64(issuer.tokens.refreshGrace),
            wasCurrent: lookup.wasCurrent,
            now: now
        )
        if case .reused = state {
            return revoking(row.access, .refuse(RefreshGrant.error), lookup, context)
        }
        var claims = try claims(request.access, row.access, .refreshToken, lookup, context)
        if case .repeated(let successor) = state {
            claims.grant = IssuedGrant(row.access, refreshToken: successor)
            return .issue(claims, .refreshToken)
        }
        return try use(request.token, of: row, rules, claims, lookup, context)
    }

    /// Uses a family's current token: it is replaced, or stays.
    private func use(
        _ token: RefreshToken,
        of row: RefreshFamilyRecord,
        _ rules: RefreshRules,
        _ claims: TokenClaims,
        _ lookup: GrantLookup,
        _ context: DecisionContext
    ) throws(OAuthError) -> PendingAnswer.Answer {
        var claims = claims
        let end = rules.end(grantedAt: row.access.grantedAt, now: context.now)
        guard rules.rotates else {
            claims.grant = IssuedGrant(row.access, refreshToken: token)
            guard rules.isWorthWriting(end, before: row.endsAt) else {
                return .issue(claims, .refreshToken)
            }
            let write = GrantWrite.extendRefreshFamily(row.access.grantID, endsAt: end)
            return written(write, .issue(claims, .refreshToken, row.access), lookup)
        }
        let successor = try successor(of: token, now: context.now)
        claims.grant = IssuedGrant(row.access, refreshToken: successor)
        let rotation = RefreshRotation(
            family: row.access.grantID,
            current: row.current,
            successor: successor.digest,
            rotatedAt: context.now,
            endsAt: end
        )
        let answer = GrantAnswer.Answer.issue(claims, .refreshToken, row.access)
        var retry = lookup
        // A remembered row may have been out of date when the request came.
        retry.wasCurrent = !lookup.isRecent
        retry.isRecent = false
        return written(.rotateRefreshToken(rotation), answer, retry)
    }

    private func successor(of token: RefreshToken, now: Int64) throws(OAuthError) -> RefreshToken {
        guard let key = successors.active(at: now), let successor = try? token.successor(key)
        else {
            throw OAuthError(.serverError, "the token could not be made", check: .tokenKeys)
        }
        return successor
    }

    // MARK: parts

    func written(
        _ write: GrantWrite,
        _ answer: GrantAnswer.Answer,
        _ lookup: GrantLookup
    ) -> PendingAnswer.Answer {
        let pending = GrantAnswer(answer: answer, caller: lookup.caller, retry: lookup)
        return .needs(.grant(write), .written(pending))
    }

    /// The claims of a token under a grant, for its client as it is registered now.
    private func claims(
        _ requested: RequestedAccess,
        _ access: GrantedAccess,
        _ grant: Grant,
        _ lookup: GrantLookup,
        _ context: DecisionContext
    ) throws(OAuthError) -> TokenClaims {
        let confirmed: TokenClaims
        do throws(AuthenticationError) {
            confirmed = try confirm(requested.claims, grant, for: lookup.caller.client, context)
        } catch {
            throw error.refused.error
        }
        return try requested.narrowed(
            to: access,
            for: confirmed,
            standardAudience: issuer.audience
        )
    }

    /// Whether client and user may still use what was granted then.
    func isUsable(_ access: GrantedAccess, _ client: Client, _ registry: Registry) -> Bool {
        guard access.grantedAt >= client.tokensValidFrom,
            let user = registry.user(subject: access.subject)
        else { return false }
        return user.honours(access.grantedAt)
    }
}

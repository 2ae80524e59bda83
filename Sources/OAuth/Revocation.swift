// SPDX-License-Identifier: Apache-2.0
public import HTTP
internal import Storage

/// Token revocation (RFC 7009).
extension TokenEndpoint {
    /// A request whose change was written before a revocation may be answered after it, with a
    /// token of that moment: no request may take longer than this (`limits.request_seconds`).
    private static let answerSeconds: Int64 = 600

    /// Revocation of a token (RFC 7009): a refresh token's whole grant, or one access token.
    ///
    /// 200 for a token that is unknown, has ended, or is another client's, which stays as it is.
    public mutating func revoke(
        _ form: borrowing FormFields,
        authorization: AuthorizationHeader,
        peer: some Peer,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        do throws(AuthenticationError) {
            caller = try authentication.authenticate(form, authorization, peer, context)
                .waiting(peer)
        } catch {
            return Self.decision(error, context)
        }
        if let refused = Self.spend(caller.client, context) { return .refused(refused) }
        guard let range = form.range(of: .token) else {
            let error = OAuthError.invalidRequest("token is missing", check: .token)
            return end(.refuse(error), for: caller, context, into: &out)
        }
        // RFC 7009 §2.1: the hint may be wrong, so it is ignored.
        let token = form.bytes.span.extracting(range)
        if let refresh = RefreshToken(token) {
            let lookup = GrantLookup(.revoke(refresh), of: caller)
            return end(lookup.answer, for: caller, context, into: &out)
        }
        guard let claims = reader.content(of: token, now: context.now),
            claims.clientID == caller.client.id
        else { return end(.revoked, for: caller, context, into: &out) }
        let revoked = RevokedToken(id: claims.revocationID, until: claims.expiresAt)
        guard hasRoom(toRevoke: revoked, caller.client, context) else {
            return .refused(.noRoom(.revocationsFull, for: caller.client))
        }
        let answer = GrantAnswer(answer: .revoked, caller: caller)
        return end(
            .needs(.grant(.revokeToken(revoked)), .written(answer)),
            for: caller,
            context,
            into: &out
        )
    }

    /// Whether the client may revoke one more single token.
    ///
    /// Each is counted, and beyond the client's share refused once the table is half full: one
    /// client must not switch revocation off for all others. A node counts for itself.
    private func hasRoom(
        toRevoke token: RevokedToken,
        _ client: Client,
        _ context: DecisionContext
    ) -> Bool {
        guard !revocations.isRevoked(token.id) else { return true }
        let lifetime = issuer.tokens.lifetime(of: client)
        return client.activity.revokes(lifetime: lifetime, now: context.uptime)
            || !revocations.isCrowded
    }

    func revoke(
        _ token: RefreshToken,
        _ row: RefreshFamilyRecord,
        _ lookup: GrantLookup,
        _ context: DecisionContext
    ) -> PendingAnswer.Answer {
        guard row.access.clientID.utf8.elementsEqual(lookup.caller.client.id) else {
            return .revoked
        }
        return revoking(row.access, .revoked, lookup, context)
    }

    /// Ends a grant: its refresh tokens, and the access tokens that follow from it.
    func revoking(
        _ access: GrantedAccess,
        _ answer: GrantAnswer.Answer,
        _ lookup: GrantLookup,
        _ context: DecisionContext
    ) -> PendingAnswer.Answer {
        let until = context.now + access.tokenLifetime + Self.answerSeconds
        let revoked = RevokedToken(id: access.grantID, until: until)
        return written(.revokeGrant(revoked), answer, lookup)
    }
}

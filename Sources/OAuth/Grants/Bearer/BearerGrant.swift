// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Text

/// JWT bearer assertions as authorization grants (RFC 7523 §2.1): a JWT of a trusted issuer for a
/// token of its subject.
///
/// A value of it is a request that waits for newer keys of the issuer.
public struct BearerGrant: Sendable {
    /// The assertion, parsed and not verified.
    let assertion: CompactJWS
    /// The claims by the client's registration and the request.
    var claims: TokenClaims
    /// Whether the request names scopes; without, those that client and issuer have in common.
    let asksScope: Bool
    /// Whether the request names resources; without, those of client and issuer.
    let asksAudience: Bool
    /// The client, with its credentials.
    let caller: AuthenticatedClient
    /// The refusal if no newer key comes.
    var refusal: OAuthError

    /// The form's parameter with the JWT (RFC 7521 §4.1).
    static let parameter = "assertion"
    /// For clients that authenticate: whoever finds a JWT must not get a token for it.
    static let isForPublicClients = false

    /// One text for every reason, against guessing at issuers and subjects.
    static func error(_ check: Check) -> OAuthError {
        OAuthError(.invalidGrant, "the assertion is not valid", check: check)
    }

    /// The issuer's keys could not be fetched for a day.
    static let keysMissing = OAuthError(
        .temporarilyUnavailable,
        "the keys of the assertion's issuer are not known at the moment",
        check: .issuerKeys
    )
    /// Seconds after which the keys are worth another try: the backoff of their fetches.
    static let keysRetrySeconds = 60

    /// The assertion of a form, parsed.
    static func assertion(
        _ form: borrowing FormFields
    ) throws(OAuthError) -> CompactJWS {
        guard let range = form.range(named: parameter) else {
            throw .invalidRequest("assertion is missing", check: .assertionMissing)
        }
        do throws(CompactJWS.ParseError) {
            return try CompactJWS(form.bytes.span.extracting(range))
        } catch {
            throw self.error(error.check)
        }
    }

    /// The error of a JWT that does not count, for the wire.
    static func error(_ error: IssuerTokenError) -> OAuthError {
        error.lacksKeys ? keysMissing : self.error(error.check)
    }
}

extension IssuerToken {
    /// Throws for a JWT that may not be an authorization grant, though it is one of a trusted
    /// issuer: its rights would be others in the token than they are in it.
    func requireGrant(of claims: TokenClaims) throws(OAuthError) {
        // RFC 8693 §4.1, §4.4: a token would hide that somebody acts for the subject, or may.
        guard self.claims["act"] == nil, self.claims["may_act"] == nil else {
            throw BearerGrant.error(.issuerDelegation)
        }
        // RFC 7800 §3: a JWT that is bound to a key is presented by whoever has it alone.
        if let confirmation = self.claims["cnf"] {
            guard case .object(let members) = confirmation, members.count == 1,
                let named = members["x5t#S256"]?.text, let thumbprint = claims.thumbprint,
                named.isSameBytes(as: thumbprint.base64URL)
            else { throw BearerGrant.error(.issuerBinding) }
        }
        guard issuer.allowsReplay || identifier != nil else {
            throw BearerGrant.error(.assertionJti)
        }
    }

    /// The claims of a token for the subject: never more than the issuer's JWTs are good for, nor
    /// than the client may have.
    func narrowed(
        _ asked: TokenClaims,
        asksScope: Bool,
        asksAudience: Bool,
        standardAudience: String
    ) throws(OAuthError) -> TokenClaims {
        var claims = asked
        claims.subject = subject
        claims.source = self
        claims.scope = try issuer.scope(asked, asksScope: asksScope)
        claims.audiences = try issuer.audiences(
            asked,
            asksAudience: asksAudience,
            standardAudience
        )
        return claims
    }

    /// Whether a token may have these claims, by the issuer as it is registered now.
    func covers(_ claims: TokenClaims, by issuer: TrustedIssuer, _ standardAudience: String) -> Bool
    {
        let scope = try? issuer.scope(claims, asksScope: true)
        let audiences = try? issuer.audiences(claims, asksAudience: true, standardAudience)
        return scope != nil && audiences != nil
    }

    /// The one use of the JWT; nil where it may be used more than once.
    var use: AssertionUse? {
        guard !issuer.allowsReplay, let identifier else { return nil }
        // Unambiguous: a client's assertion begins with its id, and neither an id nor an `iss` has
        // a NUL.
        let text = [0] + issuer.issuer + [0] + Array(identifier.utf8)
        let skew = AssertionPolicy.clockSkew.behind
        return AssertionUse(
            digest: Digest256.of(text),
            until: expiresAt + skew + AssertionPolicy.spare
        )
    }
}

extension TrustedIssuer {
    /// The scope of a token: what is asked for, within the issuer's and the client's.
    fileprivate func scope(
        _ claims: TokenClaims,
        asksScope: Bool
    ) throws(OAuthError) -> UInt64 {
        guard !scopes.isEmpty else { return claims.scope }
        let allowed = Scope.selection(scopes, in: claims.client.policy.scopes)
        let isWithin = claims.scope & ~allowed == 0
        let narrowed = claims.scope & allowed
        // Nothing in common is refused: a token without scope is one for everything at some
        // resource servers.
        guard narrowed != 0, isWithin || !asksScope else {
            throw OAuthError(
                .invalidScope,
                "the scope is more than the assertion's issuer may have",
                check: .scope
            )
        }
        return narrowed
    }

    /// The audiences of a token, within the issuer's and the client's; empty for the standard one.
    fileprivate func audiences(
        _ claims: TokenClaims,
        asksAudience: Bool,
        _ standard: String
    ) throws(OAuthError) -> [String] {
        guard !tokenAudiences.isEmpty else { return claims.audiences }
        let named = claims.audiences.isEmpty ? [standard] : claims.audiences
        let allowed = named.filter(tokenAudiences.containsBytes)
        guard !allowed.isEmpty, !asksAudience || allowed.count == named.count else {
            throw OAuthError(
                .invalidTarget,
                "the resource is not one that the assertion's issuer may have",
                check: .resource
            )
        }
        return allowed
    }
}

extension CompactJWS.ParseError {
    /// The check of an assertion that cannot be parsed.
    var check: Check {
        switch self {
        case .tooLong: .assertionSize
        case .notThreeParts: .assertionParts
        case .notBase64URL: .assertionBase64URL
        case .headerMalformed: .assertionHeader
        case .algorithmMissing: .assertionAlgMissing
        case .critical: .assertionCrit
        case .claimsMalformed: .assertionClaims
        }
    }
}

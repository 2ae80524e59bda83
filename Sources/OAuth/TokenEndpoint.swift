// SPDX-License-Identifier: Apache-2.0
public import Cryptography
public import HTTP
internal import Text

/// What a token request came to.
public enum TokenOutcome: Sendable {
    /// 200: the response body stands in the buffer.
    case issued
    /// 200: the response body stands in the buffer, and says what a token is.
    case described
    /// An error; nothing was written.
    case refused(OAuthError)
    /// A password has to be checked first, off the reactor; then `TokenEndpoint.finish`.
    case passwordCheck(PasswordCheck)
}

/// What a token was issued for, to be counted.
public struct IssuedToken: Sendable, Equatable {
    /// The grant.
    public let grant: Grant
    /// How its client authenticates.
    public let method: ClientAuthenticationMethod

    /// A token's grant and method.
    public init(grant: Grant, method: ClientAuthenticationMethod) {
        self.grant = grant
        self.method = method
    }
}

/// The token endpoint (RFC 6749 §3.2): a request, a peer and a time go in, a response or an error
/// comes out.
///
/// One thread's own. It sees no socket, no file and no clock.
public struct TokenEndpoint: ~Copyable {
    // Shared with introspection.
    var authentication: ClientAuthentication
    var issuer: TokenIssuer
    var reader: TokenReader
    private var decoy: String
    /// What the last token was issued for.
    public private(set) var issued = IssuedToken(grant: .clientCredentials, method: .tls)

    /// `decoy` is a password hash that no password has.
    public init(
        _ settings: IssuerSettings,
        keys: TokenKeys,
        decoy: String,
        replays: any ReplayMemory = ForgetfulMemory()
    ) {
        let digester = Digester()
        self.decoy = decoy
        authentication = ClientAuthentication(
            digester: digester,
            replays: replays,
            audiences: settings.assertionAudiences
        )
        issuer = TokenIssuer(settings, keys: keys, digester: digester)
        reader = TokenReader(issuer: settings.issuer, keys: keys)
    }

    /// The client that the last request named, wherever it did; not verified, and for logs only.
    public var presentedClientID: [UInt8] { authentication.presentedID }

    /// The client that the last request was refused to for want of a key which its `jwks_uri` may
    /// have by now; asking there and deciding again may help.
    public var clientWithOldKeys: Client? { authentication.clientWithOldKeys }

    /// The certificate with this thumbprint, if the client was lately accepted with it under its
    /// trust; nil for clients of other methods.
    public func acceptedCertificate(
        _ thumbprint: Digest256,
        of clientID: Span<UInt8>,
        _ registry: Registry
    ) -> AcceptedCertificate? {
        authentication.accepted(thumbprint, of: clientID, registry)
    }

    /// The use of an assertion that the last answer, or refusal, depends on.
    public var assertionUse: AssertionUse? { authentication.assertionUse }

    /// What was against the certificate of the last request, where its client is one of
    /// `tls_client_auth` and was refused for it; for logs only.
    public var refusedTrust: TrustJudgement? { authentication.refusedTrust }

    /// Forgets whom the last request named.
    public mutating func forgetPresentedClientID() {
        authentication.forgetPresentedID()
    }

    /// Takes over changed keys.
    public mutating func use(_ keys: TokenKeys) {
        issuer.use(keys)
        reader.use(keys)
    }

    /// Takes over changed settings.
    public mutating func use(_ settings: IssuerSettings, decoy: String) {
        issuer.use(settings)
        authentication.use(settings.assertionAudiences)
        reader.use(issuer: settings.issuer)
        self.decoy = decoy
    }

    /// Decides about one request; appends the response body to `out` when a token is issued.
    ///
    /// The order of the checks is part of the contract: an unauthenticated caller learns nothing
    /// about grants or scopes.
    public mutating func respond(
        to form: borrowing FormFields,
        authorization: AuthorizationHeader,
        peer: some Peer,
        registry: Registry,
        profile: EndpointProfile = .standard,
        now: Int64,
        into out: inout [UInt8]
    ) -> TokenOutcome {
        do throws(OAuthError) {
            let client = try authentication.authenticate(
                form,
                authorization,
                peer,
                registry,
                profile,
                now: now
            )
            let grant = try grantType(form, client, profile)
            let request = try GrantRequest(
                form,
                client,
                // What a proxy has refused is no certificate to bind a token to.
                peer.objection == .refused ? nil : peer.thumbprint,
                standardAudience: issuer.audience,
                bindsTokens: profile.bindsTokens
            )
            if grant == .password {
                return .passwordCheck(
                    try PasswordCheck(form, request, registry.users, decoy: decoy)
                )
            }
            return try issue(
                request.grant(subject: client.id),
                by: grant,
                now: now,
                into: &out
            )
        } catch {
            return .refused(error)
        }
    }

    /// Goes on after a password was checked, against the registry as it is now.
    public mutating func finish(
        _ check: PasswordCheck,
        matches: Bool,
        registry: Registry,
        now: Int64,
        into out: inout [UInt8]
    ) -> TokenOutcome {
        do throws(OAuthError) {
            let request = check.request
            let id = request.client.id
            guard let client = registry.clients.client(id.span), client.isEnabled,
                client === request.client
            else { throw .invalidClient(.clientChanged) }
            guard matches, let user = check.user, user.isEnabled,
                registry.users[check.username] == user
            else {
                throw OAuthError(
                    .invalidGrant,
                    "the resource owner credentials are not valid",
                    check: .password
                )
            }
            return try issue(
                request.grant(subject: Array(user.subject.utf8)),
                by: .password,
                now: now,
                into: &out
            )
        } catch {
            return .refused(error)
        }
    }

    private func grantType(
        _ form: borrowing FormFields,
        _ client: Client,
        _ profile: EndpointProfile
    ) throws(OAuthError) -> Grant {
        let grant = try grantType(form)
        guard profile.grants.contains(grant) else { throw Self.unsupportedGrantType }
        // RFC 6749 §4.4: client credentials are for confidential clients only.
        let isForNobody = grant == .clientCredentials && client.policy.method == .publicClient
        guard client.policy.grants.contains(grant), !isForNobody else {
            throw OAuthError(
                .unauthorizedClient,
                "the client may not use this grant type",
                check: .grantType
            )
        }
        return grant
    }

    private func grantType(_ form: borrowing FormFields) throws(OAuthError) -> Grant {
        guard let range = form.range(of: .grantType) else {
            throw .invalidRequest("grant_type is missing", check: .grantType)
        }
        guard let grant = Grant(named: form.bytes[range]) else { throw Self.unsupportedGrantType }
        return grant
    }

    private static var unsupportedGrantType: OAuthError {
        OAuthError(
            .unsupportedGrantType,
            "this grant type is not supported",
            check: .grantType
        )
    }

    // RFC 6749 §5.1
    private mutating func issue(
        _ grant: TokenClaims,
        by type: Grant,
        now: Int64,
        into out: inout [UInt8]
    ) throws(OAuthError) -> TokenOutcome {
        let start = out.count
        out.append(contentsOf: #"{"access_token":""#.utf8)
        let lifetime: Int64
        do {
            // A password was proven for this one token.
            let isRepeatable = type != .password
            lifetime = try issuer.append(grant, isRepeatable: isRepeatable, now: now, to: &out)
        } catch {
            out.removeSubrange(start...)
            throw OAuthError(.serverError, "the token could not be made", check: .tokenKeys)
        }
        out.append(contentsOf: #"","token_type":"Bearer","expires_in":"#.utf8)
        JSONText.appendNumber(lifetime, to: &out)
        if grant.scope != 0 {
            out.append(contentsOf: #","scope":""#.utf8)
            Scope.append(grant.scope, of: grant.client.policy.scopes, to: &out)
            out.append(UInt8(ascii: "\""))
        }
        out.append(UInt8(ascii: "}"))
        issued = IssuedToken(grant: type, method: grant.client.policy.method)
        return .issued
    }
}

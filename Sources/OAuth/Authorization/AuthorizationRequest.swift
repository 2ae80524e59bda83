// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// A validated authorization request (RFC 6749 §4.1.1).
struct AuthorizationRequest: Sendable {
    let client: Client
    let redirectURI: String
    /// Whether the request named it: then the token request must, too (RFC 6749 §4.1.3).
    let namedRedirectURI: Bool
    let state: String?
    /// Registered scopes of the client, as bits.
    let scope: UInt64
    /// As asked for; empty for the client's own.
    let audiences: [String]
    /// SHA-256 of the verifier (RFC 7636 §4.2).
    let challenge: [UInt8]

    /// The reason of a refusal, and whether the client may be told by redirection: only where
    /// client and redirect URI are known to belong together (RFC 6749 §4.1.2.1).
    struct RequestError: Error {
        let error: OAuthError
        let target: RedirectionTarget?
    }

    /// Validates `parameters` of a client that is known and enabled.
    ///
    /// `isPushed` is true for a request that came by the back channel.
    init(
        _ parameters: AuthorizationParameters,
        of client: Client,
        _ profile: SecurityProfile,
        issuer: String,
        standardAudience: String,
        isPushed: Bool
    ) throws(RequestError) {
        let registered = client.grantPolicy.redirectURIs
        do throws(OAuthError) {
            redirectURI = try Self.redirectURI(parameters.redirectURI, of: registered)
        } catch {
            throw RequestError(error: error, target: nil)
        }
        namedRedirectURI = parameters.redirectURI != nil
        state = parameters.state
        self.client = client
        let target = RedirectionTarget(uri: redirectURI, state: state, issuer: issuer)
        do throws(OAuthError) {
            let isRequired =
                client.grantPolicy.requiresPushedRequests || profile.requiresPushedRequests
            guard isPushed || !isRequired else {
                throw .invalidRequest(
                    "the request must be pushed (RFC 9126)",
                    check: .pushedRequest
                )
            }
            try Self.validateKind(parameters, client, profile)
            challenge = try Self.challenge(parameters)
            if let asked = parameters.scope {
                scope = try Scope.asked(Array(asked.utf8).span, from: client.policy.scopes)
            } else {
                scope = Scope.all(of: client.policy.scopes)
            }
            audiences = try client.policy.audiences(
                parameters.resources,
                standard: standardAudience
            )
        } catch {
            throw RequestError(error: error, target: target)
        }
    }

    /// The audiences of the grant: those asked for, or the client's own.
    var grantedAudiences: [String] { audiences.isEmpty ? client.policy.audiences : audiences }

    /// Where the answer goes.
    func target(issuer: String) -> RedirectionTarget {
        RedirectionTarget(uri: redirectURI, state: state, issuer: issuer)
    }

    private static func redirectURI(
        _ asked: String?,
        of registered: [String]
    ) throws(OAuthError) -> String {
        guard let asked else {
            // RFC 6749 §3.1.2.3: may be left out where there is one.
            guard registered.count == 1 else {
                throw .invalidRequest("redirect_uri is missing", check: .redirectURI)
            }
            return registered[0]
        }
        guard registered.contains(where: { RedirectURIMatch.matches(asked, registered: $0) }) else {
            throw .invalidRequest(
                "redirect_uri is not one that the client is registered with",
                check: .redirectURI
            )
        }
        return asked
    }

    private static func validateKind(
        _ parameters: AuthorizationParameters,
        _ client: Client,
        _ profile: SecurityProfile
    ) throws(OAuthError) {
        guard !parameters.hasRequestObject else {
            throw OAuthError(
                .requestNotSupported,
                "request objects are not supported",
                check: .responseType
            )
        }
        guard let type = parameters.responseType else {
            throw .invalidRequest("response_type is missing", check: .responseType)
        }
        guard type == "code" else {
            throw OAuthError(
                .unsupportedResponseType,
                "this response type is not supported",
                check: .responseType
            )
        }
        guard parameters.responseMode == nil || parameters.responseMode == "query" else {
            throw .invalidRequest("this response mode is not supported", check: .responseType)
        }
        guard Grant.authorizationCode.isGranted(to: client),
            profile.grants.contains(.authorizationCode)
        else {
            throw OAuthError(
                .unauthorizedClient,
                "the client may not use this grant type",
                check: .grantType
            )
        }
    }

    // RFC 7636 §4.3; RFC 9700 §2.1.1: S256, since `plain` shows the verifier.
    private static func challenge(
        _ parameters: AuthorizationParameters
    ) throws(OAuthError) -> [UInt8] {
        guard let text = parameters.challenge else {
            throw .invalidRequest("code_challenge is missing", check: .codeChallenge)
        }
        guard parameters.challengeMethod == "S256" else {
            throw .invalidRequest("code_challenge_method must be S256", check: .codeChallenge)
        }
        guard let bytes = Base64URL.decode(Array(text.utf8).span),
            bytes.count == Digest256.byteCount
        else {
            throw .invalidRequest("code_challenge is malformed", check: .codeChallenge)
        }
        return bytes
    }
}

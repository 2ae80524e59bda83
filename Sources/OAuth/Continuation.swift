// SPDX-License-Identifier: Apache-2.0
/// How a decision continues when its need is met: plain values, never a closure.
///
/// Stays with the request. The client's credentials are in it, and are checked against the registry
/// again on resumption.
public enum Continuation: Sendable {
    /// The password grant, with a password that is being checked.
    case password(PasswordGrant)
    /// An answer that depends on the use of an assertion.
    case answer(PendingAnswer)
    /// The request is decided again from its start, or refused as before.
    case again(RefusedRequest)
    /// A grant whose row is being read.
    case stored(GrantLookup)
    /// An answer that depends on a change of grants.
    case written(GrantAnswer)
    /// A JWT bearer request whose issuer may have newer keys.
    indirect case bearer(BearerGrant)
    /// A token exchange that waits for newer keys of an issuer.
    indirect case exchange(WaitingExchange)
    /// A browser's request: `AuthorizationEndpoint` goes on with it.
    indirect case page(PageContinuation)

    /// The key by which wrong passwords are counted; nil where no password is checked.
    public var throttleKey: PasswordThrottleKey? {
        switch self {
        case .password(let grant): grant.throttleKey
        case .page(let page): page.throttleKey
        case .answer, .again, .stored, .written, .bearer, .exchange: nil
        }
    }

    /// The client that a refusal names.
    var client: NamedClient {
        switch self {
        case .password(let grant): .id(grant.caller.client.id)
        case .answer(let pending): .id(pending.caller.client.id)
        case .again(let refused): refused.client
        case .stored(let lookup): .id(lookup.caller.client.id)
        case .written(let answer): .id(answer.caller.client.id)
        case .bearer(let grant): .id(grant.caller.client.id)
        case .exchange(let waiting): .id(waiting.caller.client.id)
        case .page(let page): page.client
        }
    }
}

/// A decided answer, to be sent once the use of an assertion is durable.
public struct PendingAnswer: Sendable {
    /// The answer.
    enum Answer: Sendable {
        case issue(TokenClaims, Grant)
        case describe(ReadTokenClaims?, IntrospectionForm)
        /// A token that needs no revocation, or has it.
        case revoked
        indirect case needs(Need, Continuation)
        case refuse(OAuthError)
    }

    let answer: Answer
    /// The client, with its assertion.
    let caller: AuthenticatedClient
    /// The user whose password matched, if there was one.
    let user: ProvenUser?
    /// Whether the assertion is the grant's, and not the one that authenticated the client.
    var usesGrant = false
}

/// A user whose password matched, as registered at that moment.
struct ProvenUser: Sendable {
    /// The name as in the request.
    let name: String
    let user: User

    /// Whether the password, the subject and the permission are unchanged.
    func isCurrent(in registry: Registry) -> Bool {
        user.isEnabled && registry.users[name] == user
    }
}

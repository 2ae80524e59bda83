// SPDX-License-Identifier: Apache-2.0
/// Where a decision goes on when its need is met: plain values, never a closure.
///
/// Stays with the request; what a peer has proven is in it, and holds against what is registered
/// when it goes on.
public enum Continuation: Sendable {
    /// The password grant, with a password that is being checked.
    case password(PasswordGrant)
    /// An answer that depends on the use of an assertion.
    case answer(PendingAnswer)
    /// Nothing of the request: it is decided once more, or stays refused as it was.
    case again(RefusedRequest)

    /// Whose wrong passwords are counted together; nil where no password is checked.
    public var throttleKey: PasswordThrottleKey? {
        switch self {
        case .password(let grant): grant.throttleKey
        case .answer, .again: nil
        }
    }

    /// Whom a refusal in its place names.
    var client: NamedClient {
        switch self {
        case .password(let grant): .id(grant.caller.client.id)
        case .answer(let pending): .id(pending.caller.client.id)
        case .again(let refusal): refusal.client
        }
    }
}

/// An answer that is decided, and may leave once the use of an assertion is durable.
public struct PendingAnswer: Sendable {
    /// What is answered.
    enum Answer: Sendable {
        case issue(TokenClaims, Grant)
        case describe(ReadTokenClaims?)
        case refuse(OAuthError)
    }

    let answer: Answer
    /// The client, with the assertion that it has authenticated by.
    let caller: AuthenticatedClient
    /// The user whose password was right, if there was one.
    let user: ProvenUser?
}

/// A user whose password was right, as the registry had the user then.
struct ProvenUser: Sendable {
    /// As the request spells it.
    let name: String
    let user: User

    /// Whether the password, the subject and the permission still are what they were.
    func isCurrent(in registry: Registry) -> Bool {
        user.isEnabled && registry.users[name] == user
    }
}

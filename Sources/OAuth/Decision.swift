// SPDX-License-Identifier: Apache-2.0
/// What a request came to, or what has to happen before that can be said.
public enum Decision: Sendable {
    /// 200: a token stands in the buffer, as the response's body.
    case issued(IssuedToken)
    /// 200: what a token says stands in the buffer, as the response's body.
    case described
    /// An error; nothing was written.
    case refused(RefusedRequest)
    /// Somebody else must find something out or write it; then `TokenEndpoint.resume`.
    case needs(Need, Continuation)

    /// Whether the client has authenticated, as far as a caller can rely on it.
    public var isAuthenticated: Bool {
        switch self {
        case .issued, .described, .needs(.password, _), .needs(.assertionUse, _): true
        case .refused, .needs(.clientKeys, _): false
        }
    }
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

/// What a decision is made against, beside the request itself.
public struct DecisionContext: Sendable {
    /// Clients, users and trust sets, as they are at this moment.
    public let registry: Registry
    /// What the listener takes.
    public let profile: SecurityProfile
    /// Seconds since 1970.
    public let now: Int64
    /// Whether this request has waited for its client's keys: it does so once.
    public let hasWaitedForKeys: Bool

    /// A context from its parts.
    public init(
        registry: Registry,
        profile: SecurityProfile = .standard,
        now: Int64,
        hasWaitedForKeys: Bool = false
    ) {
        self.registry = registry
        self.profile = profile
        self.now = now
        self.hasWaitedForKeys = hasWaitedForKeys
    }
}

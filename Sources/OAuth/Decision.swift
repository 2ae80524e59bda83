// SPDX-License-Identifier: Apache-2.0
/// The result of a request, or the need that must be met first.
public enum Decision: Sendable {
    /// 200: a token stands in the buffer, as the response's body.
    case issued(IssuedToken)
    /// 200: an introspection response stands in the buffer, as the response's body.
    case described(IntrospectionForm)
    /// 201: the answer to a pushed authorization request stands in the buffer, as the response's
    /// body.
    case created
    /// An error; nothing was written.
    case refused(RefusedRequest)
    /// Another thread must find something out or write it; then `TokenEndpoint.resume`.
    indirect case needs(Need, Continuation)

    /// Whether the client is known to have authenticated.
    public var isAuthenticated: Bool {
        switch self {
        case .issued, .described, .created, .needs(.password, _), .needs(.assertionUse, _),
            .needs(.stored, _), .needs(.grant, _), .needs(.issuerKeys, _), .needs(.audit, _):
            true
        case .refused, .needs(.clientKeys, _): false
        }
    }
}

/// The grant and method of an issued token, for metrics.
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

/// The state against which a request is decided.
public struct DecisionContext: Sendable {
    /// Clients, users and trust sets, as they are at this moment.
    public let registry: Registry
    /// The listener's security profile.
    public let profile: SecurityProfile
    /// Seconds since 1970.
    public let now: Int64
    /// Whether this request has waited for its client's keys, which happens once.
    public let hasWaitedForKeys: Bool
    /// The deliberate change of a token that is issued.
    public let alteration: TokenAlteration
    /// How often a client may ask that has no rate of its own; nil for any number.
    public let clientRate: RequestRate?
    /// Nanoseconds of the monotonic clock.
    public let uptime: UInt64

    /// A context from its parts.
    public init(
        registry: Registry,
        profile: SecurityProfile = .standard,
        now: Int64,
        hasWaitedForKeys: Bool = false,
        alteration: TokenAlteration = .none,
        clientRate: RequestRate? = nil,
        uptime: UInt64 = 0
    ) {
        self.registry = registry
        self.profile = profile
        self.now = now
        self.hasWaitedForKeys = hasWaitedForKeys
        self.alteration = alteration
        self.clientRate = clientRate
        self.uptime = uptime
    }
}

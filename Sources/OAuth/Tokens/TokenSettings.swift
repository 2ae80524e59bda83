// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// Settings of access tokens, where their client has none of its own.
public struct TokenSettings: Sendable, Equatable {
    /// The `aud` claim where a request names none (RFC 9068 §3).
    public var audience: String

    /// Seconds from issue to expiry.
    public var lifetime: Int
    /// An hour is the lifetime that resource servers usually expect.
    public static let lifetimeStandard = 3600
    package static let lifetimeRange = 1...RegistrationLimits.tokenLifetimeSecondsMax

    /// The form of every token, whatever clients are registered for; nil for each client's own.
    public var format: AccessTokenFormat?

    /// How tokens name users who were registered without a subject of their own.
    public var userSubject = UserSubject.prefixed

    /// Seconds from the grant after which refresh tokens end, where their client has no limit of
    /// its own: thirty days.
    public var refreshLifetime = refreshLifetimeStandard
    package static let refreshLifetimeStandard = 2_592_000
    /// Ten years: as long as a client's certificate may live.
    package static let refreshLifetimeRange = 1...315_360_000

    /// Seconds within which a refresh token that was just used gets the same successor again, for
    /// clients whose answer was lost; 0 for never.
    public var refreshGrace = refreshGraceStandard
    package static let refreshGraceStandard = 10
    /// A longer time would give a thief as long.
    package static let refreshGraceRange = 0...300

    /// Seconds that an exchanged token lives at most (RFC 8693), whatever its client's others do:
    /// ten minutes, for a call that is passed on.
    public var exchangeLifetime = exchangeLifetimeStandard
    package static let exchangeLifetimeStandard = 600
    package static let exchangeLifetimeRange = lifetimeRange

    /// The realm of WWW-Authenticate challenges: printable, with no quote or backslash.
    package var realm = "handfast"

    /// Seconds that a client's access tokens live, by its registration.
    func lifetime(of client: Client) -> Int64 {
        Int64(client.policy.lifetime ?? lifetime)
    }

    /// The settings from their parts.
    public init(
        audience: String,
        lifetime: Int = lifetimeStandard,
        format: AccessTokenFormat? = nil
    ) {
        self.audience = audience
        self.lifetime = lifetime
        self.format = format
    }
}

/// The `sub` of tokens for users who were registered without a subject of their own.
public enum UserSubject: String, Sendable, CaseIterable {
    /// `user:` and the name: apart from client_ids, which are subjects too (RFC 9068 §5).
    case prefixed
    /// The name alone, as other identity servers have it; a user whose name is a client_id gets no
    /// token then.
    case bare

    /// The subject that a token has for a user's; nil where a client has it.
    func written(_ subject: [UInt8], _ clients: ClientRegistry) -> [UInt8]? {
        let prefix = User.subjectPrefix.utf8
        guard self == .bare, subject.starts(with: prefix) else { return subject }
        let name = Array(subject.dropFirst(prefix.count))
        // SPIFFE IDs are subjects of workloads.
        return clients.client(name.span) == nil && !SPIFFEID.begins(name) ? name : nil
    }
}
